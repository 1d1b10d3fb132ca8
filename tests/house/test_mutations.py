"""
The project's own scenarios notice every decision that is turned round.

All of them, and the examples, are checked by ``make mutate``, which takes minutes; here only
those that are about decisions, and the example in which three sandboxes are at work.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEADLINE = 600


@pytest.mark.parametrize(
    ("tests", "least"),
    [("tests/scenarios/test_approvals.py", 40), ("docs/examples/orchestrator", 25)],
)
def test_every_flip_turns_a_test_red(tests: str, least: int) -> None:
    """
    No flipped approval and no widened sandbox survives.
    """
    command = [sys.executable, "-m", "pytest_codex.cli", "mutate"]

    done = subprocess.run(
        [*command, tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    noticed, _, flips = done.stdout.split()[:3]
    assert noticed == flips
    assert int(flips) >= least
