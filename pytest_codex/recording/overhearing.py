"""
What passes a process that code under test starts itself, for the log of the session.

The process writes it into a named pipe: nothing of it lies on disk, for it may hold secrets.
"""

from __future__ import annotations

import os
import select
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from fake_server.overheard import CLIENT, SERVER, STDERR, Telling
from pytest_codex.recording.pipes import CHUNK

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_codex.recording.recorder import ConnectionRecorder
    from pytest_codex.wire import Wire


class Overhearing:
    """
    Reads the pipes of a session's commands into its log.

    A thread reads as lines come, so that no process has to wait; whoever looks at the log has
    everything in it that was written before.

    Args:
        wire: The log.
        directory: Where the pipes are made.
    """

    def __init__(self, wire: Wire, directory: Path) -> None:
        self._wire = wire
        self._directory = directory
        self._lock = threading.RLock()
        self._pipes: dict[int, _Pipe] = {}
        self._thread: threading.Thread | None = None
        self._woken = self._wake = -1

    def pipe(self, number: int) -> Path:
        """
        The pipe for one more process.

        Args:
            number: Of the connection, in the log.
        """
        self._directory.mkdir(exist_ok=True)
        path = self._directory / f"{number}.wire"
        os.mkfifo(path, 0o600)
        with self._lock:
            pipe = _Pipe(path, number)
            self._pipes[pipe.source] = pipe
        if self._thread is None:
            self._woken, self._wake = os.pipe()
            self._wire.overheard = self.catch_up
            self._thread = threading.Thread(target=self._listen, name="overhearing", daemon=True)
            self._thread.start()
        else:
            os.write(self._wake, b".")
        return path

    def catch_up(self) -> None:
        """
        Take what has been written until now.
        """
        with self._lock:
            for pipe in self._pipes.values():
                pipe.read(self._wire)

    def close(self) -> None:
        """
        Take the rest, and listen no more; a process that goes on is not held up.
        """
        if self._thread is None:
            return
        self.catch_up()
        with self._lock:
            pipes, self._pipes = list(self._pipes.values()), {}
        os.write(self._wake, b".")
        self._thread.join()
        self._thread = None
        for pipe in pipes:
            pipe.close()
        os.close(self._wake)
        os.close(self._woken)

    def _listen(self) -> None:
        while True:
            with self._lock:
                sources = list(self._pipes)
            if not sources:
                return
            ready, _, _ = select.select([self._woken, *sources], [], [])
            if self._woken in ready:
                os.read(self._woken, CHUNK)
            self.catch_up()


class _Pipe:
    """
    Our end of one pipe.

    Attributes:
        source: The descriptor to read.
    """

    def __init__(self, path: Path, number: int) -> None:
        self._number = number
        self._rest = b""
        self.source = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        # As long as somebody could write, a reader is not told again and again that nobody does.
        self._held = os.open(path, os.O_WRONLY | os.O_NONBLOCK)

    def read(self, wire: Wire) -> None:
        """
        Put the lines that are whole into the log.
        """
        with suppress(BlockingIOError):
            while chunk := os.read(self.source, CHUNK):
                *lines, self._rest = (self._rest + chunk).split(b"\n")
                for line in lines:
                    self._note(wire, line.decode("utf-8", "replace"))

    def _note(self, wire: Wire, line: str) -> None:
        sender, text = line[:1], line[1:]
        if sender == STDERR:
            wire.add_stderr(text)
        else:
            wire.add(self._number, "client" if sender == CLIENT else "server", text)

    def close(self) -> None:
        """
        Give up both ends.
        """
        os.close(self.source)
        os.close(self._held)


class Overheard:
    """
    Tells the session what passes, beside what is taped.

    Args:
        path: The pipe.
        taping: Takes every line, too; None when nothing is recorded.
    """

    def __init__(self, path: str, taping: ConnectionRecorder | None) -> None:
        self._telling = Telling(path)
        self._taping = taping

    def from_client(self, line: str) -> None:
        self._telling.tell(CLIENT, line)
        if self._taping is not None:
            self._taping.from_client(line)

    def from_server(self, line: str) -> None:
        self._telling.tell(SERVER, line)
        if self._taping is not None:
            self._taping.from_server(line)

    def stderr(self, line: str) -> None:
        self._telling.tell(STDERR, line)
        if self._taping is not None:
            self._taping.stderr(line)

    def closed(self, code: int) -> None:
        if self._taping is not None:
            self._taping.closed(code)
