"""
Loading a cassette of 1,000 messages, against `json.loads` of its lines.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from fake_server.transcript import Transcript

from .measure import Result, against, paired, timed
from .sessions import session

LIMIT = 2.0


def measure() -> list[Result]:
    """
    Compare the two on the same file, the base with its lines already in memory.
    """
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "long.codex.jsonl"
        session(1000).save(path)
        lines = path.read_text(encoding="utf-8").splitlines()
        mine, base = paired(
            lambda: timed(lambda: Transcript.load(path)),
            lambda: timed(lambda: [json.loads(line) for line in lines]),
            rounds=60,
        )
    return [
        Result("load 1,000 messages / json.loads", mine / base, LIMIT, detail=against(mine, base))
    ]
