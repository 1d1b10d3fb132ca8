"""
Connections that began alike are interchangeable until a request tells them apart.

Clients that work side by side start in any order, and what makes them different, the prompt say,
often comes only after several equal requests. The first recorded connection is assumed; when a
request fits another one that began the same way, the two change places, and with them the ids.
"""

from __future__ import annotations

from .methods import CREATING, HANDSHAKE, thread_of
from .plan import GATE
from .swapping import are_alike, exchange_ids, exchange_lanes, renamed, request_after, same_steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .engine import ReplayEngine
    from .messages import Message
    from .plan import ConnectionPlan, Lane, Read, Step

    Pairs = list[tuple[Lane, Lane]]


def find_other(
    engine: ReplayEngine,
    plan: ConnectionPlan,
    message: Message,
    difference: Callable[[Message, Any], Any],
) -> ConnectionPlan | None:
    """
    Find a connection that began like ``plan`` and goes on with ``message``; exchange them.

    The message's own params are rewritten to name the other's threads.
    """
    for other, pairs, asked, _, _ in _twins(engine, plan, message, difference):
        if engine.take(other):
            if other.player is None:
                engine.release(plan)
            message.update(asked)
            _exchange(engine, plan, other, pairs)
            return other
    return None


def is_told_apart(
    engine: ReplayEngine,
    plan: ConnectionPlan,
    lane: Lane,
    step: Step,
    message: Message,
    difference: Callable[[Message, Any], Any],
) -> bool:
    """
    Whether a message, or what the server says to it, fits only this connection.

    Args:
        lane: Where the message is met.
        step: What it is met by.
    """
    mine = _segment(lane, step)
    for _, _, _, its_lane, its_step in _twins(engine, plan, message, difference):
        if same_steps(mine, _segment(its_lane, its_step), lane, its_lane):
            return False
    return True


def find_end(engine: ReplayEngine, plan: ConnectionPlan) -> ConnectionPlan | None:
    """
    The connection of a client that is gone: its own, or one that began alike and ended there.

    Returns:
        None when there is none, or others play all of these.
    """
    if _is_over(plan) and engine.take(plan):
        return plan
    for other in _others(engine, plan):
        for pairs in _pairings(plan, other, None):
            unheard = [lane for lane in other.lanes.values() if lane not in _its(pairs)]
            over = all(mine.at == len(its.steps) for mine, its in pairs)
            silent = not any(lane.next_request() for lane in unheard)
            if over and silent and not _unread(other, plan) and engine.take(other):
                _exchange(engine, plan, other, pairs)
                return other
    return None


def _is_over(plan: ConnectionPlan) -> bool:
    waits = any(lane.next_request() for lane in plan.lanes.values())
    return not waits and all(read.played for read in plan.reads)


def _unread(other: ConnectionPlan, plan: ConnectionPlan) -> bool:
    """
    Whether something was read there that was not read here.
    """
    seen = [_told(read) for read in plan.reads if read.played]
    return any(_told(read) not in seen for read in other.reads)


def _segment(lane: Lane, step: Step) -> list[Step]:
    """
    What is played when a request is met: up to the next one, or an answer of the client's.
    """
    at = lane.steps.index(step) + 1
    while at < len(lane.steps) and lane.steps[at].kind != GATE:
        at += 1
    return lane.steps[lane.at : at]


def _others(engine: ReplayEngine, plan: ConnectionPlan) -> Iterator[ConnectionPlan]:
    """
    The connections that may change places with this one.
    """
    for other in engine.plans:
        if other is not plan and engine.is_free(other) and _read_alike(plan, other):
            yield other


def _twins(
    engine: ReplayEngine,
    plan: ConnectionPlan,
    message: Message,
    difference: Callable[[Message, Any], Any],
) -> Iterator[tuple[ConnectionPlan, Pairs, Message, Lane, Step]]:
    """
    The connections that began alike and go on with the message; how it reads there, and where.
    """
    own = plan.lanes.get(f"thread {thread_of(message)}")
    for other in _others(engine, plan):
        for pairs in _pairings(plan, other, own):
            params = message.get("params")
            for mine, its in pairs:
                if mine.thread is not None and its.thread is not None:
                    params = renamed(params, mine.thread, its.thread)
            asked = {**message, "params": params} if "params" in message else message
            for lane, step in _next_steps(other, pairs, own, asked):
                if difference(asked, step.event) is None:
                    yield other, pairs, asked, lane, step


def _pairings(plan: ConnectionPlan, other: ConnectionPlan, own: Lane | None) -> list[Pairs]:
    """
    Each lane that has begun with one of the other connection that began alike.

    There is more than one way where the message's own thread could be one of several.
    """
    begun = [lane for lane in plan.lanes.values() if lane.opened]
    if own is None or not own.opened:
        found = [_pair(begun, other, [])]
    else:
        rest = [lane for lane in begun if lane is not own]
        found = [
            _pair(rest, other, [(own, its)])
            for its in other.lanes.values()
            if its.thread is not None and are_alike(own, its)
        ]
    return [pairs for pairs in found if pairs is not None]


def _pair(lanes: list[Lane], other: ConnectionPlan, pairs: Pairs) -> Pairs | None:
    for lane in lanes:
        taken = _its(pairs)
        its = next(
            (its for its in other.lanes.values() if its not in taken and are_alike(lane, its)), None
        )
        if its is None:
            return None
        pairs = [*pairs, (lane, its)]
    further = any(lane.opened and lane not in _its(pairs) for lane in other.lanes.values())
    return None if further else pairs


def _its(pairs: Pairs) -> list[Lane]:
    return [its for _, its in pairs]


def _next_steps(
    other: ConnectionPlan, pairs: Pairs, own: Lane | None, message: Message
) -> Iterator[tuple[Lane, Step]]:
    """
    What could come next in the other connection, for a message of a lane of ours.
    """
    if own is None or message["method"] in CREATING:
        paired = _its(pairs)
        lanes = [
            (lane, 0)
            for lane in other.lanes.values()
            if lane not in paired and lane.name != HANDSHAKE
        ]
    else:
        lanes = [(its, mine.at) for mine, its in pairs if mine is own]
    for lane, at in lanes:
        step = lane.next_request() if lane.opened else request_after(lane, at)
        if step is not None:
            yield lane, step


def _read_alike(plan: ConnectionPlan, other: ConnectionPlan) -> bool:
    """
    Whether what was read so far, if anything, got the same answers there.
    """
    return all(_counterpart(read, other) for read in plan.reads if read.played) and all(
        _counterpart(read, plan) for read in other.reads if read.played
    )


def _counterpart(read: Read, other: ConnectionPlan) -> Read | None:
    return next((its for its in other.reads if _told(its) == _told(read)), None)


def _told(read: Read) -> object:
    answer = None if read.answer is None else {**read.answer.body, "id": 0}
    return [{**read.event.body, "id": 0}, answer]


def _exchange(
    engine: ReplayEngine, plan: ConnectionPlan, other: ConnectionPlan, pairs: Pairs
) -> None:
    for mine, its in pairs:
        exchange_lanes(engine, mine, its)
    exchange_ids(engine, plan, other, [lane for pair in pairs for lane in pair])
    played = [(read, _counterpart(read, other)) for read in plan.reads if read.played]
    its_played = [(read, _counterpart(read, plan)) for read in other.reads if read.played]
    for one, its_one in (*played, *its_played):
        if its_one is not None:
            one.played, its_one.played = its_one.played, one.played
