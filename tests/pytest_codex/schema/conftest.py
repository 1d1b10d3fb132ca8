"""
The small world with the real agent, for facts about what it accepts.
"""

from __future__ import annotations

from tests.pytest_codex.model.conftest import binary, world

__all__ = ["binary", "world"]
