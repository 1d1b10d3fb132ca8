"""
A fact: one thing that happened in a session and that a test could care about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

PASSING = frozenset(
    "createdAt updatedAt recencyAt startedAt completedAt startedAtMs completedAtMs createdAtMs "
    "modifiedAtMs durationMs timeUsedSeconds cliVersion readState readStates historyMode".split()
)
"""Keys whose values say when, by which version and how it is stored; never what was done."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(-[a-z]+)?")


@dataclass(slots=True)
class Fact:
    """
    One thing that happened.

    Attributes:
        place: Where in the session, as a reader would say it: ``thread 1, turn 2``.
        kind: What sort of thing: ``command``, ``message``, ``approval`` …
        name: What tells it from others of its kind, such as the command itself.
        values: What must be the same for the behaviour to be the same.
        loose: More values, flat; they count only where both sides have them, because a
            field that another version does not know yet is no behaviour.
        line: The line of the cassette that says it last.
    """

    place: str
    kind: str
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    loose: dict[str, Any] = field(default_factory=dict)
    line: int = 0


def flatten(value: Any, path: str = "") -> dict[str, Any]:
    """
    The leaves of a JSON value by their paths; a list also says how many entries it has.
    """
    leaves: dict[str, Any] = {}
    if isinstance(value, dict):
        for key, one in value.items():
            leaves.update(flatten(one, f"{path}.{key}" if path else key))
    elif isinstance(value, list):
        leaves[f"number of {path}"] = len(value)
        for number, one in enumerate(value):
            leaves.update(flatten(one, f"{path}[{number}]"))
    elif value is not None:
        leaves[path] = value
    return leaves


def lasting(value: Any) -> Any:
    """
    A message's content without what is told by order already, or says nothing of behaviour.

    That is ids, cursors, times, and where a thread is stored.
    """
    if isinstance(value, dict):
        dropped = {*PASSING, *(["path"] if "sessionId" in value else [])}
        dropped |= {"id"} if "type" in value else set()  # an item's, which the model may choose
        return {
            key: lasting(one)
            for key, one in value.items()
            if key not in dropped and not key.endswith("Cursor")
        }
    if isinstance(value, list):
        return [lasting(one) for one in value]
    return None if is_id(value) else value


def is_id(value: Any) -> bool:
    """
    Whether a value is an id made by client or server.
    """
    return isinstance(value, str) and _ID.fullmatch(value) is not None
