"""
Ways to be broken, ready to be used in the tables.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from .behaviour import Behaviour, Line, Message, Passage, Seen, Selector, Way


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


def refuses(
    which: Callable[[Message], bool], code: int = -32600, text: str = "No.", data: Any = None
) -> Way:
    """
    Refuse requests of the client that the server would have dealt with.
    """
    told = {"code": code, "message": text, **({} if data is None else {"data": data})}
    return instead(which, lambda m: ({"id": m["id"], "error": told},) if "id" in m else ())


def accepts(which: Selector, value: Any = None) -> Way:
    """
    Answer with a result where the server refuses.
    """
    return send(which, lambda m: ({"id": m["id"], "result": {} if value is None else value},))


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
            lines = [made for each in lines for made in part.hear(each, reply)]
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
