"""
The real binaries of older Codex versions, which ``make test`` puts beside the sources.
"""

from __future__ import annotations

from pathlib import Path

import pytest

OLDEST = "0.147.0"
"""The oldest version the harness supports."""

LOSES_OUTPUT = pytest.mark.flaky(reruns=2)
"""
For tests in which a server before 0.160 runs commands: on a busy machine it finishes about one
quick command in four without its output (docs/determinism.md). The closing line counts the reruns.
"""

BOTH = pytest.mark.parametrize(
    "binary", ["newest", pytest.param("oldest", marks=LOSES_OUTPUT)], indirect=True
)
"""What a script does on the wire must hold for the oldest supported server, too."""

_FOLDER = Path(__file__).parents[1] / ".venvs"


def older_binary(version: str) -> Path:
    """
    The binary of a version; without it the test is skipped, which ``make test`` never lets happen.
    """
    found = _FOLDER / f"codex-{version}" / "codex_cli_bin" / "bin" / "codex"
    if not found.exists():
        pytest.skip(f"the binary of Codex {version} is not installed: run make test once")
    return found
