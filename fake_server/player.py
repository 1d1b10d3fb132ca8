"""
Plays lanes: sends what was recorded, up to the next gate.
"""

from __future__ import annotations

from . import messages
from .plan import APPLY, GATE, SEND
from .problems import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeAlias

    from .engine import ReplayEngine
    from .plan import Lane, Read
    from .transcript import Event

    Action: TypeAlias = tuple[str, Any]

_APPROVAL = ("Approval", "requestUserInput", "elicitation/request")


class Player:
    """
    The sending half of a connection.

    Attributes:
        asked: The server requests the client has not answered yet, by id.
        active: For each lane with a turn under way, the line of its ``turn/started``.
    """

    def __init__(self, engine: ReplayEngine) -> None:
        self._engine = engine
        self.asked: dict[object, Event] = {}
        self.active: dict[str, int] = {}
        self._over: set[str] = set()

    def play(self, lane: Lane, actions: list[Action]) -> None:
        """
        Play a lane up to its next gate, and wake the lanes that were born on the way.
        """
        lane.opened = True
        steps = lane.steps
        while lane.at < len(steps):
            if lane.children:
                self._wake(lane, actions)
            step = steps[lane.at]
            if step.kind == GATE and not step.met:
                break
            lane.at += 1
            if step.kind == SEND:
                self._track(lane, step.event)
                self.send(step.event, actions, step.partner.live_id if step.partner else None)
            elif step.kind == APPLY:
                self._apply(step.event, actions)
        self._wake(lane, actions)

    def _wake(self, lane: Lane, actions: list[Action]) -> None:
        # At once, not when the parent stops: it may be waiting for what its child does.
        for child in lane.children:
            if not child.opened and child.after is not None and child.after[1] <= lane.at:
                self.play(child, actions)

    def answer_read(self, read: Read, request_id: object, actions: list[Action]) -> None:
        """
        Answer a request that only looks.
        """
        if not read.played:
            read.played = True
            self._engine.played += 1
        for notice in read.notices:
            self.send(notice, actions, None)
        if read.answer is not None:
            self.send(read.answer, actions, request_id)

    def owes(self, lanes: Iterable[Lane]) -> str | None:
        """
        What the client may be waiting for, as one sentence; None when it waits for nothing.
        """
        for asked in self.asked.values():
            return f"the client has not answered {asked.body['method']} (line {asked.line})"
        for lane in lanes:
            gate = next(lane.gates(), None)
            then = "the recording ends here"
            if gate is not None:
                name = gate.event.body.get("method", "an answer")
                then = f"the recording goes on after {name} (line {gate.event.line})"
            for step in lane.steps[lane.at :]:
                if step.partner is not None and step.partner.met:
                    return f"{step.partner.event.body['method']} is not answered yet: {then}"
            if lane.name in self.active:
                return f"the turn begun at line {self.active[lane.name]} is not over: {then}"
        return None

    def _track(self, lane: Lane, event: Event) -> None:
        method = event.body.get("method")
        if method == "turn/started":
            self.active[lane.name] = event.line
        elif method == "turn/completed":
            self.active.pop(lane.name, None)
            self._over.add(lane.name)

    def is_idle_again(self, lane: str) -> bool:
        """
        Whether a turn of this lane has been played to its end, and none is under way.
        """
        return lane in self._over and lane not in self.active

    def send(self, event: Event, actions: list[Action], live_id: object) -> None:
        """
        Send one recorded message, a response under the id the live client chose.
        """
        body = event.body
        text = event.message_text()
        if messages.is_response(body):
            text = _answer_to(live_id, text, body)
        elif "id" in body:
            self._ask(event)
        self._engine.sent += 1
        actions.append(("send", self._engine.to_live(text)))

    def _ask(self, event: Event) -> None:
        body = event.body
        self.asked[body["id"]] = event
        if self._engine.options.approvals == "forbid" and body["method"].endswith(_APPROVAL):
            self._engine.problems.append(
                Problem(self._engine, "mismatch", "forbidden", body, nearest=event)
            )

    def _apply(self, event: Event, actions: list[Action]) -> None:
        effect = self._engine.fill.fill(event.body)
        root = self._engine.fill.paths.get(effect.get("root", "workspace"))
        if root is not None:
            actions.append(("apply", (root, effect)))


def _answer_to(live_id: object, text: str, body: Any) -> str:
    """
    A response under another id; the keys are sorted, so the id mostly stands first.
    """
    head = f'{{"id": {messages.encode(body["id"])}, '
    if text.startswith(head):
        return f'{{"id": {messages.encode(live_id)}, {text[len(head) :]}'
    return messages.encode({**body, "id": live_id})
