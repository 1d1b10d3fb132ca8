"""
Perform generated sessions with the real server and with our fake: ``make differential``.

Each session is performed by the same client with the real server and a scripted model, and
with the fake that replays the recording just made, in memory and as a process. What the
client saw and said, and what lay on disk, has to be the same.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARD = 25
"""Sessions per seed: small enough for an even load, large enough to be worth a test."""


def main() -> int:
    """
    Perform, and say how many sessions were alike in what time.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=500, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="of the first 25 sessions")
    parser.add_argument("--workers", default="auto", help="how many at once")
    parser.add_argument("--codex-bin", help="another version's binary")
    arguments = parser.parse_args()
    env = {
        **os.environ,
        "DIFFERENTIAL_SESSIONS": str(arguments.sessions),
        "DIFFERENTIAL_SEED": str(arguments.seed),
        "DIFFERENTIAL_SHARD": str(SHARD),
    }
    if arguments.codex_bin:
        env["PYTEST_CODEX_BIN"] = arguments.codex_bin
    pytest = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        arguments.workers,
        "--tb=short",
        "-p",
        "no:syrupy",
    ]
    begun = time.monotonic()
    done = subprocess.run(
        [*pytest, "-n", arguments.workers, "tests/differential"],
        cwd=ROOT,
        env=env,
        check=False,
    )
    seconds = time.monotonic() - begun
    last = arguments.seed + (arguments.sessions - 1) // SHARD
    verdict = "NOT all alike" if done.returncode else "all alike"
    print(
        f"{arguments.sessions} sessions (seeds {arguments.seed} to {last}), "
        f"each by two transports: {verdict}, in {seconds:.0f} s"
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
