"""
Whether a server, or a client, speaks the protocol: checks, how they are run, what they found.
"""
