"""
The in-process twin of the wire: a process that is none.

``MemoryProcess`` has the part of ``subprocess.Popen`` that clients use. What the client
writes is played by the engine in the client's own thread; what the engine answers waits in
a queue for the client's reader.
"""

from __future__ import annotations

import itertools
import queue
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

from pytest_codex.stalls import being_debugged, client_waits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fake_server.connection import Connection
    from fake_server.player import Action
    from pytest_codex.handover import Handover
    from pytest_codex.wire import Wire

_PIDS = itertools.count(2**22 + 1)
"""Process numbers above Linux's largest, so that nobody signals a stranger by mistake."""


class Exchange:
    """
    What the processes of one replay share: the engine's lock, the log, and the clock.

    Args:
        wire: Where lines are logged.
        deadline: Seconds without a message after which a wait is a stall.
        apply: Writes an effect below a directory.
        stalled: Told what the client waits for when it waits in vain.
        edit: Changes a client's line before it is matched; None when nobody wants to.
    """

    def __init__(
        self,
        wire: Wire,
        deadline: float,
        *,
        apply: Callable[[Any, str], None],
        stalled: Callable[[str], None],
        edit: Callable[[str], str] | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.wire = wire
        self.deadline = deadline
        self.apply = apply
        self.stalled = stalled
        self.edit = edit
        self.moved = time.monotonic()


class MemoryProcess:
    """
    A fake app-server inside this process, with the face of ``subprocess.Popen``.

    Args:
        args: The command the client asked for.
        number: Number of the connection.
        connection: The engine's side of it.
        exchange: What it shares with the session's other processes.
        handover: Lets the client take an answer before it is given what follows.
    """

    def __init__(
        self,
        args: Sequence[str],
        number: int,
        connection: Connection,
        exchange: Exchange,
        handover: Handover | None = None,
    ) -> None:
        self.args = args
        self.pid = next(_PIDS)
        self.returncode: int | None = None
        self._ended = threading.Event()
        self.stdin = _Inlet(self._feed, self._hang_up)
        self.stdout = _Outlet(self)
        self.stderr = _LastWords(self._ended)
        self._number = number
        self._connection = connection
        self._exchange = exchange
        self._handover = handover
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with exchange.lock:
            self._perform(connection.start())

    def _feed(self, line: str) -> None:
        if self._ended.is_set():
            raise BrokenPipeError("the fake app-server has ended")
        exchange = self._exchange
        exchange.wire.add(self._number, "client", line)
        if self._handover is not None:
            self._handover.asked(line)
        played = line if exchange.edit is None else exchange.edit(line)
        with exchange.lock:
            exchange.moved = time.monotonic()
            self._perform(self._connection.receive(played))

    def _perform(self, actions: Sequence[Action]) -> None:
        for kind, value in actions:
            if kind == "send":
                self._exchange.wire.add(self._number, "server", value)
                self._lines.put(value + "\n")
            elif kind == "apply":
                root, effect = value
                self._exchange.apply(effect, root)
            else:
                # Clients show the tail of standard error when a server goes away.
                self.stderr.say(value)
                self._end(0)

    def take(self) -> str:
        """
        The next line for the client, empty at the end; waits no longer than the deadline.
        """
        while True:
            try:
                line = self._lines.get(timeout=self._exchange.deadline)
            except queue.Empty:
                self._look_for_stall()
                continue
            if line is None:
                self._lines.put(None)  # every later read is at the end, too
                return ""
            self._exchange.moved = time.monotonic()
            if self._handover is not None:
                self._handover.wait()
                self._handover.gave(line)
            return line

    def _look_for_stall(self) -> None:
        with self._exchange.lock:
            idle = time.monotonic() - self._exchange.moved
            if self._ended.is_set() or idle < self._exchange.deadline or being_debugged():
                return
            waits = self._connection.owes() or client_waits()
            if waits:
                self._exchange.stalled(waits)
                self._end(1)

    def _hang_up(self) -> None:
        with self._exchange.lock:
            if not self._ended.is_set():
                self._connection.disconnect()
            self._end(0)

    def _end(self, code: int) -> None:
        if self.returncode is None:
            self.returncode = code
        self._ended.set()
        self._lines.put(None)

    def poll(self) -> int | None:
        """
        The exit code, None while it runs.
        """
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """
        Wait for the end, as ``Popen.wait`` does.
        """
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        assert self.returncode is not None
        return self.returncode

    def terminate(self) -> None:
        """
        End it, as the real server ends at SIGTERM: at once and with 0.
        """
        self._hang_up()

    kill = terminate

    def send_signal(self, number: int) -> None:
        """
        End it at any signal that would end the real one.
        """
        if number in (signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGKILL", None)):
            self._hang_up()


class _Inlet:
    """
    The standard input: whole lines are handed on, the rest waits for its end.
    """

    def __init__(self, feed: Callable[[str], None], hang_up: Callable[[], None]) -> None:
        self._feed = feed
        self._hang_up = hang_up
        self._rest = ""
        self.closed = False

    def write(self, text: str) -> int:
        """
        Take text; the client's message is played before this returns.
        """
        if self.closed:
            raise BrokenPipeError("the fake app-server's standard input is closed")
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._feed(line)
        return len(text)

    def flush(self) -> None:
        """
        Do nothing: there is no buffer.
        """

    def close(self) -> None:
        """
        Say goodbye, which ends the process.
        """
        if not self.closed:
            self.closed = True
            self._hang_up()


class _Outlet:
    """
    The standard output.
    """

    def __init__(self, process: MemoryProcess) -> None:
        self.readline = process.take

    def __iter__(self) -> Iterator[str]:
        return iter(self.readline, "")

    def close(self) -> None:
        """
        Do nothing: what is still queued goes with the process.
        """


class _LastWords:
    """
    A standard error on which only the reason for an early end is told.

    Args:
        ended: Set when the process has ended; a reader waits for it, as on a real pipe.
    """

    def __init__(self, ended: threading.Event) -> None:
        self._ended = ended
        self._lines: list[str] = []

    def say(self, text: str) -> None:
        """
        Tell why the process is about to end.
        """
        self._lines += [f"{line}\n" for line in text.splitlines()]

    def readline(self) -> str:
        """
        The next line, empty at the end.
        """
        self._ended.wait()
        return self._lines.pop(0) if self._lines else ""

    def read(self) -> str:
        """
        All that is left.
        """
        return "".join(self)

    def __iter__(self) -> Iterator[str]:
        return iter(self.readline, "")

    def close(self) -> None:
        """
        Do nothing.
        """
