"""
Defects: what a broken server does differently, as transforms of the lines that pass.

An entry of a table (``table/<area>.py``, its tuple ``DEFECTS``) is::

    Defect(
        "turn-started-is-lost",              # its name, unique
        "turn/started is never sent.",       # what the broken server does, as a sentence
        drop(says("turn/started")),          # how
        fails={"ordering/turn-started-..."}, # the checks that are meant to notice;
    )                                        # patterns (turns/*) mean every check they match

A *selector* tells which messages of the server are meant: ``says(method, ...)`` notifications
and server requests, ``result(method, ...)`` and ``error(method, ...)`` the answers to a
client's request; narrow them with ``.where(lambda message: ...)``. What a *way of being broken*
keeps, it keeps for one process. Compose two with ``both(...)``. For anything else write a
subclass of :class:`Behaviour`.

``fails`` names the checks that the defect is meant for. Where it is in the way of other checks,
too, those are listed in ``companions.txt``: together they are exactly the checks that fail.
Nothing here knows how lines travel: ``proxy.py`` stands in front of a real server, and
``playing.py`` in front of a recording, in memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

Message = dict[str, Any]
Line = Any
"""A message, or what is no message: a line as it is, as a string."""


@dataclass(frozen=True)
class Seen:
    """
    A message of the server, with what it is.

    Attributes:
        kind: ``notification``, ``request``, ``result`` or ``error``.
        method: Its method; of an answer, the method of the request; empty when unknown.
        message: The message.
    """

    kind: str
    method: str
    message: Message


@dataclass(frozen=True)
class Selector:
    """
    Which messages are meant.
    """

    kinds: tuple[str, ...]
    methods: tuple[str, ...]
    also: Callable[[Message], bool] = lambda _: True

    def __call__(self, seen: Seen) -> bool:
        """
        Whether a message is meant; no methods mean all.
        """
        named = not self.methods or seen.method in self.methods
        return seen.kind in self.kinds and named and bool(self.also(seen.message))

    def where(self, also: Callable[[Message], bool]) -> Selector:
        """
        Mean only those for which something holds too.
        """
        before = self.also
        return replace(self, also=lambda message: before(message) and also(message))


def says(*methods: str) -> Selector:
    """
    Notifications and server requests.
    """
    return Selector(("notification", "request"), methods)


def result(*methods: str) -> Selector:
    """
    Good answers to requests of these methods.
    """
    return Selector(("result",), methods)


def error(*methods: str) -> Selector:
    """
    Refusals of requests of these methods.
    """
    return Selector(("error",), methods)


def anything() -> Selector:
    """
    Every message of the server.
    """
    return Selector(("notification", "request", "result", "error"), ())


class Behaviour:
    """
    What one process of a broken server does; this one is not broken.

    Attributes:
        raw: The client's last line as it was written.
    """

    raw = ""

    def argv(self, argv: list[str]) -> list[str]:
        """
        The command that is really started.
        """
        return argv

    def begin(self) -> Iterable[Line]:
        """
        What the client gets before anything was said.
        """
        return ()

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        """
        What the server gets in place of a line of the client.

        Args:
            line: What the client sent.
            reply: Sends something straight back to the client.
        """
        return (line,)

    def server(self, seen: Seen) -> Iterable[Line]:
        """
        What the client gets in place of a message of the server.
        """
        return (seen.message,)

    def idle(self) -> Iterable[Line]:
        """
        What was kept back and has to go now: the server has nothing more to say.
        """
        return ()

    def code(self, code: int) -> int:
        """
        The exit code in place of the server's own.
        """
        return code

    def stays(self) -> bool:
        """
        Whether the process ignores that the client's side was closed.
        """
        return False


Way = Callable[[], Behaviour]
"""Makes what one process does."""


@dataclass(frozen=True)
class Defect:
    """
    One way to be broken, and the checks that have to notice.

    Attributes:
        name: Its name.
        title: What the broken server does.
        make: Makes what one process does.
        fails: Ids of the checks that are meant to fail; patterns as ``fnmatch`` reads them.
        live: Whether only the real server shows it: a recording has no signals, no floods.
    """

    name: str
    title: str
    make: Way
    fails: frozenset[str] | set[str]
    live: bool = False


class Passage:
    """
    The lines of one process, through one behaviour.

    Knows which request an answer answers, so that selectors can ask for it.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self._asked: dict[Any, str] = {}

    def from_client(self, raw: str, reply: Callable[[Line], None]) -> Iterator[Line]:
        """
        What the server gets: the line itself, as a string, where nothing was changed.
        """
        line = parsed(raw)
        self.behaviour.raw = raw
        for each in self.hear(line, reply):
            yield raw if each is line else each

    def hear(self, line: Line, reply: Callable[[Line], None]) -> Iterator[Line]:
        """
        What the server gets of a line that is a message, or of a string that is none.
        """
        if isinstance(line, dict) and "method" in line and "id" in line:
            self._asked[_key(line["id"])] = str(line["method"])
        yield from self.behaviour.client(line, reply)

    def from_server(self, line: Line) -> Iterator[Line]:
        """
        What the client gets.
        """
        if not isinstance(line, dict):
            yield line
            return
        yield from self.behaviour.server(self._see(line))

    def _see(self, message: Message) -> Seen:
        if "method" in message:
            kind = "request" if "id" in message else "notification"
            return Seen(kind, str(message["method"]), message)
        method = self._asked.get(_key(message.get("id")), "")
        return Seen("error" if "error" in message else "result", method, message)


def parsed(raw: str) -> Line:
    """
    A line as a message; the line itself when it is none.
    """
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    return message if isinstance(message, dict) else raw


def _key(given: Any) -> str:
    return repr(given)
