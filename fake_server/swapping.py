"""
Lanes that start alike are interchangeable until a request tells them apart.

Two equal ``thread/start`` calls race, so which recorded thread a live one is cannot be
known at once. The first recorded one is assumed; when a later request fits another lane
that began the same way, the two change places, and with them the ids.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .engine import ReplayEngine
    from .messages import Message
    from .plan import ConnectionPlan, Lane, Step

_THREAD = r"(?<!\d)\d{8}-0000-7000-8000-0{12}(?!\d)"


class Threads:
    """
    Which live thread id stands for which recorded one; the same, until lanes are swapped.
    """

    __slots__ = ("live", "recorded")

    def __init__(self) -> None:
        self.live: dict[str, str] = {}
        self.recorded: dict[str, str] = {}

    def swap(self, one: str, other: str) -> None:
        """
        Let two recorded threads change their live ids.
        """
        first, second = self.live.get(one, one), self.live.get(other, other)
        self.live[one], self.live[other] = second, first
        self.recorded[second], self.recorded[first] = one, other

    def to_live(self, text: str) -> str:
        """
        A text of the recording with live thread ids.
        """
        if not self.live:
            return text
        return re.sub(_THREAD, lambda found: self.live.get(found.group(), found.group()), text)

    def to_recorded(self, text: str) -> str:
        """
        A text of the live client with recorded thread ids.
        """
        if not self.recorded:
            return text
        recorded = self.recorded
        return re.sub(_THREAD, lambda found: recorded.get(found.group(), found.group()), text)


def find_twin(
    engine: ReplayEngine,
    plan: ConnectionPlan,
    lane: Lane,
    message: Message,
    difference: Callable[[Message, Any], Any],
) -> tuple[Lane, Step] | None:
    """
    Find a lane that began like ``lane`` and whose next request is ``message``; swap them.

    The message's own params are rewritten to name the twin.
    """
    assert lane.thread is not None
    for other in plan.lanes.values():
        if other is lane or other.thread is None or not are_alike(lane, other):
            continue
        step = other.next_request() if other.opened else request_after(other, lane.at)
        if step is None:
            continue
        params = renamed(message.get("params"), lane.thread, other.thread)
        if difference({**message, "params": params}, step.event) is None:
            message["params"] = params
            exchange_lanes(engine, lane, other)
            return other, step
    return None


def request_after(lane: Lane, at: int) -> Step | None:
    """
    The next request of a lane that nobody has begun, had it been played to there.
    """
    return next((step for step in lane.steps[at:] if "method" in step.event.body), None)


def are_alike(lane: Lane, other: Lane) -> bool:
    """
    Whether nobody can have told the two apart yet: two threads, or two lanes of one name.
    """
    if (lane.thread is None or other.thread is None) and lane.name != other.name:
        return False
    if other.opened and other.at != lane.at:
        return False
    return same_steps(lane.steps[: lane.at], other.steps[: lane.at], lane, other)


def same_steps(ours: list[Step], theirs: list[Step], lane: Lane, other: Lane) -> bool:
    """
    Whether steps of two lanes tell the same, but for the threads they are about.
    """
    one, its_one = lane.thread or "", other.thread or ""
    return len(ours) == len(theirs) and all(
        mine.kind == its.kind and renamed(_content(mine), one, its_one) == _content(its)
        for mine, its in zip(ours, theirs, strict=True)
    )


def _content(step: Step) -> dict[str, Any]:
    """
    What a step tells: also answers tell threads apart, by the sandbox in them say.
    """
    return {key: value for key, value in step.event.body.items() if key != "id"}


def exchange_lanes(engine: ReplayEngine, lane: Lane, other: Lane) -> None:
    """
    Let what was played of one count for the other; threads change their ids, too.
    """
    if lane.thread is not None and other.thread is not None:
        engine.threads.swap(lane.thread, other.thread)
    for mine, its in zip(lane.steps[: lane.at], other.steps[: lane.at], strict=True):
        mine.met, its.met = its.met, mine.met
        mine.live_id, its.live_id = its.live_id, mine.live_id
    lane.at, other.at = other.at, lane.at
    lane.opened, other.opened = other.opened, lane.opened


def exchange_ids(
    engine: ReplayEngine,
    plan: ConnectionPlan,
    other: ConnectionPlan,
    besides: Sequence[Lane] = (),
) -> None:
    """
    Let the threads of two connections change their ids.

    Beside other processes only: a client goes on under the ids that its process tells.

    Args:
        besides: Lanes that have exchanged theirs.
    """
    if engine.claims is None:
        return
    ours, theirs = (
        [lane.thread for lane in lanes if lane.thread is not None and lane not in besides]
        for lanes in (plan.lanes.values(), other.lanes.values())
    )
    for one, its_one in zip(ours, theirs, strict=False):
        engine.threads.swap(one, its_one)


def renamed(value: Any, one: str, other: str) -> Any:
    """
    A value in which one thread's id stands for the other's.
    """
    if isinstance(value, str):
        return value.replace(one, other) if one else value
    if isinstance(value, dict):
        return {key: renamed(item, one, other) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, one, other) for item in value]
    return value
