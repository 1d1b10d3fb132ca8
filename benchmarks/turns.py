"""
One turn of the SDK: replayed, played barely, and run by the real agent on a scripted model.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from .measure import Result, against, quiet, quiet_pair

ROOT = Path(__file__).resolve().parents[1]
OVER_BARE = 1.3
MEMORY, STDIO = 50, 10


class Bench:
    """
    A directory with the timed test file in it, and the times collected so far.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.cassette = directory / "cassettes" / "turn.codex.jsonl"
        shutil.copy(Path(__file__).with_name("timed_turn.py"), directory / "test_turn.py")

    def run(self, rounds: int, *arguments: str) -> dict[str, list[float]]:
        """
        Run the file in a fresh pytest.

        Returns:
            Seconds of each round by name of test.
        """
        times = self.directory / "times"
        times.write_text("")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
        options = [f"--codex-cassette-dir={self.cassette.parent}", *arguments]
        done = subprocess.run(
            [*command, *options, "-W", "ignore", "test_turn.py"],
            cwd=self.directory,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "BENCH_ROUNDS": str(rounds),
                "BENCH_TIMES": str(times),
                "BENCH_CASSETTE": str(self.cassette),
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found = defaultdict(list)
        for line in times.read_text().splitlines():
            name, seconds = line.split()
            found[name].append(float(seconds))
        return found


def measure() -> list[Result]:
    """
    Record the turn, then time it everywhere.
    """
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory))
        only = ("-k", "test_turn")
        bench.run(1, *only, "--codex-record-mode=rewrite", "--codex-allow-record-in-ci")
        memory = bench.run(40, "--codex-transport=memory")
        stdio = quiet(bench.run(10, *only, "--codex-transport=stdio")["turn"])
        real = quiet(bench.run(7, *only, "--codex-tier=scripted")["turn"])
    turn, bare = quiet_pair(list(zip(memory["turn"], memory["bare"], strict=True)))
    return [
        Result("replay / bare player", turn / bare, OVER_BARE, detail=against(turn, bare)),
        Result(
            "real scripted turn / replay in memory",
            real / turn,
            MEMORY,
            at_least=True,
            detail=against(real, turn),
        ),
        Result(
            "real scripted turn / replay over stdio",
            real / stdio,
            STDIO,
            at_least=True,
            detail=against(real, stdio),
        ),
    ]
