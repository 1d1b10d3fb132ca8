"""
One live connection playing one recorded connection.
"""

from __future__ import annotations

import functools
import json

from . import messages
from .agreement import Agreement
from .choosing import Start, greet, reconsider
from .exchanging import find_end, find_other, is_told_apart
from .methods import CREATING, HANDSHAKE, family, is_read, thread_of
from .player import Player
from .problems import Complaints
from .swapping import find_twin
from .understanding import understand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .engine import ReplayEngine
    from .matching import Difference
    from .messages import Message
    from .plan import ConnectionPlan, Lane, Read, Step
    from .player import Action
    from .transcript import Event

_BUSY = frozenset({"turn/start", "turn/steer", "turn/interrupt"})
"""Requests that clients send, or do not send, depending on whether the agent is busy."""
_NOT_HELD = (
    "The thread's turn is over: in a replay the model's `hold` holds nothing, and a turn stops\n"
    "  only at the next request or answer that was recorded inside it. If the client sends this\n"
    "  because the agent is no longer busy, see 'Stop in the middle' in docs/model.md."
)


class Connection:
    """
    Feed it each line of the client; carry out the actions it returns, in order.

    An action is ``("send", line)``, ``("apply", (directory, effect))`` or
    ``("close", reason)``.

    Args:
        engine: The engine of the session.
        args: Configuration options of the command line.
        cwd: Working directory of the process, None when the client chose none.
        number: The recorded connection to play, None for the next.

    Attributes:
        plan: What it plays, None when nothing is left to play.
        settled: Whether that is decided for good.
    """

    def __init__(
        self, engine: ReplayEngine, args: Sequence[str], cwd: str | None, number: int | None
    ) -> None:
        self.engine = engine
        self.settled = number is not None
        self.plan: ConnectionPlan | None = None
        self._ready = False
        self._closed = False
        self._complaints = Complaints(engine)
        self._agreement = Agreement(engine)
        self._reads: dict[str, list[Read]] = {}
        self._player = Player(engine)
        self._start = Start(engine, args, cwd)
        plan = self._start.choose(number)
        if plan is None:
            self._note_none_left()
            return
        self.use(plan)
        found = self._start.difference(plan)
        if found is not None:
            self._complaints.add("mismatch", "spawn_differs", nearest=plan.spawn, difference=found)

    def use(self, plan: ConnectionPlan) -> None:
        """
        Play this plan from now on.
        """
        self.plan = plan
        plan.player = self
        self._start.bind(plan)
        self._reads = {}
        for read in plan.reads:
            self._reads.setdefault(_read_key(read.event.body), []).append(read)

    # -- receiving --------------------------------------------------------------

    def start(self) -> list[Action]:
        """
        What the server says before it was spoken to: nothing, until it was recorded.
        """
        return []

    def receive(self, line: str | Message) -> list[Action]:
        """
        Take one line of the client and say what to do.
        """
        actions: list[Action] = []
        if not isinstance(line, str):
            line = messages.encode(line)
        message = understand(self.engine, line)
        if message is None:
            self._note_garbage(line)
            return actions
        if self._closed:
            return actions
        if messages.is_response(message):
            self._answer(message, actions)
        elif messages.is_request(message):
            self._complaints.count(message["method"])
            self._request(message, actions)
        return actions

    def _request(self, message: Message, actions: list[Action], moved: bool = False) -> None:
        method = message["method"]
        plan = self.plan if self.settled else self._choose(message)
        if plan is None:
            self._refuse(message, actions, None, None)
            return
        if self._ready and is_read(method):
            self._read(plan, message, actions)
            return
        difference: Difference | None = None
        nearest: Event | None = None
        for lane in self._lanes_for(plan, message):
            step = lane.next_request()
            if step is None:
                continue
            found = self._agreement.request(message, step.event)
            alone = self.engine.claims is None or not self._ready
            if found is None and (alone or self._may_meet(plan, lane, step, message)):
                self._meet(lane, step, message, actions)
                return
            if nearest is None:
                difference, nearest = found, step.event
        twin = self._twin(plan, message)
        if twin is not None:
            self._meet(*twin, message, actions)
        elif not moved and self._exchange(plan, message):
            self._request(message, actions, moved=True)
        else:
            self._refuse(message, actions, difference, nearest)

    def _choose(self, message: Message) -> ConnectionPlan | None:
        """
        What to play, decided for good by the first request after the handshake.
        """
        if self.plan is None:
            return None
        look = functools.partial(self._agreement.request, keep=False)
        if not self._ready:
            plan: ConnectionPlan | None = greet(self.engine, self.plan, message, look)
        else:
            self.settled = True
            plan = reconsider(self.engine, self.plan, message, look)
        self._change_to(plan)
        return plan

    def _change_to(self, plan: ConnectionPlan | None) -> None:
        """
        Play another plan, and leave ours to whoever played that; None plays nothing more.
        """
        mine, self.plan = self.plan, plan
        if plan is mine:
            return
        other = None if plan is None else plan.player
        if mine is not None:
            mine.player = None
            if other is not None:
                other.use(mine)
        if plan is not None:
            self.use(plan)

    def _lanes_for(self, plan: ConnectionPlan, message: Message) -> Iterator[Lane]:
        """
        The lanes a request may belong to: its own first, then those not begun yet.
        """
        if not self._ready:
            yield plan.lane(HANDSHAKE)
            return
        method = message["method"]
        thread = thread_of(message)
        own = None
        if method not in CREATING:
            name = family(message) if thread is None else f"thread {thread}"
            own = plan.lanes.get(name)
            if own is None and " " in name:
                kind, _, told = name.partition(" ")
                own = plan.lanes.get(f"{kind} {self.engine.bindings.recorded.get(told, told)}")
            if own is not None:
                yield own
        for lane in plan.lanes.values():
            if lane is not own and not lane.opened and lane.name != HANDSHAKE:
                first = lane.next_request()
                if first is not None and first.event.body["method"] == method:
                    yield lane

    def _twin(self, plan: ConnectionPlan, message: Message) -> tuple[Lane, Step] | None:
        """
        A lane that began like the message's own and goes on like the message.
        """
        lane = plan.lanes.get(f"thread {thread_of(message)}")
        if not self._ready or lane is None or not lane.opened:
            return None
        return find_twin(self.engine, plan, lane, message, self._agreement.request)

    def _may_meet(self, plan: ConnectionPlan, lane: Lane, step: Step, message: Message) -> bool:
        """
        Whether no other process plays this connection, nor will: from where only it fits.
        """
        engine = self.engine
        if engine.is_kept(plan):
            return True
        look = functools.partial(self._agreement.request, keep=False)
        if engine.is_free(plan) and not is_told_apart(engine, plan, lane, step, message, look):
            return True
        return engine.take(plan)

    def _exchange(self, plan: ConnectionPlan, message: Message) -> bool:
        """
        Change places with a connection that began alike and goes on like the message.
        """
        if not self._ready or len(self.engine.plans) == 1:
            return False
        other = find_other(self.engine, plan, message, self._agreement.request)
        if other is not None:
            self._change_to(other)
        return other is not None

    def _meet(self, lane: Lane, step: Step, message: Message, actions: list[Action]) -> None:
        step.met = True
        step.live_id = message["id"]
        lane.opened = True
        self.engine.played += 1
        self._player.play(lane, actions)
        if not self._ready and lane.name == HANDSHAKE:
            self._ready = lane.next_request() is None

    # -- answers and reads -------------------------------------------------------

    def _answer(self, message: Message, actions: list[Action]) -> None:
        asked = self._player.asked.pop(message["id"], None)
        if asked is None or self.plan is None:
            if not self._is_stray(message):
                self._complaints.add("client", "not_asked", message)
            return
        lane, step = self.plan.answers.get(message["id"], (None, None))
        if lane is None or step is None or step.met:
            detail = f"The recording holds no answer to {asked.body['method']}."
            self._close(actions, "unexpected", message, detail=detail, nearest=asked)
            return
        found = self._agreement.answer(message, step.event)
        if found is not None:
            detail = f"The server asked {asked.body['method']}."
            self._close(
                actions,
                "answer_differs",
                message,
                detail=detail,
                nearest=step.event,
                difference=found,
            )
            return
        step.met = True
        self.engine.played += 1
        self._player.play(lane, actions)

    def _is_stray(self, message: Message) -> bool:
        """
        Whether such an answer to nothing was recorded, its id perhaps under another name.
        """
        recorded = [] if self.plan is None else [event.body for event in self.plan.strays]
        return any(self._agreement.same(message, body) for body in recorded)

    def _read(self, plan: ConnectionPlan, message: Message, actions: list[Action]) -> None:
        found = self._reads.get(_read_key(message))
        if found is None:
            found = [
                read
                for read in plan.reads
                if self._agreement.request(message, read.event, keep=False) is None
            ]
        if not found:
            nearest = self.engine.nearest(plan, message["method"])
            difference = self._agreement.request(message, nearest, keep=False) if nearest else None
            self._refuse(message, actions, difference, nearest)
            return
        read = next((one for one in found if not one.played), found[-1])
        # An id the client made up is named in the answer as it was sent.
        self._agreement.request(message, read.event)
        self._player.answer_read(read, message["id"], actions)

    # -- telling what went wrong ---------------------------------------------------

    def _note_none_left(self) -> None:
        detail = f"The recording has {len(self.engine.plans)} connections, all of them taken."
        self._complaints.add("mismatch", "nothing_similar", {"method": "connection"}, detail=detail)

    def _note_garbage(self, line: str) -> None:
        """
        Complain of a line that is no message, unless it was recorded.
        """
        recorded = [event.body for event in self.plan.raw] if self.plan else []
        if line.strip() and line.rstrip("\n") not in recorded:
            self._complaints.add("client", "not_json", line, detail=f"It wrote: {line[:200]!r}")

    def _refuse(
        self,
        message: Message,
        actions: list[Action],
        difference: Difference | None,
        nearest: Event | None,
    ) -> None:
        same_method = nearest is not None and nearest.body.get("method") == message["method"]
        reason = "differs" if same_method and difference else "nothing_similar"
        if nearest is not None and not same_method:
            reason, difference = "unexpected", None
        early = reason == "nothing_similar" and message["method"] in _BUSY
        idle = early and self._player.is_idle_again(f"thread {thread_of(message)}")
        problem = self._complaints.add(
            "mismatch",
            reason,
            message,
            nearest=nearest,
            difference=difference,
            detail=_NOT_HELD if idle else "",
        )
        data = {"reason": reason, "line": nearest.line if nearest else None}
        actions.append(("send", messages.error(message["id"], problem.text(), data)))

    def _close(
        self,
        actions: list[Action],
        reason: str,
        message: Message,
        *,
        detail: str,
        nearest: Event | None = None,
        difference: Difference | None = None,
    ) -> None:
        problem = self._complaints.add(
            "mismatch", reason, message, nearest=nearest, difference=difference, detail=detail
        )
        self._closed = True
        actions.append(("close", problem.text()))

    def stalled(self, detail: str) -> None:
        """
        Note that a wait on this connection reached its deadline.
        """
        self._complaints.add("stalled", "stalled", detail=detail)

    def owes(self) -> str | None:
        """
        What the client may be waiting for, as one sentence; None when it waits for nothing.
        """
        return self._player.owes(self.plan.lanes.values() if self.plan else ())

    def disconnect(self) -> None:
        """
        The client is gone.
        """
        self._closed = True
        plan = self.plan
        if plan is not None and self._ready and not (self.settled and self.engine.is_kept(plan)):
            found = find_end(self.engine, plan)
            if found is not None:
                self.settled = True
                self._change_to(found)
            elif not self.engine.is_free(plan):
                self._note_none_left()


def _read_key(message: Message) -> str:
    return json.dumps([message["method"], message.get("params")], sort_keys=True)
