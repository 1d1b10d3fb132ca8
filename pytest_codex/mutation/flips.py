"""
The small lies that a cassette can tell.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fake_server.transcript import Event, Transcript

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDER = {
    "read-only": "workspace-write",
    "workspace-write": "danger-full-access",
    "readOnly": "workspaceWrite",
    "workspaceWrite": "dangerFullAccess",
}
"""The next wider sandbox, in both spellings of the protocol."""

REVIEWS = {"approved": "denied", "denied": "approved"}
ACTIONS = {"accept": "decline", "decline": "accept", "cancel": "accept"}


@dataclass(frozen=True, slots=True)
class Flip:
    """
    One value of one event, turned round.

    Attributes:
        line: Of the cassette.
        path: Keys that lead to the value inside the message.
        what: Which kind of value: ``decision``, ``review``, ``sandbox`` or ``network``.
        old: What was recorded.
        new: What is told instead.
    """

    line: int
    path: tuple[str, ...]
    what: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"line {self.line}: {self.what} {_word(self.old)} -> {_word(self.new)}"

    def apply(self, transcript: Transcript) -> Transcript:
        """
        A copy of the recording with this one value turned round.
        """
        events = list(transcript.events)
        for place, event in enumerate(events):
            if event.line == self.line:
                body = copy.deepcopy(event.body)
                holder = body
                for key in self.path[:-1]:
                    holder = holder[key]
                holder[self.path[-1]] = self.new
                events[place] = Event(event.conn, event.kind, body)
        return Transcript(transcript.header, events, transcript.path)


def flips(transcript: Transcript) -> list[Flip]:
    """
    Everything that can be turned round in a recording, in its order.
    """
    asked: dict[tuple[int, str], str] = {}
    found: list[Flip] = []
    for event in transcript.events:
        if event.kind in ("client", "server") and isinstance(event.body, dict):
            found += [Flip(event.line, *flip) for flip in _flips(event, asked)]
    return found


_Found = tuple[tuple[str, ...], str, Any, Any]


def _flips(event: Event, asked: dict[tuple[int, str], str]) -> Iterator[_Found]:
    body = event.body
    method = body.get("method")
    key = (event.conn, repr(body.get("id")))
    if event.kind == "server" and method and "id" in body:
        asked[key] = method
    elif event.kind == "client" and method is None and isinstance(body.get("result"), dict):
        yield from _of_answer(asked.get(key, ""), body["result"])
    elif event.kind == "server" and method == "item/autoApprovalReview/completed":
        review = (body.get("params") or {}).get("review") or {}
        if review.get("status") in REVIEWS:
            status = review["status"]
            yield ("params", "review", "status"), "review", status, REVIEWS[status]
    for path in (
        ("params", "sandbox"),
        ("params", "sandboxPolicy"),
        ("params", "threadSettings", "sandboxPolicy"),
        ("result", "sandbox"),
    ):
        yield from _of_sandbox(path, _at(body, path))


def _of_answer(method: str, result: dict[str, Any]) -> Iterator[_Found]:
    if method.endswith("requestApproval") and "permissions" not in method:
        decision = result.get("decision")
        accepting = isinstance(decision, dict) or str(decision).startswith("accept")
        yield ("result", "decision"), "decision", decision, "decline" if accepting else "accept"
    elif method == "mcpServer/elicitation/request" and result.get("action") in ACTIONS:
        action = result["action"]
        yield ("result", "action"), "decision", action, ACTIONS[action]


def _of_sandbox(path: tuple[str, ...], sandbox: Any) -> Iterator[_Found]:
    if isinstance(sandbox, str) and sandbox in WIDER:
        yield path, "sandbox", sandbox, WIDER[sandbox]
    elif isinstance(sandbox, dict):
        kind = sandbox.get("type")
        if kind in WIDER:
            yield (*path, "type"), "sandbox", kind, WIDER[kind]
        if sandbox.get("networkAccess") is False:
            yield (*path, "networkAccess"), "network", False, True


def _at(body: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = body
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "open" if value else "closed"
    return next(iter(value), "none") if isinstance(value, dict) else str(value)
