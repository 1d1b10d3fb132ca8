"""
Running a driver once: started in a process group of its own, and ended with all it started.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_codex.errors import HarnessError

from .seen import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

GRACE = 3.0
"""Seconds a server process may take to go after its client has gone."""

_LOOK = 0.2
"""Seconds between two looks at whether the user still wants to wait."""

_SENDERS = ("client", "server", "event")


@dataclass(frozen=True)
class Driven:
    """
    How a run of a driver ended.

    Attributes:
        status: Its exit status; None when it had to be killed.
        output: Its standard output.
        stderr: Its standard error.
        lines: What its servers logged.
        orphans: Servers that were still running some time after it had gone.
    """

    status: int | None
    output: str
    stderr: str
    lines: tuple[Line, ...]
    orphans: tuple[int, ...]


def drive(
    argv: Sequence[str],
    env: Mapping[str, str],
    place: Path,
    log: Path,
    deadline: float,
    stopped: threading.Event,
) -> Driven:
    """
    Run a driver.

    Args:
        argv: Its command line.
        env: Its environment.
        place: Where its output is kept.
        log: What its servers write, one JSON object a line.
        deadline: Seconds it may take.
        stopped: Ends it before its time when it is set.

    Raises:
        HarnessError: It cannot be started.
    """
    output, stderr = place / "stdout", place / "stderr"
    with output.open("wb") as out, stderr.open("wb") as err:
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=dict(env),
                start_new_session=True,
            )
        except OSError as error:
            raise HarnessError(f"--client: {argv[0]} cannot be started: {error}") from error
        status: int | None = None
        orphans: tuple[int, ...] = ()
        try:
            status = _wait(process, time.monotonic() + deadline, stopped)
            if status is not None:
                orphans = _gone(log)
        finally:
            _kill(process, log)
    return Driven(status, _text(output), _text(stderr), read_log(log), orphans)


def _wait(process: subprocess.Popen[bytes], end: float, stopped: threading.Event) -> int | None:
    while not stopped.is_set():
        left = end - time.monotonic()
        try:
            return process.wait(max(0.0, min(left, _LOOK)))
        except subprocess.TimeoutExpired:
            if left <= 0:
                return None
    return None


def read_log(log: Path) -> tuple[Line, ...]:
    """
    What servers have logged so far.
    """
    found = []
    with log.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            if not text.endswith("\n"):
                break  # It is being written.
            entry = json.loads(text)
            sender = next(key for key in _SENDERS if key in entry)
            found.append(Line(entry["pid"], sender, str(entry[sender])))
    return tuple(found)


def _gone(log: Path) -> tuple[int, ...]:
    """
    Wait until no server runs, for some time.

    Returns:
        Those that do all the same.
    """
    end = time.monotonic() + GRACE
    while True:
        left = tuple(sorted(running({line.pid for line in read_log(log)})))
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.02)


def running(pids: Iterable[int]) -> set[int]:
    """
    Those processes that still run; one that ended and was not buried does not.
    """
    return {pid for pid in pids if _runs(pid)}


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return Path("/proc").is_dir() is False  # Without /proc the signal's word is all there is.
    return stat.rpartition(")")[2].split()[0] != "Z"


def _kill(process: subprocess.Popen[bytes], log: Path) -> None:
    """
    End whatever the driver started: its group, and servers that left the group.
    """
    left = running({line.pid for line in read_log(log)})
    for send, number in [(os.killpg, process.pid), *((os.kill, pid) for pid in left)]:
        try:
            send(number, signal.SIGKILL)
        except OSError:
            continue  # It has gone.
    process.wait()
    _gone(log)  # a signal is not the end yet: what is killed may write until it comes


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
