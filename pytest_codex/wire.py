"""
What went over the wire during one test, kept in memory as the lines that were sent.

Lines are parsed only when somebody looks, so that a replay pays nothing for the log.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

STDERR_LINES = 400
"""How many lines of standard error are kept per session."""


class Message(NamedTuple):
    """
    One message of the session.

    Attributes:
        connection: Number of the connection, from 1 in order of start.
        sender: ``client`` or ``server``.
        body: The JSON-RPC message; the raw text when it was not a JSON object.
    """

    connection: int
    sender: str
    body: Any


class Wire:
    """
    A thread-safe log of the lines of all connections of a session.

    Attributes:
        overheard: Puts in what has passed in other processes until now; asked before anybody looks.
    """

    def __init__(self) -> None:
        self._lines: list[tuple[int, str, str]] = []
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._lock = threading.Lock()
        self.overheard: Callable[[], None] = lambda: None

    def add(self, connection: int, sender: str, line: str) -> None:
        """
        Note one line; appending to a list needs no lock.
        """
        self._lines.append((connection, sender, line))

    def add_stderr(self, line: str) -> None:
        """
        Note one line of a server's standard error.
        """
        with self._lock:
            self._stderr.append(line.rstrip("\n"))

    def __len__(self) -> int:
        self.overheard()
        return len(self._lines)

    @property
    def messages(self) -> list[Message]:
        """
        All messages so far, in the order they passed.
        """
        return self.messages_since(0)

    def messages_since(self, seen: int) -> list[Message]:
        """
        The messages after the first ``seen``.
        """
        self.overheard()
        return [Message(conn, sender, _parse(line)) for conn, sender, line in self._lines[seen:]]

    def tail(self, count: int) -> list[tuple[int, str, str]]:
        """
        The last lines as ``(connection, sender, line)``.
        """
        self.overheard()
        return self._lines[-count:]

    def stderr_tail(self, count: int) -> list[str]:
        """
        The last lines of standard error.
        """
        self.overheard()
        with self._lock:
            return list(self._stderr)[-count:]


def _parse(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line.rstrip("\n")
