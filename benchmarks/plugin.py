"""
What loading the plugin adds to the start of pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from .measure import Result, against, paired, timed

LIMIT = 15.0
ROUNDS = 25


def run_pytest(directory: str, *options: str) -> None:
    """
    Run one empty test in a fresh pytest that loads no other plugin.
    """
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=directory,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )


def measure() -> list[Result]:
    """
    Paired runs with and without the plugin.
    """
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "test_it.py").write_text("def test_it(): pass\n")
        bare = partial(run_pytest, directory)
        ours = partial(run_pytest, directory, "-p", "pytest_codex.plugin")
        mine, base = paired(partial(timed, ours), partial(timed, bare), ROUNDS)
    added = (mine - base) * 1000
    return [
        Result("plugin adds to pytest", added, LIMIT, unit="ms", detail=against(mine, base)),
    ]
