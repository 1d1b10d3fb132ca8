"""
Defects: what a broken server does differently, as transforms of the lines that pass.

An entry of a table (``table/<area>.py``, its tuple ``DEFECTS``) is::

    Defect(
        "turn-started-is-lost",              # its name, unique
        "turn/started is never sent.",       # what the broken server does, as a sentence
        drop(says("turn/started")),          # how
        fails={"ordering/turn-started-..."}, # exactly the checks that have to fail with it;
    )                                        # patterns (turns/*) mean every check they match

A *selector* tells which messages of the server are meant: ``says(method, ...)`` notifications
and server requests, ``result(method, ...)`` and ``error(method, ...)`` the answers to a
client's request; narrow them with ``.where(lambda message: ...)``. What a *way of being broken*
keeps, it keeps for one process. Compose two with ``both(...)``. For anything else write a
subclass of :class:`Behaviour`.

Nothing here knows how lines travel: ``proxy.py`` stands in front of a real server, and
``playing.py`` in front of a recording, in memory.
"""

from __future__ import annotations

import copy
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
    """

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


@dataclass(frozen=True)
class Defect:
    """
    One way to be broken, and the checks that have to notice.

    Attributes:
        name: Its name.
        title: What the broken server does.
        make: Makes what one process does.
        fails: Ids of exactly the checks that have to fail; patterns as ``fnmatch`` reads them.
        live: Whether only the real server shows it: a recording has no signals, no floods.
    """

    name: str
    title: str
    make: Callable[[], Behaviour]
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

    def from_client(self, line: Line, reply: Callable[[Line], None]) -> Iterator[Line]:
        """
        What the server gets.
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


def _key(given: Any) -> str:
    return repr(given)


# -- ways to be broken -------------------------------------------------------------------

Way = Callable[[], Behaviour]


class _Replacing(Behaviour):
    """
    Sends something else in place of some messages.
    """

    def __init__(
        self, which: Selector, make: Callable[[Message], Iterable[Line]], times: int | None
    ) -> None:
        self._which, self._make, self._left = which, make, times

    def server(self, seen: Seen) -> Iterable[Line]:
        if self._left == 0 or not self._which(seen):
            return (seen.message,)
        if self._left is not None:
            self._left -= 1
        return tuple(self._make(copy.deepcopy(seen.message)))


def send(
    which: Selector, make: Callable[[Message], Iterable[Line]], times: int | None = None
) -> Way:
    """
    Send what a function makes of a copy of the message, in its place.

    Args:
        which: The messages.
        make: From the message to what is sent: messages, or strings for raw lines.
        times: How often; always by default.
    """
    return lambda: _Replacing(which, make, times)


def drop(which: Selector, times: int | None = None) -> Way:
    """
    Never send these messages, or leave out the first few.
    """
    return send(which, lambda _: (), times)


def twice(which: Selector) -> Way:
    """
    Send these messages twice.
    """
    return send(which, lambda message: (message, message))


def change(which: Selector, edit: Callable[[Message], Any], times: int | None = None) -> Way:
    """
    Edit a copy of these messages in place.
    """

    def make(message: Message) -> Iterable[Line]:
        edit(message)
        return (message,)

    return send(which, make, times)


def before(which: Selector, *lines: Line) -> Way:
    """
    Say something before these messages.
    """
    return send(which, lambda message: (*copy.deepcopy(lines), message))


def after(which: Selector, *lines: Line) -> Way:
    """
    Say something after these messages.
    """
    return send(which, lambda message: (message, *copy.deepcopy(lines)))


class _Late(Behaviour):
    """
    Keeps some messages back until after another.
    """

    def __init__(self, which: Selector, until: Selector) -> None:
        self._which, self._until = which, until
        self._kept: list[Message] = []

    def server(self, seen: Seen) -> Iterable[Line]:
        if self._until(seen):
            kept, self._kept = self._kept, []
            return (seen.message, *kept)
        if self._which(seen):
            self._kept.append(seen.message)
            return ()
        return (seen.message,)

    def idle(self) -> Iterable[Line]:
        kept, self._kept = self._kept, []
        return kept


def late(which: Selector, until: Selector) -> Way:
    """
    Send these messages only after the next of others, or when nothing more comes.
    """
    return lambda: _Late(which, until)


class _Unanswered(Behaviour):
    """
    Deals with some requests of the client without the server.
    """

    def __init__(
        self, which: Callable[[Message], bool], make: Callable[[Message], Iterable[Line]]
    ) -> None:
        self._which, self._make = which, make

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        if not isinstance(line, dict) or not self._which(line):
            return (line,)
        for answer in self._make(line):
            reply(answer)
        return ()


def asks(*methods: str) -> Callable[[Message], bool]:
    """
    Messages of the client with these methods.
    """
    return lambda message: message.get("method") in methods


def instead(which: Callable[[Message], bool], make: Callable[[Message], Iterable[Line]]) -> Way:
    """
    Keep messages of the client from the server, and answer what a function makes of them.

    ``instead(asks("thread/list"), lambda m: ())`` answers with silence.
    """
    return lambda: _Unanswered(which, make)


class _Hearing(Behaviour):
    """
    Understands the client's messages differently.
    """

    def __init__(
        self, which: Callable[[Message], bool], make: Callable[[Message], Iterable[Line]]
    ) -> None:
        self._which, self._make = which, make

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        if not isinstance(line, dict) or not self._which(line):
            return (line,)
        return tuple(self._make(copy.deepcopy(line)))


def hears(which: Callable[[Message], bool], make: Callable[[Message], Iterable[Line]]) -> Way:
    """
    Give the server something else in place of messages of the client.
    """
    return lambda: _Hearing(which, make)


class _Ending(Behaviour):
    """
    Ends, or does not end, in its own way.
    """

    def __init__(self, code: int | None, stays: bool) -> None:
        self._code, self._stays = code, stays

    def code(self, code: int) -> int:
        return code if self._code is None else self._code

    def stays(self) -> bool:
        return self._stays


def ends_with(code: int) -> Way:
    """
    End with this exit code.
    """
    return lambda: _Ending(code, False)


def stays() -> Way:
    """
    Go on running when the client's side was closed.
    """
    return lambda: _Ending(None, True)


class _Prints(Behaviour):
    """
    Says something before it was spoken to.
    """

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self._lines = lines

    def begin(self) -> Iterable[Line]:
        return self._lines


def begins_with(*lines: Line) -> Way:
    """
    Say these lines first of all.
    """
    return lambda: _Prints(lines)


class _Both(Behaviour):
    """
    Broken in several ways: what the first makes of a message, the second gets.
    """

    def __init__(self, parts: list[Behaviour]) -> None:
        self._parts = [Passage(part) for part in parts]

    def argv(self, argv: list[str]) -> list[str]:
        for part in self._parts:
            argv = part.behaviour.argv(argv)
        return argv

    def begin(self) -> Iterable[Line]:
        return [line for part in self._parts for line in part.behaviour.begin()]

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        lines: list[Line] = [line]
        for part in self._parts:
            lines = [made for each in lines for made in part.from_client(each, reply)]
        return lines

    def server(self, seen: Seen) -> Iterable[Line]:
        lines: list[Line] = [seen.message]
        for part in self._parts:
            lines = [made for each in lines for made in part.from_server(each)]
        return lines

    def idle(self) -> Iterable[Line]:
        return [line for part in self._parts for line in part.behaviour.idle()]

    def code(self, code: int) -> int:
        for part in self._parts:
            code = part.behaviour.code(code)
        return code

    def stays(self) -> bool:
        return any(part.behaviour.stays() for part in self._parts)


def both(*ways: Way) -> Way:
    """
    Be broken in all these ways.
    """
    return lambda: _Both([way() for way in ways])
