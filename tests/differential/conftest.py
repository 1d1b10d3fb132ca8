"""
What the tests of the machine share.
"""

from __future__ import annotations

from tests.pytest_codex.model.conftest import binary

__all__ = ["binary"]
