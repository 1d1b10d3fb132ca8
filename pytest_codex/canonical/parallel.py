"""
One order for tools that ran at the same time.

The calls of one answer of the model run side by side, and the item of a quick command may
start when it ends. Which is told first is chance: told here are all starts, then the ends,
both in the order of the calls' ids. What they changed on disk goes with whoever names it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .owners import share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .items import Item

_SIDE_BY_SIDE = frozenset({"commandExecution", "mcpToolCall"})
"""Items of tools that Codex runs in parallel; it edits files one after the other."""

_ENDS = frozenset({"thread/tokenUsage/updated", "turn/started", "turn/completed"})
"""What is told when all calls of an answer are done (measured)."""

_OF_A_SCRIPT = "exec-"
"""Begins the ids of items that a model's own script started, one after the other if it says so."""


def place_parallel(items: list[Item], asked: list[Item]) -> list[Item]:
    """
    Put the messages about tools that ran side by side into one order.

    Args:
        items: What the server sent in one lane.
        asked: What the client sent in it; tools are left alone while it had a say.
    """
    ordered = list(items)
    for places in _answers(items):
        messages = [items[place] for place in places]
        first, last = (pick(item.raw for item in messages) for pick in (min, max))
        if any(first < item.raw < last for item in asked):
            continue
        told = sorted(messages, key=_key)
        for place, item in zip(places, told, strict=True):
            ordered[place] = item
        share([item for item in told if item.method == "item/completed"])
    return ordered


def _answers(items: Sequence[Item]) -> Iterator[list[int]]:
    """
    For each answer of the model with several such calls, where the messages about them are.
    """
    places: list[int] = []
    for place, item in enumerate(items):
        if item.method in _ENDS or _stands_alone(item):
            yield from _if_several(items, places)
            places = []
        elif _call(item):
            places.append(place)
    yield from _if_several(items, places)


def _if_several(items: Sequence[Item], places: list[int]) -> Iterator[list[int]]:
    if len({_call(items[place]) for place in places}) > 1:
        yield places


def _stands_alone(item: Item) -> bool:
    """
    Whether nothing is moved past this: a question to the client, an edit of files.
    """
    described = item.params.get("item")
    edits = isinstance(described, dict) and described.get("type") == "fileChange"
    return edits or bool(item.method and "id" in item.body)


def _call(item: Item) -> str:
    """
    The id of the call that a message is about, empty when it is about none that may be moved.
    """
    if item.method == "item/commandExecution/outputDelta":
        found = item.params.get("itemId")
    elif item.method in ("item/started", "item/completed"):
        described = item.params.get("item")
        told = described if isinstance(described, dict) else {}
        found = told.get("id") if told.get("type") in _SIDE_BY_SIDE else None
    else:
        found = None
    return "" if found is None or str(found).startswith(_OF_A_SCRIPT) else str(found)


def _key(item: Item) -> tuple[bool, list[str | int]]:
    # Digits as numbers: call_10 comes after call_9. Sorting keeps output before its item's end.
    parts = re.split(r"(\d+)", _call(item))
    return item.method != "item/started", [int(p) if p.isdigit() else p for p in parts]
