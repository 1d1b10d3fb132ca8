"""
The budgets of this project, as ratios measured in one run; `make bench` prints them.
"""
