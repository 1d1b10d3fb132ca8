"""
The real binaries of older Codex versions, which ``make test`` puts beside the sources.
"""

from __future__ import annotations

from pathlib import Path

import pytest

OLDEST = "0.147.0"
"""The oldest version the harness supports."""

_FOLDER = Path(__file__).parents[1] / ".venvs"


def older_binary(version: str) -> Path:
    """
    The binary of a version; without it the test is skipped, which ``make test`` never lets happen.
    """
    found = _FOLDER / f"codex-{version}" / "codex_cli_bin" / "bin" / "codex"
    if not found.exists():
        pytest.skip(f"the binary of Codex {version} is not installed: run make test once")
    return found
