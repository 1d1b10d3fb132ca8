"""
A real process whose pipes are looked at while they carry what they carry.

Lines are noted before they are handed on, in the client's own threads, so what is noted is
what the client knew when it acted.
"""

from __future__ import annotations

import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING, Protocol

from pytest_codex.recording.outstanding import Outstanding
from pytest_codex.recording.pipes import Errors, Inlet, Outlet
from pytest_codex.stalls import being_debugged, client_waits

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.handover import Handover

QUIET = 0.25
"""Seconds of silence after which a server has said what it had to say before a goodbye."""

QUIET_AT_MOST = 2.0
"""Longest wait for that silence, because a client may say goodbye in the middle of a turn."""


class Observer(Protocol):
    """
    Who looks at a process's pipes.
    """

    def from_client(self, line: str) -> None:
        """
        Take a line before the server gets it.
        """

    def from_server(self, line: str) -> None:
        """
        Take a line before the client gets it.
        """

    def stderr(self, line: str) -> None:
        """
        Take a line of standard error.
        """

    def closed(self, code: int) -> None:
        """
        The process has ended, and everything it said was taken.
        """


class TeedProcess:
    """
    A twin of ``subprocess.Popen(text=True)`` around a process started in binary mode.

    Args:
        process: Started with three binary, unbuffered pipes.
        observer: Looks at everything.
        deadline: Seconds of silence, while something is awaited, after which it is a stall.
        stalled: Told what was awaited; the process is killed right after.
        settle: Whether to let the server finish speaking before it is told goodbye, so that
            what trails behind the last answer is recorded every time.
        edit: Changes a client's line on its way to the process, never what is observed.
        handover: Lets the client take an answer before it is given what follows.
        sift: Changes a line of the process's before anybody sees it; None takes it away.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        observer: Observer,
        *,
        deadline: float,
        stalled: Callable[[str], None],
        settle: bool = False,
        edit: Callable[[str], str] | None = None,
        handover: Handover | None = None,
        sift: Callable[[str], str | None] | None = None,
    ) -> None:
        self.args = process.args
        self.pid = process.pid
        self.outstanding = Outstanding()
        self.moved = time.monotonic()
        self._process = process
        self._observer = observer
        self._deadline = deadline
        self._stalled = stalled
        self._settle = settle
        self._handover = handover
        self._parting = False
        self._finished = False
        self._finish_lock = threading.Lock()
        self.stdin = Inlet(self, _pipe(process.stdin), edit)
        self.stdout = Outlet(self, _pipe(process.stdout), sift)
        self.stderr = Errors(self, _pipe(process.stderr))

    @property
    def returncode(self) -> int | None:
        """
        The exit code as far as it is known.
        """
        return self._process.returncode

    def note_client(self, line: str) -> None:
        """
        Take a line the client is about to send.
        """
        self.moved = time.monotonic()
        self.outstanding.from_client(line)
        if self._handover is not None:
            self._handover.asked(line)
        self._observer.from_client(line)

    def note_server(self, line: str) -> None:
        """
        Take a line the client is about to read.
        """
        self.moved = time.monotonic()
        if not self._parting:  # what comes after the goodbye is a race, and nobody's business
            self.outstanding.from_server(line)
            self._observer.from_server(line)
            if self._handover is not None:
                self._handover.wait()
                self._handover.gave(line)

    def note_stderr(self, line: str) -> None:
        """
        Take a line of standard error.
        """
        self._observer.stderr(line)

    def look_for_stall(self) -> None:
        """
        Kill the process if somebody has been waiting for too long.
        """
        if time.monotonic() - self.moved < self._deadline or self._parting:
            return
        if self.outstanding.client_owes or being_debugged():
            return
        awaited = self.outstanding.describe() or client_waits()
        if awaited:
            self._stalled(awaited)
            self._parting = True
            self._process.kill()

    def part(self) -> None:
        """
        Let the server finish speaking; after this nothing it says is noted.
        """
        if self._settle and not self._parting:
            limit = time.monotonic() + QUIET_AT_MOST
            while self._process.poll() is None and time.monotonic() < limit:
                silent = time.monotonic() - self.moved
                if silent >= QUIET:
                    break
                # The SDK stops reading before it closes the pipe, so we read in its place.
                self.stdout.listen(QUIET - silent)
        self._parting = True

    def poll(self) -> int | None:
        """
        The exit code, None while it runs.
        """
        return self._process.poll()

    def wait(self, timeout: float | None = None) -> int:
        """
        Wait for the process to end.
        """
        code = self._process.wait(timeout)
        self._end(code)
        return code

    def terminate(self) -> None:
        """
        Send SIGTERM.
        """
        self.part()
        self._process.terminate()

    def kill(self) -> None:
        """
        Send SIGKILL.
        """
        self._parting = True
        self._process.kill()

    def send_signal(self, number: int) -> None:
        """
        Send any signal.
        """
        self._process.send_signal(number)

    def finish(self, patience: float = 2.0) -> int:
        """
        Bring the process to its end, whatever its client did, and close the pipes.
        """
        if self._process.poll() is None:
            self.stdin.close()
            self.terminate()
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self.stdin.close()
        self.stdout.drain()
        self.stderr.join()
        self._end(code)
        return code

    def _end(self, code: int) -> None:
        with self._finish_lock:
            if not self._finished:
                self._finished = True
                self._observer.closed(code)


def start(
    command: list[str], *, cwd: str | None, env: dict[str, str] | None
) -> subprocess.Popen[bytes]:
    """
    Start a process with three binary, unbuffered pipes.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=cwd,
        env=env,
    )


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream
