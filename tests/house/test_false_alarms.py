"""
The boundary tells of what the agent changed, and of nothing else.

Every scenario runs inside a boundary as narrow as its recording (``tests/scenarios/conftest.py``),
replayed here and there, and with the real agent in ``test_recordings``; so do the examples.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.watching import changed_by

ROOT = Path(__file__).parents[2]
PLACES = ("tests/scenarios", "docs/examples")
DEADLINE = 600

OWN_WORD = {"test_reports_are_merged", "test_each_role_keeps_to_its_sandbox"}
"""Tests that say by ``codex_boundary.allow`` what may change, whatever a marker says."""


def watched(*options: str, allowed: str = "") -> subprocess.CompletedProcess[str]:
    """
    Replay tests inside boundaries of somebody else's drawing.
    """
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rf",
         "-p", "tests.watching", *options],
        cwd=ROOT,
        env={**os.environ, "PYTEST_WATCHING": allowed, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE,
        check=False,
    )  # fmt: skip


def test_no_example_gives_a_false_alarm() -> None:
    """
    What is written to the last byte by those who may write it breaks no boundary.
    """
    done = watched("docs/examples")

    assert done.returncode == 0, done.stdout


def test_every_change_is_seen() -> None:
    """
    Where nothing may change, exactly those tests fail whose recording changes something.
    """
    done = watched(*PLACES, allowed="nothing")

    failed = re.findall(r"^FAILED \S+::(\w+)(?:\[(.+?)\])?", done.stdout, re.MULTILINE)
    cassettes = [
        path
        for place in ("cassettes", "docs/examples")
        for path in (ROOT / place).rglob("*.codex.jsonl")
        if "conformance" not in path.parts and changed_by(path)
    ]
    changing = {path.name.removesuffix(".codex.jsonl") for path in cassettes}
    assert changing > OWN_WORD
    assert {"-".join(filter(None, names)) for names in failed} == changing - OWN_WORD
    assert done.stdout.count("BoundaryError: ") >= len(changing - OWN_WORD)
