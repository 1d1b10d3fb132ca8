"""
One thing that changed between two versions, and whom it breaks.

Who breaks follows from who sends. What may be sent got less: the sender breaks, for it may
send what is now refused. What may be sent got more: the receiver breaks, for it may receive
what it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PEER = {"client": "server", "server": "client"}


@dataclass(frozen=True)
class Change:
    """
    One change.

    Attributes:
        place: What changed: ``client request thread/start`` or ``ThreadItem(plan).text``.
        text: What happened to it.
        breaks: Who written for the first version no longer works with the second:
            ``client``, ``server``, both or nobody.
        marks: What a recording made with the first version holds when it is concerned; see
            `usage`. Any of them is enough.
        experimental: Whether only clients with ``experimentalApi`` see it.
    """

    place: str
    text: str
    breaks: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    experimental: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """
        What makes two changes the same.
        """
        return self.place, self.text


def less(sender: str, place: str, text: str, *marks: str) -> Change:
    """
    The sender may no longer send what it could send.
    """
    return Change(place, text, frozenset({sender}), frozenset(marks))


def more(sender: str, place: str, text: str, *marks: str) -> Change:
    """
    The receiver may receive what it could not receive.
    """
    return Change(place, text, frozenset({PEER[sender]}), frozenset(marks))


def together(changes: Iterable[Change]) -> list[Change]:
    """
    Each change once, breaking whoever it breaks in any message it is part of.
    """
    found: dict[tuple[str, str], Change] = {}
    for change in changes:
        known = found.get(change.key)
        found[change.key] = change if known is None else replace(
            known, breaks=known.breaks | change.breaks, marks=known.marks | change.marks
        )  # fmt: skip
    return list(found.values())
