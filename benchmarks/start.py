"""
From the start of a fake process to its reply to initialize, against a bare Python.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .measure import Result, against, paired
from .sessions import session

LIMIT = 1.6
ROUNDS = 40
ROOT = Path(__file__).resolve().parents[1]
REQUEST = {
    "id": 0,
    "method": "initialize",
    "params": {"clientInfo": {"name": "bench", "version": "1"}},
}


def time_fake(command: list[str]) -> float:
    """
    Seconds from spawn until the reply is read; the process is ended afterwards.
    """
    line = json.dumps(REQUEST).encode() + b"\n"
    start = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line)
        process.stdin.flush()
        reply = process.stdout.readline()
        spent = time.perf_counter() - start
        process.kill()
    assert b'"result"' in reply, reply
    return spent


def time_bare() -> float:
    """
    Seconds of a Python that only imports json.
    """
    command = [sys.executable, "-I", "-S", "-c", "import json"]
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def measure() -> list[Result]:
    """
    Paired runs on a small cassette, the modules compiled beforehand.
    """
    with tempfile.TemporaryDirectory() as directory:
        cassette = Path(directory) / "small.codex.jsonl"
        session(25).save(cassette)
        command = fake_command(cassette)
        mine, base = paired(lambda: time_fake(command), time_bare, ROUNDS)
    return [
        Result("fake to initialize / import json", mine / base, LIMIT, detail=against(mine, base))
    ]


def fake_command(cassette: Path) -> list[str]:
    """
    The command as the plugin gives it to clients that spawn their own process.
    """
    script = ROOT / "fake_server" / "__main__.py"
    return [sys.executable, "-I", "-S", str(script), "--cassette", str(cassette), "app-server"]
