"""
Tape entries as items: a message with its lane, its place on the tape and its effects.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fake_server.lanes import find_lanes

from .breaking_off import without_chance
from .owners import find_owners
from .streams import join_output

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_codex.recording.tape import Entry


@dataclass(slots=True)
class Item:
    """
    One message of the tape.

    Attributes:
        conn: Connection number on the tape.
        kind: ``spawn``, ``client`` or ``server``.
        body: The message.
        raw: Index on the tape.
        main: Whether the process's main thread sent it.
        effects: Changes on disk to apply immediately before the message is sent.
        lane: Name of its lane; lanes of different connections never meet.
    """

    conn: int
    kind: str
    body: Any
    raw: int
    main: bool = False
    effects: list[dict[str, Any]] = field(default_factory=list)
    lane: str = ""

    @property
    def method(self) -> str:
        """
        The method of a request or notification, empty for anything else.
        """
        return str(self.body.get("method", "")) if isinstance(self.body, dict) else ""

    @property
    def params(self) -> dict[str, Any]:
        """
        The params as an object, empty when there are none.
        """
        params = self.body.get("params") if isinstance(self.body, dict) else None
        return params if isinstance(params, dict) else {}

    @property
    def is_response(self) -> bool:
        """
        Whether it answers a request of the other side.
        """
        return isinstance(self.body, dict) and "method" not in self.body and "id" in self.body


def collect(entries: Iterable[Entry]) -> dict[int, list[Item]]:
    """
    Sort a tape into connections, give each message its effects and its lane.
    """
    connections: dict[int, list[Item]] = defaultdict(list)
    pending: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for raw, entry in enumerate(entries):
        if entry.kind == "workspace":
            pending[entry.conn].append(copy.deepcopy(entry.body))
        elif entry.kind in ("spawn", "client", "server") and not _about_this_machine(entry):
            # A copy: the steps after this one change messages, and a tape is for reading.
            item = Item(entry.conn, entry.kind, copy.deepcopy(entry.body), raw, entry.main)
            if entry.kind == "server" and entry.conn in pending:
                item.effects = pending.pop(entry.conn)
            connections[entry.conn].append(item)
    for conn, items in connections.items():
        items[:], late = without_chance(join_output(items))
        late += pending.pop(conn, [])
        if late:
            # What changed after the last message: told at the end of the connection.
            items.append(Item(conn, "end", None, items[-1].raw + 1, effects=late))
        _name_lanes(items)
        find_owners(items)
    return dict(connections)


def _about_this_machine(entry: Entry) -> bool:
    """
    Whether the server only remarks on what is installed here: bubblewrap is or is not on PATH.
    """
    body = entry.body
    return (
        entry.kind == "server"
        and body.get("method") == "configWarning"
        and "bubblewrap" in str(body.get("params"))
    )


def _name_lanes(items: list[Item]) -> None:
    messages = [item for item in items if item.kind in ("client", "server")]
    lanes = find_lanes([(item.kind == "client", item.body) for item in messages])
    for item, lane in zip(messages, lanes, strict=True):
        item.lane = lane
