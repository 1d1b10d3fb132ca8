"""
A transcript as facts: what a test of somebody who uses Codex could care about.

Threads and turns are called by their order. What is not told here (new fields, status
notifications, how a text was cut into deltas) is the wire's business: see ``wire``.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from fake_server.methods import thread_of
from pytest_codex.comparison.effects import Effects
from pytest_codex.comparison.facts import Fact
from pytest_codex.comparison.notices import Notices
from pytest_codex.comparison.requests import Requests
from pytest_codex.comparison.turns import Turns

if TYPE_CHECKING:
    from fake_server.transcript import Event, Transcript


def behaviour(transcript: Transcript) -> dict[str, list[Fact]]:
    """
    The facts of a session by their places, in the order in which they happened there.
    """
    story = _Story(several=any(event.conn != 1 for event in transcript.events))
    for number, event in enumerate(transcript.events, 2):
        story.hear(event, event.line or number)
    return story.end()


class _Story:
    """
    Listens to a session.

    Args:
        several: Whether there are several connections, which then have numbers.
    """

    def __init__(self, *, several: bool) -> None:
        self._several = several
        self._facts: list[Fact] = []
        self._output: dict[tuple[str, str, str], Fact] = {}
        self._turns = Turns(self._facts)
        self._requests = Requests(self._facts, self._turns)
        self._notices = Notices(self._facts)
        self._effects = Effects()

    def hear(self, event: Event, line: int) -> None:
        """
        Take in one event of the transcript.
        """
        body = event.body
        if not isinstance(body, dict):
            return
        here = f"connection {event.conn}" if self._several else "session"
        if event.kind == "workspace":
            self._effects.add(body, line)
        elif event.kind == "spawn":
            values = {"arguments": body.get("args"), "directory": body.get("cwd")}
            self._facts.append(Fact(here, "process", "", values, line=line))
        elif "method" not in body:
            self._requests.answered(event, line)
        elif "id" in body:
            self._requests.asked(event, here, line)
        elif event.kind == "server":
            self._notice(str(body["method"]), body, here, line)
        if event.kind == "server":
            self._effects.settle(self._place(body, here, line))

    def end(self) -> dict[str, list[Fact]]:
        """
        All facts, those about the disk last in their place.
        """
        self._requests.end()
        self._effects.settle("at the end")
        places: dict[str, list[Fact]] = {}
        for fact in [*self._facts, *self._effects.facts()]:
            places.setdefault(fact.place, []).append(fact)
        return places

    def _notice(self, method: str, body: dict[str, Any], here: str, line: int) -> None:
        params = body.get("params")
        params = params if isinstance(params, dict) else {}
        thread, turn = thread_of(body), _turn_of(params)
        if method == "command/exec/outputDelta":
            self._process_output(params, here, line)
            return
        known = thread is not None and turn is not None
        if not known or not self._of_turn(method, params, str(thread), str(turn), line):
            self._notices.heard(method, params, self._place(body, here, line), line)

    def _of_turn(
        self, method: str, params: dict[str, Any], thread: str, turn: str, line: int
    ) -> bool:
        """
        Hand on what is about a turn or one of its items.

        Returns:
            Whether the message was about that.
        """
        item = params.get("item")
        if method == "item/started" and isinstance(item, dict):
            self._turns.item_started(thread, turn, item, line)
        elif method == "item/completed" and isinstance(item, dict):
            self._turns.item_completed(thread, turn, item, line)
        elif isinstance(params.get("delta"), str):
            self._turns.item_delta(turn, str(params.get("itemId")), params["delta"])
        elif method == "turn/completed":
            self._turns.completed(thread, params["turn"], line)
        elif method == "thread/tokenUsage/updated":
            self._turns.counted(thread, turn, params.get("tokenUsage") or {}, line)
        elif method == "turn/diff/updated":
            self._turns.changed(thread, turn, str(params.get("diff")), line)
        else:
            return False
        return True

    def _process_output(self, params: dict[str, Any], here: str, line: int) -> None:
        process, stream = str(params.get("processId")), str(params.get("stream"))
        key = (here, process, stream)
        if key not in self._output:
            self._output[key] = Fact(here, "output", f"{process} {stream}", {"text": ""})
            self._facts.append(self._output[key])
        fact = self._output[key]
        fact.values["text"] += _decoded(str(params.get("deltaBase64") or ""))
        fact.line = line

    def _place(self, body: dict[str, Any], here: str, line: int) -> str:
        thread = thread_of(body)
        if thread is None:
            return here
        turn = _turn_of(body["params"])
        return self._turns.turn(thread, turn, line).place if turn else self._turns.thread(thread)


def _turn_of(params: dict[str, Any]) -> str | None:
    turn = params.get("turnId")
    if turn is None and isinstance(params.get("turn"), dict):
        turn = params["turn"].get("id")
    return turn if isinstance(turn, str) else None


def _decoded(piece: str) -> str:
    """
    Output as text where it is text; the recorder keeps some of it undecoded already.
    """
    try:
        return base64.b64decode(piece, validate=True).decode("utf-8")
    except ValueError:
        return piece
