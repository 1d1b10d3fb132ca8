"""
Stopping the model in the middle of an answer, to act while a turn is under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.runtime import binary_version
from tests.older import BOTH

if TYPE_CHECKING:
    from tests.pytest_codex.model.conftest import World

pytestmark = BOTH


def test_hold_and_release(world: World) -> None:
    """
    A held answer shows its beginning, waits, and goes on in the same message.
    """
    gate = world.model.hold("first", rest=" second")
    wire = world.wire()
    turn = wire.start(wire.thread())

    wire.notice("item/agentMessage/delta", delta="first")
    gate.wait()
    assert [] == wire.items("agentMessage")
    gate.release()
    wire.completed(turn)

    assert ["first second"] == [item["text"] for item in wire.items("agentMessage")]


def test_hold_and_steer(world: World) -> None:
    """
    Steering a held turn drops the held answer, and the model is asked again with both texts.
    """
    gate = world.model.hold("first")
    world.model.say("second")
    wire = world.wire()
    thread = wire.thread()
    turn = wire.start(thread, "one")
    wire.notice("item/agentMessage/delta", delta="first")

    steered = [{"type": "text", "text": "two"}]
    wire.request("turn/steer", {"threadId": thread, "expectedTurnId": turn, "input": steered})
    gate.release()
    ended = wire.completed(turn)

    assert "completed" == ended["status"], ended["error"]
    assert ["one", "two"] == world.model.calls[-1].user_texts
    # Until 0.160 the message that was begun is completed first.
    kept = ["first"] if binary_version(world.binary) < "0.161" else []
    assert [*kept, "second"] == [item["text"] for item in wire.items("agentMessage")]
    world.model.assert_complete()


def test_hold_and_interrupt(world: World) -> None:
    """
    A held turn can be interrupted; nobody has to release the gate.
    """
    world.model.hold("first")
    world.model.say("again")
    wire = world.wire()
    thread = wire.thread()
    turn = wire.start(thread)
    wire.notice("item/agentMessage/delta", delta="first")

    wire.request("turn/interrupt", {"threadId": thread, "turnId": turn})

    assert "interrupted" == wire.completed(turn)["status"]
    assert "completed" == wire.turn(thread, "more")["status"]
    assert ["go", "more"] == world.model.calls[-1].user_texts
    world.model.assert_complete()
