"""
A fake Codex app-server: replays recorded sessions over the app-server's own wire.

Standard library only, so that a fake process starts about as fast as Python itself.
"""
