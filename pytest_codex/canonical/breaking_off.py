"""
Leave out what a model call cost whose turn the client broke off before that was told.

The model spoke, a question was open, or a command ran, when the client interrupted the turn or
cancelled. The server then tells the call's usage and the account's limits, or only the limits, or
neither: what is told is chance, on a busy machine often the last (2 of 8). A client cannot rely on
it, so no recording has it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .items import Item

_USAGE = "thread/tokenUsage/updated"
_LIMITS = "account/rateLimits/updated"


def without_chance(items: list[Item]) -> tuple[list[Item], list[dict[str, Any]]]:
    """
    Leave such usage out of the messages of one connection, in the order of the tape.

    Returns:
        The others, and the changes on disk that were seen after the last of them.
    """
    broken_off = _broken_off(items)
    if not broken_off:
        return items, []
    kept: list[Item] = []
    effects: list[dict[str, Any]] = []
    cost = _Cost(broken_off)
    for item in items:
        if item.kind == "server":
            if cost.is_chance(item):
                effects += item.effects
                continue
            item.effects[:0] = effects
            effects = []
        kept.append(item)
    return kept, effects


class _Cost:
    """
    Tells what was said of a model call's cost because its turn was broken off.

    The account's limits follow usage and name no turn: they belong to the last usage that they
    have not followed yet, else to the turn that is being broken off.
    """

    def __init__(self, broken_off: dict[str, tuple[int, int]]) -> None:
        self._broken_off = broken_off
        self._owing: set[str] = set()
        self._left_out = False

    def is_chance(self, item: Item) -> bool:
        """
        Whether to leave a message of the server's out.
        """
        thread = str(item.params.get("threadId"))
        if item.method == _USAGE:
            begun, _ = self._broken_off.get(str(item.params.get("turnId")), (item.raw, 0))
            self._left_out = item.raw > begun
            if not self._left_out:
                self._owing.add(thread)
            return self._left_out
        if item.method in ("turn/started", "turn/completed"):
            self._owing.discard(thread)
        if item.method != _LIMITS:
            return False
        if self._left_out or not self._owing:
            late = self._left_out or self._within(item.raw)
            self._left_out = False
            return late
        self._owing.clear()
        return False

    def _within(self, raw: int) -> bool:
        return any(begun < raw < end for begun, end in self._broken_off.values())


def _broken_off(items: list[Item]) -> dict[str, tuple[int, int]]:
    """
    The turns that were interrupted: where the client's word for it is, and where their end.
    """
    asked: dict[str, int] = {}
    questions: dict[str, str] = {}
    ends: dict[str, int] = {}
    for item in items:
        turn = str(item.params.get("turnId"))
        if item.kind == "server" and item.method and "id" in item.body:
            questions[json.dumps(item.body["id"])] = turn
        elif item.kind == "server" and item.method == "turn/completed":
            ended = item.params.get("turn")
            if isinstance(ended, dict) and ended.get("status") == "interrupted":
                ends[str(ended.get("id"))] = item.raw
        elif item.kind == "client" and item.method == "turn/interrupt":
            asked.setdefault(turn, item.raw)
        elif item.kind == "client" and item.is_response and _cancels(item.body):
            asked.setdefault(questions.get(json.dumps(item.body["id"]), ""), item.raw)
    return {turn: (asked[turn], end) for turn, end in ends.items() if turn in asked}


def _cancels(answer: Any) -> bool:
    result = answer.get("result")
    return isinstance(result, dict) and result.get("decision") == "cancel"
