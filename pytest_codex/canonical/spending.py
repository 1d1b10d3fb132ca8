"""
Tell what a model call cost after the commands it asked for, and after what it said.

The server tells it when the model's answer has ended. The commands of that answer already run
then: mostly they are over first, but under load, with several threads at work, not always. And
what was said is on the tape later than it came when it ended in the middle of a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .items import Item

_USAGE = "thread/tokenUsage/updated"
_LIMITS = "account/rateLimits/updated"
_WITH_IT = frozenset({_LIMITS, "turn/diff/updated"})
_NEXT = frozenset({_USAGE, "item/started", "turn/started", "turn/completed"})
"""What begins something new: a command that is still running then runs in the background."""

_WORK = frozenset({"commandExecution", "mcpToolCall", "dynamicToolCall"})


def place_usage(items: list[Item]) -> list[Item]:
    """
    Put usage that was told while commands ran after their ends; one lane's server messages.
    """
    ordered = _after_deltas(items)
    for usage in [item for item in items if item.method == _USAGE]:
        at = ordered.index(usage)
        end = at + 1
        while end < len(ordered) and ordered[end].method in _WITH_IT:
            end += 1
        last = _end_of_work(ordered, at, end)
        if last is not None:
            ordered[at : last + 1] = ordered[end : last + 1] + ordered[at:end]
    return ordered


def _after_deltas(items: list[Item]) -> list[Item]:
    """
    Put rate limits behind the deltas that follow: they name no thread, so they cut no word.

    Where an answer is broken off, as by an interrupt, they may come without usage before them.
    """
    ordered = list(items)
    for limits in [item for item in items if item.method == _LIMITS]:
        at = ordered.index(limits)
        if at and ordered[at - 1].method == _USAGE:
            continue
        end = at + 1
        while end < len(ordered) and ordered[end].method == "item/agentMessage/delta":
            end += 1
        ordered[at:end] = [*ordered[at + 1 : end], limits]
    return ordered


def _end_of_work(ordered: list[Item], at: int, end: int) -> int | None:
    """
    Where the last command ends that ran at a place, before anything new begins.
    """
    running = set()
    for item in ordered[:at]:
        if item.method == "item/started" and _described(item).get("type") in _WORK:
            running.add(_described(item).get("id"))
        elif item.method == "item/completed":
            running.discard(_described(item).get("id"))
    last = None
    for place, item in enumerate(ordered[end:], end):
        if not running or item.method in _NEXT or item.is_response:
            break
        if item.method == "item/completed" and _described(item).get("id") in running:
            running.discard(_described(item).get("id"))
            last = place
    return last


def _described(item: Item) -> dict[str, object]:
    described = item.params.get("item")
    return described if isinstance(described, dict) else {}
