"""
Replay the scenarios again and again, under load and cut off from everything: ``make soak``.

Each round replays every committed cassette once per transport, in processes without network
(where the system allows it) and without a Codex binary, while every core is kept busy.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEADLINE = 600
"""Seconds for one round."""


def main() -> int:
    """
    Soak, and say how many rounds passed.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="rounds per transport")
    parser.add_argument("--transport", choices=("memory", "stdio", "both"), default="both")
    parser.add_argument("--quiet-machine", action="store_true", help="make no load")
    arguments = parser.parse_args()
    transports = ("memory", "stdio") if arguments.transport == "both" else (arguments.transport,)
    cut_off = without_network()
    print("network:", "cut off" if cut_off else "NOT cut off: `unshare --net` is not allowed here")
    with load(0 if arguments.quiet_machine else os.cpu_count() or 1):
        for transport in transports:
            begun = time.monotonic()
            for number in range(1, arguments.times + 1):
                found = replay(transport, cut_off)
                if found.returncode:
                    print(found.stdout[-6000:])
                    print(f"{transport}: round {number} of {arguments.times} FAILED")
                    return 1
            seconds = time.monotonic() - begun
            print(f"{transport}: {arguments.times} rounds passed in {seconds:.0f} s; last round:")
            print("  " + found.stdout.strip().splitlines()[-1])
    return 0


def without_network() -> list[str]:
    """
    The command that cuts a process off, empty where the system does not allow it.
    """
    command = ["unshare", "--map-root-user", "--net", "--"]
    if shutil.which("unshare") is None:
        return []
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if tried.returncode == 0 else []


def replay(transport: str, cut_off: list[str]) -> subprocess.CompletedProcess[str]:
    """
    Replay every scenario once.
    """
    pytest = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "tools.offline",
        "-p",
        "no:cacheprovider",
    ]
    return subprocess.run(
        [*cut_off, *pytest, f"--codex-transport={transport}", "tests/scenarios"],
        cwd=ROOT,
        env={**os.environ, "CODEX_HOME": "/nonexistent", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


@contextmanager
def load(cores: int) -> Iterator[None]:
    """
    Keep a number of cores busy meanwhile.
    """
    busy = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(busy) for _ in range(cores)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
