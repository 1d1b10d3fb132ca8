"""
Old SDKs take an answer before they are given what follows.
"""

from __future__ import annotations

import json
import threading
import time
from types import FunctionType
from typing import Any

from openai_codex._message_router import MessageRouter

from pytest_codex import handover, sdk
from pytest_codex.handover import Handover

REQUEST = json.dumps({"id": "a", "method": "turn/start"})
ANSWER = json.dumps({"id": "a", "result": {}})


def as_sdk(function: Any, name: str) -> Any:
    """
    The function as if it stood in the SDK under that name.
    """
    return FunctionType(
        function.__code__.replace(co_name=name),
        {**function.__globals__, "__name__": "openai_codex.client"},
        name,
        function.__defaults__,
        function.__closure__,
    )


class Client:
    """
    A thread that asks in ``turn_start``, through ``request``, and stays there until released.
    """

    def __init__(self, hand: Handover, line: str = REQUEST) -> None:
        self.asked = threading.Event()
        self.release = threading.Event()

        def request() -> None:
            hand.asked(line)

        plumbing = as_sdk(request, "request")

        def turn_start() -> None:
            plumbing()
            self.asked.set()
            self.release.wait(10)

        self.thread = threading.Thread(target=as_sdk(turn_start, "turn_start"), daemon=True)
        self.thread.start()
        self.asked.wait(10)


def seconds_of_wait(hand: Handover) -> float:
    """
    How long the next line is held back.
    """
    began = time.monotonic()
    hand.wait()
    return time.monotonic() - began


def test_what_follows_an_answer_waits_for_whoever_asked() -> None:
    """
    The next line is given when the asking function has returned.
    """
    hand = Handover()
    client = Client(hand)
    hand.gave(ANSWER)

    threading.Timer(0.02, client.release.set).start()
    held = seconds_of_wait(hand)

    assert client.release.is_set()
    assert held < handover.PATIENCE
    assert seconds_of_wait(hand) < 0.01


def test_the_wait_is_bound() -> None:
    """
    A function that goes on to wait for what follows is not held up for long.
    """
    hand = Handover()
    client = Client(hand)
    hand.gave(ANSWER)

    held = seconds_of_wait(hand)
    client.release.set()

    assert handover.PATIENCE <= held < 10 * handover.PATIENCE


def test_only_the_answer_counts() -> None:
    """
    Other lines are followed at once, also those with the same id.
    """
    hand = Handover()
    client = Client(hand)
    hand.gave(json.dumps({"id": "a", "method": "item/tool/call"}))
    hand.gave(json.dumps({"method": "turn/started"}))

    assert seconds_of_wait(hand) < handover.PATIENCE
    client.release.set()


def test_other_requests_are_not_watched() -> None:
    """
    Only a turn's events can be lost.
    """
    hand = Handover()
    client = Client(hand, json.dumps({"id": "a", "method": "thread/start"}))
    hand.gave(ANSWER)

    assert seconds_of_wait(hand) < handover.PATIENCE
    client.release.set()


def test_other_clients_are_not_watched() -> None:
    """
    Who writes without the SDK does not have its races.
    """
    hand = Handover()
    hand.asked(REQUEST)
    hand.gave(ANSWER)

    assert seconds_of_wait(hand) < handover.PATIENCE


def test_only_old_sdks_need_it() -> None:
    """
    The SDK that keeps early events is known by the method that does it.
    """
    assert sdk.loses_early_events() is not hasattr(MessageRouter, "pending_turn")
