"""
A real process whose pipes are looked at while they carry what they carry.

Lines are noted before they are handed on, in the client's own threads, so what is noted is
what the client knew when it acted.
"""

from __future__ import annotations

import json
import os
import queue
import select
import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING, Any, Protocol

from pytest_codex.stalls import client_waits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUIET = 0.25
"""Seconds of silence after which a server has said what it had to say before a goodbye."""

QUIET_AT_MOST = 2.0
"""Longest wait for that silence, because a client may say goodbye in the middle of a turn."""

POLL = 0.5
"""Seconds between two looks at whether a silent process has ended or stalled."""

CHUNK = 65536


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


class Outstanding:
    """
    What the client is waiting for: requests without an answer, and turns under way.
    """

    def __init__(self) -> None:
        self._requests: dict[str, str] = {}
        self._turns: set[str] = set()
        self._asked: set[str] = set()

    def from_client(self, line: str) -> None:
        """
        Note what the client asked or answered.
        """
        message = _parse(line)
        if "id" not in message:
            return
        if "method" in message:
            self._requests[json.dumps(message["id"])] = str(message["method"])
        else:
            self._asked.discard(json.dumps(message["id"]))

    def from_server(self, line: str) -> None:
        """
        Note what the server answered, asked or began.
        """
        message = _parse(line)
        method = message.get("method")
        if method is None:
            self._requests.pop(json.dumps(message.get("id")), None)
        elif "id" in message:
            self._asked.add(json.dumps(message["id"]))
        elif method in ("turn/started", "turn/completed"):
            thread = str((message.get("params") or {}).get("threadId"))
            (self._turns.add if method == "turn/started" else self._turns.discard)(thread)

    @property
    def client_owes(self) -> bool:
        """
        Whether the server waits for the client's answer.
        """
        return bool(self._asked)

    def describe(self) -> str | None:
        """
        One sentence about what is awaited from the server, None when it is nothing.
        """
        if self._requests:
            return f"the client waits for the answer to {', '.join(self._requests.values())}"
        if self._turns:
            return f"the client waits for the end of {len(self._turns)} turn(s)"
        return None


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
        self._parting = False
        self._finished = False
        self._finish_lock = threading.Lock()
        self.stdin = _Inlet(self, _pipe(process.stdin), edit)
        self.stdout = _Outlet(self, _pipe(process.stdout))
        self.stderr = _Errors(observer, _pipe(process.stderr))

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
        self._observer.from_client(line)

    def note_server(self, line: str) -> None:
        """
        Take a line the client is about to read.
        """
        self.moved = time.monotonic()
        if not self._parting:  # what comes after the goodbye is a race, and nobody's business
            self.outstanding.from_server(line)
            self._observer.from_server(line)

    def look_for_stall(self) -> None:
        """
        Kill the process if somebody has been waiting for too long.
        """
        if time.monotonic() - self.moved < self._deadline or self._parting:
            return
        if self.outstanding.client_owes:
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
                time.sleep(QUIET - silent)
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


class _Inlet:
    """
    The process's standard input.
    """

    def __init__(
        self, owner: TeedProcess, pipe: IO[bytes], edit: Callable[[str], str] | None
    ) -> None:
        self._owner = owner
        self._pipe = pipe
        self._edit = edit
        self._rest = ""

    @property
    def closed(self) -> bool:
        return self._pipe.closed

    def write(self, text: str) -> int:
        """
        Note every line that is now whole, then send.
        """
        size = len(text)
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._owner.note_client(line)
        if self._edit is not None:
            text = "".join(self._edit(line) + "\n" for line in lines)
        data = memoryview(text.encode("utf-8"))
        while data:
            data = data[self._pipe.write(data) :]
        return size

    def flush(self) -> None:
        """
        Do nothing: the pipe has no buffer.
        """

    def close(self) -> None:
        """
        Say goodbye.
        """
        if not self._pipe.closed:
            self._owner.part()
            self._pipe.close()


class _Outlet:
    """
    The process's standard output, line by line.
    """

    def __init__(self, owner: TeedProcess, pipe: IO[bytes]) -> None:
        self._owner = owner
        self._pipe = pipe
        self._lock = threading.Lock()
        self._rest = b""
        self._lines: list[str] = []

    def readline(self) -> str:
        """
        The next line, empty at the end; looks for a stall while it waits.
        """
        with self._lock:
            while not self._lines:
                chunk = self._read()
                if not chunk:
                    line, self._rest = self._rest.decode("utf-8", "replace"), b""
                    return line
                *whole, self._rest = (self._rest + chunk).split(b"\n")
                self._lines = [line.decode("utf-8", "replace") for line in reversed(whole)]
            line = self._lines.pop()
        self._owner.note_server(line)
        return line + "\n"

    def _read(self) -> bytes:
        if self._pipe.closed:
            return b""
        while not select.select([self._pipe], [], [], POLL)[0]:
            if self._owner.poll() is not None:
                return b""  # it ended, but something it started keeps the pipe open
            self._owner.look_for_stall()
        return os.read(self._pipe.fileno(), CHUNK)

    def __iter__(self) -> Iterator[str]:
        return iter(self.readline, "")

    def drain(self) -> None:
        """
        Read what the client left unread, and close.
        """
        while self.readline():
            pass
        self.close()

    def close(self) -> None:
        """
        Close the pipe.
        """
        with self._lock:
            self._pipe.close()


class _Errors:
    """
    The process's standard error, read at once by a thread so that it never fills up.
    """

    def __init__(self, observer: Observer, pipe: IO[bytes]) -> None:
        self._observer = observer
        self._pipe = pipe
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._pump, name="codex-stderr", daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        with self._pipe:
            for raw in self._pipe:
                line = raw.decode("utf-8", "replace")
                self._observer.stderr(line.rstrip("\n"))
                self._lines.put(line)
        self._lines.put("")

    def readline(self) -> str:
        """
        The next line, empty at the end.
        """
        line = self._lines.get()
        if not line:
            self._lines.put("")
        return line

    def read(self) -> str:
        """
        Everything until the end.
        """
        return "".join(self)

    def __iter__(self) -> Iterator[str]:
        return iter(self.readline, "")

    def join(self) -> None:
        """
        Wait until everything was read; a grandchild may hold the pipe open for longer.
        """
        self._thread.join(1.0)

    def close(self) -> None:
        """
        Do nothing: the thread closes the pipe at its end.
        """


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


def _parse(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
