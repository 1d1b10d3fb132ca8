"""
Between the real agent and a real model: a relay on loopback, and what it keeps in a cassette.
"""
