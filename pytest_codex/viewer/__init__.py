"""
The page that shows a run's sessions: gathered where the tests run, written by one process.
"""
