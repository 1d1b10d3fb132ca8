"""
Record the scenarios thrice and replay them again and again, all at once: ``make soak``.

The recordings are made in different directories and homes and have to be byte-identical.
Each round of replay plays every committed cassette once per transport, in processes without
network (where the system allows it) and without a Codex binary. Recordings and both transports
run side by side, beside one more busy process per core: each is under load all the time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from difflib import unified_diff
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEADLINE = 900
"""Seconds for one round."""


def main() -> int:
    """
    Soak, and say how many rounds passed.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="rounds per transport")
    parser.add_argument("--recordings", type=int, default=3, help="recordings to compare")
    parser.add_argument("--transport", choices=("memory", "stdio", "both"), default="both")
    parser.add_argument("--quiet-machine", action="store_true", help="make no load of its own")
    arguments = parser.parse_args()
    transports = ("memory", "stdio") if arguments.transport == "both" else (arguments.transport,)
    cut_off = without_network()
    print("network:", "cut off" if cut_off else "NOT cut off: `unshare --net` is not allowed here")
    jobs: list[Callable[[], bool]] = []
    if arguments.recordings:
        jobs.append(partial(record_alike, arguments.recordings))
    if arguments.times:
        jobs += [partial(rounds, one, arguments.times, cut_off) for one in transports]
    if not jobs:
        parser.error("neither recordings nor rounds: there is nothing to do")
    busy = 0 if arguments.quiet_machine else os.cpu_count() or 1
    with load(busy), ThreadPoolExecutor(len(jobs)) as pool:
        results = list(pool.map(lambda job: job(), jobs))
    return 0 if results and all(results) else 1


def rounds(transport: str, times: int, cut_off: list[str]) -> bool:
    """
    Replay every scenario a number of times in a row; the first failure ends it.
    """
    begun = time.monotonic()
    last = ""
    for number in range(1, times + 1):
        found = replay(transport, cut_off)
        last = found.stdout.strip().splitlines()[-1]
        if found.returncode:
            print(
                f"{found.stdout[-6000:]}\n{transport}: round {number} of {times} FAILED", flush=True
            )
            return False
    seconds = time.monotonic() - begun
    print(
        f"{transport}: {times} rounds passed in {seconds:.0f} s; last round:\n  {last}", flush=True
    )
    return True


def record_alike(times: int) -> bool:
    """
    Record every scenario several times and compare the cassettes byte by byte.
    """
    with tempfile.TemporaryDirectory() as top:
        recordings = [record(Path(top, f"recording {number}")) for number in range(times)]
        names = sorted({name for recording in recordings for name in recording})
        different = [
            name for name in names if len({recording.get(name) for recording in recordings}) > 1
        ]
    print(f"recordings: {times} of {len(names)} cassettes, {len(different)} differ", flush=True)
    for name in different:
        print(f"  {name}")
        for line in unlike([recording.get(name, "") for recording in recordings]):
            print(f"    {line[:300]}", flush=True)
    return bool(names) and not different


def unlike(texts: Sequence[str]) -> Iterator[str]:
    """
    How each text differs from the first, behind the headers: those hold the checksum.
    """
    first, *others = [text.splitlines()[1:] for text in texts]
    for number, other in enumerate(others, 1):
        yield from unified_diff(
            first, other, "recording 0", f"recording {number}", n=0, lineterm=""
        )


def record(place: Path) -> dict[str, str]:
    """
    Record every scenario.

    Returns:
        The texts of the cassettes by name.
    """
    home = place / "home"
    home.mkdir(parents=True)
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    options = [f"--basetemp={place / 'work'}", f"--codex-cassette-dir={place / 'cassettes'}"]
    modes = ["--codex-record-mode=rewrite", "--codex-allow-record-in-ci"]
    found = subprocess.run(
        [*pytest, *options, *modes, "tests/scenarios"],
        cwd=ROOT,
        env={**os.environ, "HOME": str(home), "XDG_CACHE_HOME": cache},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=2 * DEADLINE,
        check=False,
    )
    lines = found.stdout.strip().splitlines()
    print(f"  recorded: {lines[-1]}", flush=True)
    for line in lines:
        if line.startswith(("FAILED", "ERROR", "E  ")):
            print(f"    {line}", flush=True)
    cassettes = place / "cassettes"
    return {
        str(path.relative_to(cassettes)): path.read_text(encoding="utf-8")
        for path in sorted(cassettes.rglob("*.codex.jsonl"))
    }


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
    Keep a number of cores busy meanwhile, and no longer than this process lives.
    """
    busy = [sys.executable, "-c", f"import os\nwhile os.getppid() == {os.getpid()}: pass"]
    processes = [subprocess.Popen(busy) for _ in range(cores)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
