"""
What reports tell about sessions: of a failed test, and of a whole run.
"""
