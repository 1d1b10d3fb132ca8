"""
Does any test notice when a decision is turned round, or a sandbox is wider than it was?
"""
