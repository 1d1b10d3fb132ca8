"""
What a thousand snapshot asserts cost against syrupy's own amber snapshots, in the same run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .measure import Result, against, quiet_pair

LIMIT = 1.3
ASSERTS = 1000
ROUNDS = 20
ROOT = Path(__file__).parents[1]

TEST = """
import gc
import json
import time
from pathlib import Path

import openai_codex
import pytest
from openai_codex.generated.v2_all import ThreadItem, TurnStatus

ITEMS = [
    {"type": "userMessage", "id": "u", "content": [{"type": "text", "text": "Fix the tests."}]},
    {"type": "commandExecution", "id": "c", "command": "/bin/bash -lc 'pytest -q'", "cwd": "/ws",
     "commandActions": [], "status": "failed", "exitCode": 1, "aggregatedOutput": "F\\n1 failed\\n",
     "durationMs": 3},
    {"type": "fileChange", "id": "f", "status": "completed", "changes": [
        {"path": "/ws/a.py", "kind": {"type": "update"}, "diff": "@@ -1 +1 @@\\n-one\\n+two\\n"}]},
    {"type": "agentMessage", "id": "m", "text": "The tests pass now."},
]
RESULT = openai_codex.TurnResult(
    id="t", status=TurnStatus.completed, error=None, started_at=1, completed_at=2, duration_ms=3,
    final_response="The tests pass now.", usage=None,
    items=[ThreadItem.model_validate(item) for item in ITEMS],
)
DATA = {"prompt": "Fix the tests.", "files": ["a.py", "b.py"], "changes": [
    {"path": f"src/{number}.py", "diff": "@@ -1 +1 @@\\n-one\\n+two\\n"} for number in range(5)]}


def seconds(data, snapshot, number):
    gc.collect()
    start = time.perf_counter()
    for index in range(number):
        assert data == snapshot
    return time.perf_counter() - start


@pytest.mark.parametrize("name", ["result", "data"])
def test_it(name, snapshot, codex_snapshot):
    data = {"result": RESULT, "data": DATA}[name]
    times = []
    for round_number in range(ROUNDS):
        fixtures = [codex_snapshot, snapshot]
        order = (0, 1) if round_number % 2 else (1, 0)
        took = {which: seconds(data, fixtures[which], ASSERTS // ROUNDS) for which in order}
        times.append((took[0], took[1]))
    Path(f"{name}.json").write_text(json.dumps(times))
"""


def run_pytest(directory: str, *options: str) -> None:
    """
    Run the test in a fresh pytest with syrupy and this plugin alone.
    """
    plugins = ("-p", "syrupy", "-p", "pytest_codex.plugin", "-p", "no:cacheprovider")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, *options],
        cwd=directory,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=300,
    )


def measure() -> list[Result]:
    """
    Both sides in turns within one test, for a result of the SDK and for plain data.
    """
    head = f"ASSERTS, ROUNDS = {ASSERTS}, {ROUNDS}\n"
    results = []
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "test_it.py").write_text(head + TEST)
        run_pytest(directory, "--snapshot-update")
        run_pytest(directory)
        for name, words in (("result", "a TurnResult"), ("data", "plain data")):
            pairs = json.loads((Path(directory) / f"{name}.json").read_text())
            mine, base = quiet_pair([(one[0], one[1]) for one in pairs])
            scale = ROUNDS
            results.append(
                Result(
                    f"{ASSERTS} snapshots of {words} / amber",
                    mine / base,
                    LIMIT,
                    detail=against(mine * scale, base * scale),
                )
            )
    return results
