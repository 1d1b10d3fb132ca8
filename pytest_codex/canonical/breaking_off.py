"""
Leave out what a model call cost whose turn the client broke off before that was told.

A question was open, or a command ran, when the client interrupted the turn or cancelled. The server
then tells the call's usage, or it does not: which of the two is chance, on a busy machine often the
second (2 of 8). A client cannot rely on it, so no recording has it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .items import Item

_USAGE = "thread/tokenUsage/updated"
_LIMITS = "account/rateLimits/updated"


def without_chance(items: list[Item]) -> list[Item]:
    """
    The messages of one connection, in the order of the tape, without such usage.
    """
    broken_off = _broken_off(items)
    if not broken_off:
        return items
    kept: list[Item] = []
    effects: list[dict[str, Any]] = []
    dropping = False
    for item in items:
        if item.kind == "server":
            begun = broken_off.get(str(item.params.get("turnId")))
            late = item.method == _USAGE and begun is not None and item.raw > begun
            # The account's limits come with it: they name no turn.
            dropping = late or (dropping and item.method == _LIMITS)
            if dropping:
                effects += item.effects
                continue
            item.effects[:0] = effects
            effects = []
        kept.append(item)
    return kept


def _broken_off(items: list[Item]) -> dict[str, int]:
    """
    The turns that were interrupted, each with the place of the client's word for it.
    """
    asked: dict[str, int] = {}
    questions: dict[str, str] = {}
    interrupted = set()
    for item in items:
        turn = str(item.params.get("turnId"))
        if item.kind == "server" and item.method and "id" in item.body:
            questions[json.dumps(item.body["id"])] = turn
        elif item.kind == "server" and item.method == "turn/completed":
            ended = item.params.get("turn")
            if isinstance(ended, dict) and ended.get("status") == "interrupted":
                interrupted.add(str(ended.get("id")))
        elif item.kind == "client" and item.method == "turn/interrupt":
            asked.setdefault(turn, item.raw)
        elif item.kind == "client" and item.is_response and _cancels(item.body):
            asked.setdefault(questions.get(json.dumps(item.body["id"]), ""), item.raw)
    return {turn: raw for turn, raw in asked.items() if turn in interrupted}


def _cancels(answer: Any) -> bool:
    result = answer.get("result")
    return isinstance(result, dict) and result.get("decision") == "cancel"
