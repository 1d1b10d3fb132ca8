"""
What passes a process that code under test starts itself, for the log of the session.

The process writes it into a named pipe: nothing of it lies on disk, for it may hold secrets.
Through a second one it is told what the user's rules and hooks, which live here, make of a line.
Where a command is started again, its new process is told through a third which command to become.
"""

from __future__ import annotations

import json
import os
import select
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from fake_server.asking import FAILED
from fake_server.overheard import ANOTHER, CLIENT, SERVER, STDERR
from pytest_codex.recording.answering import Answering, give
from pytest_codex.recording.pipes import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_codex.recording.answering import Editing
    from pytest_codex.wire import Wire

SENDERS = {CLIENT: "client", SERVER: "server"}


class Pipes(NamedTuple):
    """
    Attributes:
        wire: What the process tells us goes in here.
        edit: What we make of a line comes out here; None when we change nothing.
    """

    wire: Path
    edit: Path | None


class Overhearing:
    """
    Reads the pipes of a session's commands into its log.

    A thread reads as lines come, so that no process has to wait; whoever looks at the log has
    everything in it that was written before.

    Args:
        wire: The log.
        directory: Where the pipes are made.
        editing: What to take a line for; None for what it is.
        another: A command for a process whose own is taken.
    """

    def __init__(
        self,
        wire: Wire,
        directory: Path,
        editing: Editing | None = None,
        another: Callable[[], list[str]] = list,
    ) -> None:
        self._wire = wire
        self._directory = directory
        self._editing = editing
        self._another = another
        self._lock = threading.RLock()
        self._pipes: dict[int, _Pipe] = {}
        self._thread: threading.Thread | None = None
        self._woken = self._wake = -1

    def pipes(self, number: int) -> Pipes:
        """
        The pipes for one more process.

        Args:
            number: Of the connection, in the log.
        """
        self._directory.mkdir(exist_ok=True)
        path = self._directory / f"{number}.wire"
        os.mkfifo(path, 0o600)
        with self._lock:
            pipe = _Pipe(path, number, self._editing, self._another)
            self._pipes[pipe.source] = pipe
        if self._thread is None:
            self._woken, self._wake = os.pipe()
            self._wire.overheard = self.catch_up
            self._thread = threading.Thread(target=self._listen, name="overhearing", daemon=True)
            self._thread.start()
        else:
            os.write(self._wake, b".")
        return Pipes(path, None if pipe.answering is None else pipe.answering.path)

    def catch_up(self) -> None:
        """
        Take what has been written until now.
        """
        with self._lock:
            for pipe in list(self._pipes.values()):  # one may ask for another
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
        answering: The end of the other one; None when nothing is changed.
    """

    def __init__(
        self,
        path: Path,
        number: int,
        editing: Editing | None,
        another: Callable[[], list[str]],
    ) -> None:
        self._number = number
        self._another = another
        self._rest = b""
        self.answering = None
        if editing is not None:
            self.answering = Answering(path.with_suffix(".edit"), editing)
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
        elif sender in SENDERS:
            wire.add(self._number, SENDERS[sender], text)
        elif sender == ANOTHER:
            give(text, json.dumps(self._another()))
        elif self.answering is not None:
            if sender == FAILED:
                self.answering.fail(text)
            else:
                self.answering.answer(text, SENDERS[sender.lower()])

    def close(self) -> None:
        """
        Give up both ends.
        """
        os.close(self.source)
        os.close(self._held)
        if self.answering is not None:
            self.answering.close()
