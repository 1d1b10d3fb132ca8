"""
The three pipes of a real process, with the face that clients of ``subprocess`` expect.
"""

from __future__ import annotations

import os
import queue
import select
import threading
from collections import deque
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POLL = 0.5
"""Seconds between two looks at whether a silent process has ended or stalled."""

CHUNK = 65536


class Listener(Protocol):
    """
    What the pipes tell the process they belong to.
    """

    def note_client(self, line: str) -> None:
        """
        Take a line the client is about to send.
        """

    def note_server(self, line: str) -> None:
        """
        Take a line the client is about to read.
        """

    def note_stderr(self, line: str) -> None:
        """
        Take a line of standard error.
        """

    def look_for_stall(self) -> None:
        """
        See whether the silence has lasted for too long.
        """

    def part(self) -> None:
        """
        Get ready for the client's goodbye.
        """

    def poll(self) -> int | None:
        """
        The exit code, None while the process runs.
        """


class Inlet:
    """
    The process's standard input.
    """

    def __init__(self, owner: Listener, pipe: IO[bytes], edit: Callable[[str], str] | None) -> None:
        self._owner = owner
        self._pipe = pipe
        self._edit = edit
        self._rest = ""
        self._lock = threading.Lock()

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
        self._send(text)
        return size

    def inject(self, line: str) -> None:
        """
        Send a line that is not the client's; a process that has ended gets none.
        """
        with suppress(OSError, ValueError):
            self._send(line + "\n")

    def _send(self, text: str) -> None:
        data = memoryview(text.encode("utf-8"))
        with self._lock:
            while data:
                data = data[self._pipe.write(data) :]

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


class Outlet:
    """
    The process's standard output, line by line.

    Args:
        sift: Changes a line before anybody sees it; None takes it away.
    """

    def __init__(
        self,
        owner: Listener,
        pipe: IO[bytes],
        sift: Callable[[str], str | None] | None = None,
    ) -> None:
        self._owner = owner
        self._pipe = pipe
        self._sift = sift
        self._lock = threading.Lock()
        self._rest = b""
        self._lines: deque[str] = deque()
        self._noted: deque[str] = deque()

    def readline(self) -> str:
        """
        The next line, empty at the end; looks for a stall while it waits.
        """
        with self._lock:
            while not (self._noted or self._lines):
                chunk = self._read()
                if not chunk:
                    line, self._rest = self._rest.decode("utf-8", "replace"), b""
                    return line
                self._cut(chunk)
            if not self._noted:
                self._note_next()
            return self._noted.popleft() + "\n"

    def listen(self, seconds: float) -> None:
        """
        Note what the server says, for clients that stop reading before they say goodbye.

        The lines stay here, for whoever does read on.
        """
        if not self._lock.acquire(timeout=seconds):
            return  # the client is reading, so its own thread notes each line
        try:
            silent = not (self._lines or self._pipe.closed)
            if silent and select.select([self._pipe], [], [], seconds)[0]:
                self._cut(os.read(self._pipe.fileno(), CHUNK))
            while self._lines:
                self._note_next()
        finally:
            self._lock.release()

    def _cut(self, chunk: bytes) -> None:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for raw in whole:
            line: str | None = raw.decode("utf-8", "replace")
            if self._sift is not None and line is not None:
                line = self._sift(line)
            if line is not None:
                self._lines.append(line)

    def _note_next(self) -> None:
        self._owner.note_server(self._lines[0])
        self._noted.append(self._lines.popleft())

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


class Errors:
    """
    The process's standard error, read at once by a thread so that it never fills up.
    """

    def __init__(self, owner: Listener, pipe: IO[bytes]) -> None:
        self._owner = owner
        self._pipe = pipe
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._pump, name="codex-stderr", daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        with self._pipe:
            for raw in self._pipe:
                line = raw.decode("utf-8", "replace")
                self._owner.note_stderr(line.rstrip("\n"))
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
