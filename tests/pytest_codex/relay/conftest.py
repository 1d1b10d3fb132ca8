"""
What the relay's tests share with the model's: the real binary.
"""

from tests.pytest_codex.model.conftest import binary

__all__ = ["binary"]
