"""
The messages that no check can bring about without an account or the network, and why.

A test holds this list against what the suite really exercises: nothing may be missing, and
nothing may be listed that is exercised after all.
"""

from __future__ import annotations

UNREACHABLE: dict[str, str] = {}
"""The reason by method."""
