"""
Tell the lanes of all connections as one story.

Between lanes nothing is guaranteed, so the merge looks only at what cannot race. When
the process's main thread sent every request, its program order is the story. Otherwise
the clients may race, and lanes follow each other in the order of what they say.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from fake_server.lanes import READ
from fake_server.methods import CREATING, HANDSHAKE, is_read, thread_of

from .order import order_lane

if TYPE_CHECKING:
    from .items import Item

UUID = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    r"(?![0-9a-f])"
)
"""A UUID anywhere in a text; not ``\\b``, since ids come as ``msg_<uuid>``, ``<uuid>-plan``."""


class Lane:
    """
    One lane of one connection, cut into chunks that each begin with a request.
    """

    def __init__(self, conn: int, name: str, items: list[Item]) -> None:
        self.conn = conn
        self.name = name
        self.items = items
        self.born_in: str | None = None

    @property
    def asked(self) -> list[Item]:
        """
        What the client sent in this lane.
        """
        return [item for item in self.items if item.kind == "client"]

    def chunks(self) -> list[list[Item]]:
        """
        The lane cut before every client request.
        """
        cut: list[list[Item]] = [[]]
        for item in self.items:
            if item.kind == "client" and item.method and cut[-1]:
                cut.append([])
            cut[-1].append(item)
        return cut

    def key(self) -> str:
        """
        What the lane says, without ids: equal for lanes nobody can tell apart.
        """
        told = [
            json.dumps([i.kind, i.method, i.params or i.body], sort_keys=True)
            for i in self.asked + [item for item in self.items if item.kind == "server"]
        ]
        return UUID.sub("", "\n".join(told))


def merge(connections: dict[int, list[Item]]) -> list[Item]:
    """
    Order every lane, then put them all into one list; connections are renumbered.
    """
    lanes = {conn: _lanes(conn, items) for conn, items in connections.items()}
    requests = [
        item
        for items in connections.values()
        for item in items
        if item.kind == "client" and item.method and not item.is_response
    ]
    if requests and all(item.main for item in requests):
        merged = _program_order(connections, lanes)
    else:
        merged = _content_order(connections, lanes)
    _renumber(merged)
    return merged


def _lanes(conn: int, items: list[Item]) -> list[Lane]:
    """
    The ordered lanes of one connection: reads joined to the lane they look at.
    """
    found: dict[str, list[Item]] = {}
    for item in items:
        if item.lane:
            found.setdefault(item.lane, []).append(item)
    reads = {name: found.pop(name) for name in list(found) if name.startswith(READ + " ")}
    lanes = [Lane(conn, name, order_lane(group)) for name, group in found.items()]
    by_name = {lane.name: lane for lane in lanes}
    loose: list[Item] = []
    for group in reads.values():
        ordered = sorted(group, key=lambda item: item.kind != "client")
        home = by_name.get(f"thread {thread_of(ordered[0].body)}")
        if home is None:
            loose += ordered
        else:
            _insert_read(home, ordered)
    if loose:
        lanes.append(Lane(conn, READ, loose))
    for lane in lanes:
        lane.born_in = _birthplace(lane, lanes)
    return lanes


def _insert_read(lane: Lane, read: list[Item]) -> None:
    """
    A read goes to the end of what its thread did before the client's next request.
    """
    later = [
        i
        for i, item in enumerate(lane.items)
        if item.kind == "client"
        and item.method
        and not is_read(item.method)
        and item.raw > read[0].raw
    ]
    at = later[0] if later else len(lane.items)
    lane.items[at:at] = read


def _birthplace(lane: Lane, lanes: list[Lane]) -> str | None:
    """
    The lane whose agent made this lane's thread; None for threads the client asked for.
    """
    if not lane.name.startswith("thread ") or any(
        item.method in CREATING or item.method == "thread/resume" for item in lane.asked
    ):
        return None
    thread = lane.name.partition(" ")[2]
    for other in lanes:
        if other is not lane and any(_spawned(item, thread) for item in other.items):
            return other.name
    return None


def _spawned(item: Item, thread: str) -> bool:
    described = item.params.get("item")
    if item.method != "item/completed" or not isinstance(described, dict):
        return False
    made = described.get("receiverThreadIds") or ()
    # The second generation of sub-agents tells it in an item of its own.
    return thread in made or described.get("agentThreadId") == thread


def _program_order(connections: dict[int, list[Item]], lanes: dict[int, list[Lane]]) -> list[Item]:
    chunks: list[tuple[int, int, list[Item]]] = []
    for conn, items in connections.items():
        chunks += [(item.raw, 0, [item]) for item in items if item.kind == "spawn"]
        chunks += [(item.raw, 2, [item]) for item in items if item.kind == "end"]
        for lane in lanes[conn]:
            if lane.born_in is not None:
                continue
            for chunk in lane.chunks():
                first = min((i.raw for i in chunk if i.kind == "client"), default=chunk[0].raw)
                chunks.append((first, 1, _with_children(chunk, lanes[conn])))
    chunks.sort(key=lambda chunk: chunk[:2])
    return [item for _, _, chunk in chunks for item in chunk]


def _with_children(chunk: list[Item], lanes: list[Lane]) -> list[Item]:
    """
    Put the whole life of a sub-agent's thread right after the item that made it.
    """
    told: list[Item] = []
    for item in chunk:
        told.append(item)
        for lane in lanes:
            thread = lane.name.partition(" ")[2]
            if lane.born_in != item.lane or not _spawned(item, thread):
                continue
            if not _told(lane, lanes, item):
                told += _with_children(lane.items, lanes)
    return told


def _told(lane: Lane, lanes: list[Lane], item: Item) -> bool:
    """
    Whether an earlier item of the parent already made this thread.
    """
    thread = lane.name.partition(" ")[2]
    parent = next(other for other in lanes if other.name == lane.born_in)
    first = next(other for other in parent.items if _spawned(other, thread))
    return first is not item


def _content_order(connections: dict[int, list[Item]], lanes: dict[int, list[Lane]]) -> list[Item]:
    stories: list[tuple[int, str, int, list[Item]]] = []
    made = {
        lane.name: conn
        for conn, group in lanes.items()
        for lane in group
        if any(item.method in CREATING for item in lane.asked)
    }
    for conn, items in connections.items():
        group = lanes[conn]
        told = [item for item in items if item.kind == "spawn"]
        for lane in _sorted_lanes(group):
            told += _with_children(lane.items, group)
        told += [item for item in items if item.kind == "end"]
        depends = any(made.get(lane.name, conn) != conn for lane in group)
        key = "\n".join(lane.key() for lane in _sorted_lanes(group))
        stories.append((int(depends), key, conn, told))
    stories.sort(key=lambda story: story[:3])
    return [item for story in stories for item in story[3]]


def _sorted_lanes(lanes: list[Lane]) -> list[Lane]:
    """
    Handshake, then families, then threads with forks after their origin, then loose reads.
    """
    by_name = {lane.name: lane for lane in lanes}

    def ancestry(lane: Lane) -> list[str]:
        origin = next((i for i in lane.asked if i.method == "thread/fork"), None)
        parent = by_name.get(f"thread {thread_of(origin.body)}") if origin else None
        return [*(ancestry(parent) if parent not in (None, lane) else []), lane.key()]

    def rank(lane: Lane) -> tuple[int, int, list[str]]:
        if lane.name == HANDSHAKE:
            return (0, 0, [])
        if lane.name == READ:
            return (3, 0, [])
        if lane.name.startswith("thread"):
            keys = ancestry(lane)
            return (2, len(keys), keys)
        return (1, 0, [lane.key()])

    return sorted((lane for lane in lanes if lane.born_in is None), key=rank)


def _renumber(items: list[Item]) -> None:
    """
    Number the connections in the order they appear in the story.
    """
    numbers: dict[int, int] = {}
    for item in items:
        numbers.setdefault(item.conn, len(numbers) + 1)
    for item in items:
        item.conn = numbers[item.conn]
