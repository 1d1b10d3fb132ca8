"""
The project's own scenarios notice every decision that is turned round.

All of them are checked with ``pytest-codex mutate tests/scenarios``, which takes minutes;
here only those that are about decisions.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEADLINE = 600


def test_every_flip_of_an_approval_turns_a_scenario_red() -> None:
    """
    No flipped approval and no widened sandbox survives.
    """
    command = [sys.executable, "-m", "pytest_codex.cli", "mutate"]

    done = subprocess.run(
        [*command, "tests/scenarios/test_approvals.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    noticed, _, flips = done.stdout.split()[:3]
    assert noticed == flips
    assert int(flips) > 40
