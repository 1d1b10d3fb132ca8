"""
Every scenario, run anew by the real agent in another directory and home, is what its cassette says.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "tests" / "scenarios").glob("test_*.py"))
DEADLINE = 600


LOGIN = pytest.mark.xdist_group("the port that a ChatGPT login listens on")
"""Codex uses one fixed port for it: who else logs in for real must not run at the same time."""


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[LOGIN] if "server_methods" in path.stem else [])
        for path in SCENARIOS
    ],
)
def test_recorded_again_nothing_differs(path: Path, tmp_path: Path) -> None:
    """
    A verifying run finds no difference, though workspace, Codex home and user home are others.
    """
    home = tmp_path / "another home"
    home.mkdir()
    # Codex makes no helper binaries below the temporary directory, so its home lies elsewhere.
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'another place'}"]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--codex-record-mode=verify", str(path)],
        cwd=ROOT,
        env={**alone(), "HOME": str(home), "XDG_CACHE_HOME": cache},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def alone() -> dict[str, str]:
    """
    The environment of a run that is no worker of this one.
    """
    return {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")
    }
