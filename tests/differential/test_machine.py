"""
The machine finds what it is there to find: a fake that does not do what the server did.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, find, settings

from fake_server.player import Player
from fake_server.transcript import Transcript
from pytest_codex.strategies import Session, Step, sessions
from tests.differential.machine import DifferenceError, Machine, differences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fake_server.transcript import Event

BUDGET = 20
"""Sessions performed while shrinking: enough to get to a plain one."""

SESSION = Session(
    (
        Step("connect", 1),
        Step("start", 1, "A"),
        Step("turn", 1, "A", "one", "think"),
        Step("turn", 1, "A", "two", "accept", file="a.txt"),
        Step("turn", 1, "A", "three", "edit", file="b.txt"),
        Step("start careful", 1, "B"),
        Step("turn", 1, "B", "four", "hold"),
        Step("read", 1, "A"),
        Step("interrupt", 1, "B"),
        Step("unknown thread", 1, text="five"),
        Step("close", 1),
        Step("connect", 2),
        Step("resume", 2, "A"),
    )
)
"""A little of everything that can go wrong."""


class Recorded:
    """
    One session as the real server did it, to be replayed from broken recordings.
    """

    def __init__(self, binary: Path, base: Path) -> None:
        self._machine = Machine(binary)
        self._base = base
        self._cassette = base / "session.codex.jsonl"
        self._real = self._machine.record(SESSION, base / "real", self._cassette)
        self._replays = 0

    def differences(self, transport: str, tamper: Callable[[list[Event]], None] | None) -> str:
        """
        What the machine finds when the fake gets a recording that was tampered with.
        """
        self._replays += 1
        place = self._base / f"replay {self._replays}"
        transcript = Transcript.load(self._cassette)
        if tamper is not None:
            tamper(transcript.events)
        broken = self._base / f"broken {self._replays}.codex.jsonl"
        broken.write_text(Transcript(transcript.header, fresh(transcript.events)).dumps())
        fake = self._machine.replay(SESSION, place, broken, transport)
        return differences(self._real, fake, effects=transport == "memory")


def fresh(events: list[Event]) -> list[Event]:
    """
    Events without the lines they were read from.
    """
    return [type(event)(event.conn, event.kind, event.body) for event in events]


@pytest.fixture(scope="module")
def recorded(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """
    The session, performed with the real server.
    """
    return Recorded(binary, tmp_path_factory.mktemp("recorded"))


def named(events: list[Event], method: str, number: int = 0, **params: object) -> int:
    """
    Where a message with this method is, and these params.
    """
    found = [
        place
        for place, event in enumerate(events)
        if isinstance(event.body, dict)
        and event.body.get("method") == method
        and params.items() <= event.body["params"].items()
    ]
    return found[number]


def effect(events: list[Event], number: int = 0) -> int:
    """
    Where a change on disk is.
    """
    return [place for place, event in enumerate(events) if event.kind == "workspace"][number]


def swap_neighbours(events: list[Event]) -> None:
    at = named(events, "item/agentMessage/delta")
    events[at], events[at + 1] = events[at + 1], events[at]


def swap_with_the_end(events: list[Event]) -> None:
    at = named(events, "turn/completed")
    events[at - 1], events[at] = events[at], events[at - 1]


def drop_a_delta(events: list[Event]) -> None:
    del events[named(events, "item/agentMessage/delta", 2)]


def change_a_text(events: list[Event]) -> None:
    events[named(events, "item/agentMessage/delta")].body["params"]["delta"] = "something else"


def tell_it_twice(events: list[Event]) -> None:
    at = named(events, "item/completed")
    events.insert(at, events[at])


def add_a_field(events: list[Event]) -> None:
    events[named(events, "turn/completed")].body["params"]["turn"]["more"] = None


def forget_an_effect(events: list[Event]) -> None:
    del events[effect(events)]


def change_an_effect(events: list[Event]) -> None:
    (path,) = events[effect(events)].body["write"]
    events[effect(events)].body["write"][path]["text"] = "something else\n"


def make_an_effect_too_early(events: list[Event]) -> None:
    asked = named(events, "item/commandExecution/requestApproval")
    events.insert(asked, events.pop(effect(events)))


def ask_nothing(events: list[Event]) -> None:
    at = named(events, "item/commandExecution/requestApproval")
    number = events[at].body["id"]
    answered = [
        event
        for event in events
        if event.kind == "client" and "method" not in event.body and event.body["id"] == number
    ]
    events.remove(answered[0])
    del events[at]


def take_another_decision(events: list[Event]) -> None:
    for event in events:
        if event.kind == "client" and "decision" in (event.body.get("result") or {}):
            event.body["result"]["decision"] = "decline"


def complete_what_was_interrupted(events: list[Event]) -> None:
    turn = events[named(events, "turn/completed", -1)].body["params"]["turn"]
    assert turn["status"] == "interrupted"
    turn["status"] = "completed"


def refuse_in_other_words(events: list[Event]) -> None:
    refused = next(event for event in events if "error" in event.body)
    refused.body["error"]["message"] = "no"


def remember_another_history(events: list[Event]) -> None:
    resumed = next(e for e in events if e.body.get("method") == "thread/resume")
    number = resumed.body["id"]
    answer = next(
        e for e in events if e.kind == "server" and e.conn == 2 and e.body.get("id") == number
    )
    answer.body["result"]["thread"]["turns"].pop()


def record_what_nobody_sends(events: list[Event]) -> None:
    at = named(events, "turn/completed", 2)
    params = {"threadId": events[at].body["params"]["threadId"], "name": "x"}
    body = {"id": 1000, "method": "thread/name/set", "params": params}
    events.insert(at + 1, type(events[at])(1, "client", body))


TAMPERING: dict[Callable[[list[Event]], None], str] = {
    swap_neighbours: "what was said differs",
    swap_with_the_end: "what was said differs",
    drop_a_delta: "what was said differs",
    change_a_text: "something else",
    tell_it_twice: "what the client saw differs",
    add_a_field: "more",
    forget_an_effect: "what the client saw differs",
    change_an_effect: "something else",
    make_an_effect_too_early: "asked 'May I?'",
    ask_nothing: "what the client saw differs",
    take_another_decision: "the fake found something wrong: the answer to",
    complete_what_was_interrupted: "completed",
    refuse_in_other_words: "refused: -32600 no",
    remember_another_history: "what was said differs",
    record_what_nobody_sends: "not played",
}


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_nothing_is_found_where_nothing_is_wrong(recorded: Recorded, transport: str) -> None:
    """
    An honest recording is replayed alike.
    """
    assert "" == recorded.differences(transport, None)


@pytest.mark.parametrize("transport", ["memory", "stdio"])
@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda tamper: tamper.__name__)
def test_a_wrong_recording_is_found(
    recorded: Recorded, tamper: Callable[[list[Event]], None], transport: str
) -> None:
    """
    Whatever is not as the server said or did it, the machine finds.
    """
    found = recorded.differences(transport, tamper)

    assert TAMPERING[tamper] in found


def test_a_broken_engine_is_found(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A fake that sends two messages in the wrong order is found out by what it was given honestly.
    """
    send = Player.send

    def swapped(self: Player, event: Event, actions: list[Any], live_id: object) -> None:
        send(self, event, actions, live_id)
        if event.body.get("method") == "item/completed" and actions[-2:-1]:
            actions[-2:] = reversed(actions[-2:])

    monkeypatch.setattr(Player, "send", swapped)

    assert '"method": "item/completed"' in recorded.differences("memory", None)


@pytest.mark.skipif(
    "DIFFERENTIAL_SESSIONS" not in os.environ, reason="takes its time: make differential"
)
def test_what_is_found_is_shrunk(binary: Path) -> None:
    """
    A fake that forgets changes on disk is found out, and shown by the plainest turn that makes one.
    """

    def forget(transcript: Transcript) -> None:
        kept = [event for event in fresh(transcript.events) if event.kind != "workspace"]
        transcript.events = kept

    machine = Machine(binary, tamper=forget)

    def differs(session: Session) -> bool:
        if machine.performed >= BUDGET and not machine.knows(session):
            return False
        try:
            machine.check(session)
        except DifferenceError:
            return True
        return False

    found = find(
        sessions(most_steps=6, actions=["turn", "steer idle"]),
        differs,
        settings=settings(
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )

    connect, start, turn = found.steps
    assert ["connect", "start", "turn"] == [connect.action, start.action, turn.action]
    assert turn.file
    first, last = machine.found[0], machine.found[-1]
    assert len(last) < len(first)
    assert "- server, + fake" in last
