"""
Name ids by where they were born: the thread, the turn in it, the ordinal in the turn.

``00000002-0001-7000-8000-000000000003`` is the third thing of the first turn of the
second thread. A UUID stays a UUID, so every client still takes it for one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fake_server.methods import created_thread, thread_of

from .merge import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

    from .items import Item

CANONICAL = re.compile(r"\d{8}-\d{4}-7000-8000-\d{12}\Z")
"""A UUID that this module made; also all zeros, which a mask left."""


def uuid(thread: int, turn: int = 0, ordinal: int = 0) -> str:
    """
    The canonical UUID of a birthplace.
    """
    return f"{thread:08d}-{turn:04d}-7000-8000-{ordinal:012d}"


class Names:
    """
    Gives each id its canonical name at first sight.
    """

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self._threads = 0
        self._turns: dict[str, int] = {}
        self._births: dict[str, str] = {}
        self._ordinals: dict[str, int] = {}

    def thread(self, found: object) -> None:
        """
        Name a thread.
        """
        if isinstance(found, str) and UUID.fullmatch(found) and found not in self.known:
            self._threads += 1
            self.known[found] = uuid(self._threads)

    def turn(self, found: object, thread: str | None) -> None:
        """
        Name a turn of a thread.
        """
        if isinstance(found, str) and UUID.fullmatch(found) and found not in self.known:
            home = self.known.get(thread or "", uuid(0))
            self._turns[home] = self._turns.get(home, 0) + 1
            self.known[found] = home[:9] + f"{self._turns[home]:04d}" + home[13:]

    def other(self, found: str, home: str) -> str:
        """
        The name of any other id, born in the turn or thread ``home``.
        """
        if found not in self.known:
            self._ordinals[home] = self._ordinals.get(home, 0) + 1
            self.known[found] = home[:24] + f"{self._ordinals[home]:012d}"
        return self.known[found]


def name_ids(items: list[Item]) -> list[Item]:
    """
    Replace every UUID and every request id, in the items' order.
    """
    # A client's own request ids may be UUIDs, too: they must not use up ordinals.
    _number_requests(items)
    names = Names()
    messages = [item for item in items if isinstance(item.body, dict)]
    # Lists and other reads name threads before their story is told: stories come first.
    for item in [item for item in messages if item.lane.startswith("thread ")] + messages:
        _births(item, names)
    for item in items:
        home = _home(item, names)

        def rename(match: re.Match[str], home: str = home) -> str:
            found = match.group()
            return found if CANONICAL.match(found) else names.other(found, home)

        item.body = replace_strings(item.body, lambda text, rename=rename: UUID.sub(rename, text))
        for i, effect in enumerate(item.effects):
            item.effects[i] = replace_strings(
                effect, lambda text, rename=rename: UUID.sub(rename, text)
            )
    _number_processes(items)
    return items


def replace_strings(value: Any, change: Callable[..., str]) -> Any:
    """
    Change every string of a JSON value, object keys too.
    """
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): replace_strings(value[key], change) for key in sorted(value)}
    if isinstance(value, list):
        return [replace_strings(one, change) for one in value]
    return value


def _births(item: Item, names: Names) -> None:
    """
    Name the threads and turns that a message speaks of by their roles.
    """
    body, params = item.body, item.params
    thread = thread_of(body) or created_thread(body)
    if item.lane.startswith("thread "):
        names.thread(item.lane.partition(" ")[2])
    names.thread(thread)
    thread = thread or item.lane.partition(" ")[2]
    result = body.get("result")
    for holder in (params, result if isinstance(result, dict) else {}):
        turn = holder.get("turn")
        described = turn if isinstance(turn, dict) else {}
        # A review's turn/started carries an id of its own beside the root turn's.
        for found in (described.get("rootTurnId"), holder.get("turnId"), described.get("id")):
            if item.method != "turn/interrupt":
                names.turn(found, thread)


def _home(item: Item, names: Names) -> str:
    params = item.params
    described = params.get("turn") if isinstance(params.get("turn"), dict) else {}
    for found in (params.get("turnId"), (described or {}).get("id")):
        if isinstance(found, str) and found in names.known:
            return names.known[found]
    thread = item.lane.partition(" ")[2] if item.lane.startswith("thread ") else ""
    return names.known.get(thread, uuid(0, item.conn))


def _number_requests(items: list[Item]) -> None:
    """
    Client requests count from 1, server requests from 0, each per connection.
    """
    client: dict[tuple[int, str], list[int]] = {}
    server: dict[tuple[int, str], list[int]] = {}
    counts: dict[tuple[int, str], int] = {}
    for item in items:
        body = item.body
        if not isinstance(body, dict) or item.kind not in ("client", "server"):
            continue
        if "id" in body and "method" in body:
            start = 1 if item.kind == "client" else 0
            number = counts.setdefault((item.conn, item.kind), start)
            counts[item.conn, item.kind] += 1
            space = client if item.kind == "client" else server
            space.setdefault((item.conn, repr(body["id"])), []).append(number)
            body["id"] = number
        elif item.is_response:
            space = server if item.kind == "client" else client
            numbers = space.get((item.conn, repr(body["id"])))
            if numbers:
                body["id"] = numbers.pop(0) if item.kind == "server" else numbers[-1]
        elif item.method == "serverRequest/resolved":
            numbers = server.get((item.conn, repr(item.params.get("requestId"))))
            if numbers:
                item.params["requestId"] = numbers[-1]


def _number_processes(items: list[Item]) -> None:
    """
    The process ids of agents' commands are random numbers; they count from 1.
    """
    numbers: dict[tuple[int, str], str] = {}
    for item in items:
        if not item.lane.startswith("process "):
            _name_processes(item.body, item.conn, numbers)


def _name_processes(value: Any, conn: int, numbers: dict[tuple[int, str], str]) -> None:
    if isinstance(value, dict):
        process = value.get("processId")
        if isinstance(process, str) and process.isdigit():
            value["processId"] = numbers.setdefault((conn, process), str(len(numbers) + 1))
        for one in value.values():
            _name_processes(one, conn, numbers)
    elif isinstance(value, list):
        for one in value:
            _name_processes(one, conn, numbers)
