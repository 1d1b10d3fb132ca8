"""
A connection to a server under test: raw JSON lines, everything kept, every wait bounded.
"""

from __future__ import annotations

import io
import itertools
import json
import queue
import subprocess
import threading
import time
from collections import deque
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from .outcomes import ConformanceError, require
from .told import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Message = dict[str, Any]

_GRACE = 5.0
"""Seconds a server may take to go after its client has said goodbye."""

_STDERR_LINES = 40

MOST = 100_000
"""Messages that a server may send on one connection; no check makes one send a tenth of that."""

LONGEST = 1 << 25
"""Characters that a line may have; the longest that a check makes a server say has a tenth."""


class Channel:
    """
    One connection to the server under test.

    Args:
        process: The server, with three text pipes.
        deadline: Seconds that any one wait may take.
        note: Told every message with who sent it, ``client`` or ``server``, as the line.

    Attributes:
        messages: Everything the server said, in order.
        answers: What to answer to server requests, by method: a function from their params to
            the result. A request with no entry is left unanswered.
        threads: Read the server's output and its standard error, and close them in the end.
    """

    def __init__(
        self,
        process: subprocess.Popen[str],
        *,
        deadline: float,
        note: Callable[[str, str], None],
    ) -> None:
        self.process = process
        self.messages: list[Message] = []
        self.answers: dict[str, Callable[[Message], Message]] = {}
        self.stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._deadline = deadline
        self._note = note
        self._lines: queue.Queue[str | None] = queue.Queue(MOST)
        self._ended = False
        assert process.stdout
        assert process.stderr
        self.threads = [
            threading.Thread(target=self._read, args=(process.stdout,), daemon=True),
            threading.Thread(target=self._read_errors, args=(process.stderr,), daemon=True),
        ]
        for thread in self.threads:
            thread.start()

    def _read(self, pipe: IO[str]) -> None:
        lines = _bounded(pipe) if isinstance(pipe, io.TextIOBase) else pipe
        for line in lines:
            self._lines.put(line)
        self._lines.put(None)
        pipe.close()

    def _read_errors(self, pipe: IO[str]) -> None:
        self.stderr.extend(pipe)
        pipe.close()

    def send(self, message: Any) -> None:
        """
        Send one message.
        """
        self.send_line(json.dumps(message, ensure_ascii=False))

    def send_line(self, line: str) -> None:
        """
        Send one line as it is.

        Raises:
            ConformanceError: The server has gone, or had said what is no message before it went.
        """
        assert self.process.stdin
        self._note("client", line)
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except OSError as error:
            how = self._how_it_ended()
            if self.process.returncode is not None:
                self.drain()  # what it said last tells more than that it has gone
            raise ConformanceError(f"the server has gone ({how})") from error

    def wait(self, wanted: Callable[[Message], bool], awaited: str, since: int = 0) -> Message:
        """
        The first message that is wanted, among those read or still to come.

        Args:
            wanted: Whether a message is the one.
            awaited: What is waited for, for the error.
            since: Index into `messages` where to begin.

        Raises:
            ConformanceError: It did not come in time, or the server has gone.
        """
        for message in itertools.islice(self.messages, since, None):
            if wanted(message):
                return message
        end = time.monotonic() + self._deadline
        while True:
            message = self._next(end, awaited)
            if wanted(message):
                return message

    def _next(self, end: float, awaited: str) -> Message:
        if self._ended:
            raise ConformanceError(f"{awaited} never came: {self._how_it_ended()}")
        try:
            line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            text = f"{awaited} did not come within {self._deadline:g} s"
            raise ConformanceError(text) from None
        if line is None:
            self._ended = True
            raise ConformanceError(f"{awaited} never came: {self._how_it_ended()}")
        endless = f"{awaited} did not come: the server said {LONGEST} characters and ends no line"
        require(len(line) < LONGEST or line.endswith("\n"), endless)
        self._note("server", line.rstrip("\n"))
        try:
            message = parse(line)
        except ValueError as error:
            raise ConformanceError(
                f"the server sent a line that is no JSON: {line[:200]!r}"
            ) from error
        require(isinstance(message, dict), f"the server sent what is no object: {line[:200]!r}")
        told: Message = message
        self.messages.append(told)
        # Where there always is one more message to read, no wait would ever be over.
        flooded = f"{awaited} did not come: the server said {MOST} messages instead"
        require(len(self.messages) < MOST, flooded)
        answer = self.answers.get(str(message.get("method"))) if "id" in message else None
        if answer is not None:
            self.send({"id": message["id"], "result": answer(message.get("params") or {})})
        return told

    def _how_it_ended(self) -> str:
        try:
            code = self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return "the server closed its output and goes on running"
        return f"the server ended with code {code}"

    def drain(self) -> None:
        """
        Read everything up to the end of the server's output.

        Raises:
            ConformanceError: A line is no message, or the output did not end in time.
        """
        end = time.monotonic() + self._deadline
        while not self._ended:
            try:
                self._next(end, "the end of the output")
            except ConformanceError:
                if not self._ended:
                    raise

    def close(self) -> int:
        """
        Say goodbye as a polite client does, and read what is still to come.

        Returns:
            The exit code.

        Raises:
            ConformanceError: The server stays.
        """
        assert self.process.stdin
        self.process.stdin.close()
        try:
            code = self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ConformanceError(
                f"the server runs on {_GRACE:g} s after its input ended"
            ) from None
        self._finish()
        return code

    def kill(self) -> None:
        """
        End the process, whatever it is doing.
        """
        self.process.kill()
        self.process.wait()
        self._finish()

    def leave(self, patience: float) -> int:
        """
        Say goodbye, and kill the process only if it does not go.

        Returns:
            The exit code.
        """
        assert self.process.stdin
        with suppress(OSError):  # it was gone before the last line was written
            self.process.stdin.close()
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            return -1
        finally:
            self.kill()

    def linger(self, quiet: float, at_most: float) -> None:
        """
        Read on until the server has said nothing for some time, whatever it says.
        """
        end = time.monotonic() + at_most
        while not self._ended and time.monotonic() < end:
            try:
                line = self._lines.get(timeout=quiet)
            except queue.Empty:
                return
            if line is None:
                self._ended = True
            else:
                self._note("server", line.rstrip("\n"))

    def _finish(self) -> None:
        # What was said and not read belongs to the record, too; read first, for the thread
        # that reads cannot end while it has no room.
        self.linger(_GRACE, _GRACE)
        reader, errors = self.threads
        reader.join(_GRACE if self._ended else 0)
        errors.join(_GRACE)
        self._ended = True
        # What was only read is closed by who reads it: a process that outlives the server may hold
        # it open, and closing would wait for that.
        if self.process.stdin is not None:
            with suppress(OSError):  # it was gone before the last line was written
                self.process.stdin.close()


def _bounded(pipe: io.TextIOBase) -> Iterator[str]:
    """
    The lines of a pipe up to one that is too long: it would fill the memory until the deadline.
    """
    while line := pipe.readline(LONGEST):
        yield line
        if len(line) == LONGEST and not line.endswith("\n"):
            return
