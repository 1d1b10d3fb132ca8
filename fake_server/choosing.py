"""
Which recorded connection a live one plays.

The next one that was started the same way; and since equal connections race, another one
that began alike takes its place when the first telling request fits only that.
"""

from __future__ import annotations

from .matching import compare
from .methods import HANDSHAKE
from .swapping import exchange_ids
from .volatile import constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .engine import ReplayEngine
    from .matching import Difference
    from .messages import Message
    from .plan import ConnectionPlan
    from .transcript import Event


class Start:
    """
    How a live client started its server, in canonical form.

    Args:
        engine: The engine of the session.
        args: Configuration options of the command line.
        cwd: Working directory of the process, None when the client chose none.
    """

    def __init__(self, engine: ReplayEngine, args: Sequence[str], cwd: str | None) -> None:
        self._engine = engine
        if cwd is not None:
            engine.places.learn(cwd)
        start = {"args": list(args), "cwd": cwd}
        self._told: dict[str, Any] = constant(engine.places.mask(engine.redactor.message(start)))

    def choose(self, number: int | None) -> ConnectionPlan | None:
        """
        The plan to play, None when all are taken.

        Args:
            number: The recorded connection that was asked for, None for the next.
        """
        engine = self._engine
        free = [
            plan
            for plan in engine.plans
            if (plan.number == number if number else plan.player is None and engine.is_free(plan))
        ]
        fitting = [plan for plan in free if self.difference(plan) is None]
        return self._named(fitting or free)

    def _named(self, plans: list[ConnectionPlan]) -> ConnectionPlan | None:
        """
        The first plan; beside other processes the first whose ids none of them tells.
        """
        claims = self._engine.claims
        if claims is None:
            return plans[0] if plans else None
        for plan in plans:
            if claims.take_ids(plan.number):
                return plan
        for other in self._engine.plans if plans else ():
            # Its ids were told for another connection, so those of that one are left for it.
            if claims.take_ids(other.number):
                exchange_ids(self._engine, plans[0], other)
                return plans[0]
        return None

    def difference(self, plan: ConnectionPlan) -> Difference | None:
        """
        The first thing that was different when the plan was recorded.
        """
        if plan.spawn is None:
            return None
        bindings, ignored = self._engine.bindings.copy(), self._engine.ignored
        told, recorded = self._told, plan.spawn.body
        found = compare(told["args"], recorded.get("args", []), bindings, ignored, "args")
        if found is None and told["cwd"] is not None and recorded.get("cwd"):
            found = compare(told["cwd"], recorded["cwd"], bindings, ignored, "cwd")
        return found

    def bind(self, plan: ConnectionPlan) -> None:
        """
        Let the recorded working directory stand for the live one.
        """
        cwd = self._told["cwd"]
        if cwd is not None and plan.spawn is not None:
            recorded = plan.spawn.body.get("cwd") or cwd
            compare(cwd, recorded, self._engine.bindings, self._engine.ignored, "cwd")
            self._engine.bind_roots()


def greet(
    engine: ReplayEngine,
    plan: ConnectionPlan,
    message: Message,
    difference: Callable[[Message, Event], Difference | None],
) -> ConnectionPlan:
    """
    The plan that a connection's very first request fits: its own, or one that nobody has begun.
    """

    def could_begin(candidate: ConnectionPlan) -> bool:
        first = candidate.lane(HANDSHAKE).next_request()
        return first is not None and difference(message, first.event) is None

    if len(engine.plans) == 1 or plan.lane(HANDSHAKE).at or could_begin(plan):
        return plan
    for other in engine.plans:
        begun = other.lane(HANDSHAKE).at
        if other is not plan and not begun and _is_open(engine, other) and could_begin(other):
            exchange_ids(engine, plan, other)
            return other
    return plan


def reconsider(
    engine: ReplayEngine,
    plan: ConnectionPlan,
    message: Message,
    difference: Callable[[Message, Event], Difference | None],
) -> ConnectionPlan | None:
    """
    The plan that a connection's first telling request fits: its own, or one that nobody
    has played further than the handshake.

    Returns:
        None when all that fit are taken by other processes.
    """

    def could_play(candidate: ConnectionPlan) -> bool:
        firsts = [lane.next_request() for lane in candidate.lanes.values() if not lane.at]
        events = [step.event for step in firsts if step]
        events += [read.event for read in candidate.reads]
        return any(difference(message, event) is None for event in events)

    own = could_play(plan)
    if own and engine.is_free(plan):
        return plan
    for other in engine.plans:
        if other is not plan and _is_open(engine, other) and could_play(other):
            _exchange_handshakes(engine, plan, other)
            return other
    return None if own else plan


def _is_open(engine: ReplayEngine, plan: ConnectionPlan) -> bool:
    return engine.is_free(plan) and (plan.player is None or not plan.player.settled)


def _exchange_handshakes(engine: ReplayEngine, plan: ConnectionPlan, other: ConnectionPlan) -> None:
    exchange_ids(engine, plan, other)
    ours, theirs = plan.lane(HANDSHAKE), other.lane(HANDSHAKE)
    for mine, its in zip(ours.steps, theirs.steps, strict=False):
        mine.met, its.met = its.met, mine.met
        mine.live_id, its.live_id = its.live_id, mine.live_id
    # Only whole handshakes are exchanged: the other's player may be in the middle of its own.
    ours.at, theirs.at = min(theirs.at, len(ours.steps)), len(theirs.steps)
    ours.opened, theirs.opened = theirs.opened, True
