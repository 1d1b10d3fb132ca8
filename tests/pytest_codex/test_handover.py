"""
A client takes the answer that names a turn before it is given what the turn does.
"""

from __future__ import annotations

import json
import threading
import time
from types import FunctionType
from typing import Any

import pytest

from pytest_codex import handover, sdk
from pytest_codex.handover import Handover

REVIEW = json.dumps({"id": "a", "method": "review/start", "params": {"threadId": "t"}})
START = json.dumps({"id": "a", "method": "turn/start", "params": {"threadId": "t"}})
ANSWER = json.dumps({"id": "a", "result": {"turn": {"id": "u"}}})


class Router:
    """
    The books of an SDK client, as far as they matter here.
    """

    def __init__(self) -> None:
        self._turn_notifications: dict[str, object] = {}
        self._pending_turn_requests: dict[str, object] = {}


class Client:
    """
    Writes as the SDK does: from a method of an object that has a router.
    """

    def __init__(self, hand: Handover) -> None:
        self._router = Router()
        self._hand = hand

    def write(self, line: str) -> None:
        self._hand.asked(line)

    def register(self, turn: str) -> None:
        self._router._turn_notifications[turn] = object()


# A function of the SDK's module, which is how the SDK is known.
Client.write = FunctionType(  # type: ignore[method-assign]
    Client.write.__code__, {**globals(), "__name__": "openai_codex.client"}, "write"
)


def is_held(hand: Handover) -> bool:
    """
    Whether the next line waits as long as it may.
    """
    began = time.monotonic()
    hand.wait()
    return time.monotonic() - began >= handover.PATIENCE


@pytest.mark.parametrize("line", [REVIEW, START])
def test_what_follows_the_answer_waits_for_who_registers(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """
    The next line is given when somebody has registered for the turn, not before.
    """
    monkeypatch.setattr(handover, "PATIENCE", 10.0)
    hand = Handover()
    client = Client(hand)
    client.write(line)
    hand.gave(ANSWER)
    given = threading.Event()

    def give() -> None:
        hand.wait()
        given.set()

    threading.Thread(target=give).start()
    before = given.wait(0.05)
    client.register("u")
    after = given.wait(5)

    assert (before, after) == (False, True)


def test_the_wait_is_bound() -> None:
    """
    A client that never registers is held up once, and not for long.
    """
    hand = Handover()
    Client(hand).write(REVIEW)
    hand.gave(ANSWER)

    assert is_held(hand)
    assert not is_held(hand)


def test_a_client_that_asks_for_something_else_is_not_held() -> None:
    """
    Who reads the thread instead of listening to the turn gets its answer at once.
    """
    hand = Handover()
    client = Client(hand)
    client.write(REVIEW)
    hand.gave(ANSWER)
    client.write(json.dumps({"id": "b", "method": "thread/read"}))

    assert not is_held(hand)


def test_what_another_thread_asks_does_not_count() -> None:
    """
    Threads of one client are each given their time.
    """
    hand = Handover()
    client = Client(hand)
    client.write(REVIEW)
    hand.gave(ANSWER)
    line = json.dumps({"id": "b", "method": "thread/read"})
    other = threading.Thread(target=client.write, args=(line,))
    other.start()
    other.join()

    assert is_held(hand)


def test_an_sdk_that_keeps_events_is_not_held() -> None:
    """
    From 0.155 on ``turn_start`` says beforehand that it waits for a turn of the thread.
    """
    hand = Handover()
    client = Client(hand)
    client._router._pending_turn_requests["t"] = None
    client.write(START)
    hand.gave(ANSWER)

    assert not is_held(hand)


@pytest.mark.parametrize(
    "line",
    [
        {"id": "a", "method": "item/tool/call"},
        {"method": "turn/started"},
        {"id": "a", "error": {"code": -32600, "message": "no"}},
        {"id": "b", "result": {"turn": {"id": "u"}}},
    ],
)
def test_only_the_answer_counts(line: dict[str, Any]) -> None:
    """
    Other lines are followed at once, also those with the same id.
    """
    hand = Handover()
    Client(hand).write(REVIEW)
    hand.gave(json.dumps(line))

    assert not is_held(hand)


def test_other_requests_are_not_watched() -> None:
    """
    Only a turn's events can be lost.
    """
    hand = Handover()
    Client(hand).write(json.dumps({"id": "a", "method": "thread/start"}))
    hand.gave(ANSWER)

    assert not is_held(hand)


def test_other_clients_are_not_watched() -> None:
    """
    Who writes without the SDK does not have its races.
    """
    hand = Handover()
    hand.asked(REVIEW)
    hand.gave(ANSWER)

    assert not is_held(hand)


def test_the_installed_sdk_is_understood() -> None:
    """
    The books are where this module looks for them: a canary, run under every supported SDK.
    """
    from openai_codex.client import CodexClient

    client = CodexClient()
    client.register_turn_notifications("u")

    assert sdk.is_registered(client._router, "u")
    assert not sdk.is_registered(client._router, "v")
