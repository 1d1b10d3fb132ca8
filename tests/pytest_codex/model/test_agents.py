"""
Sub-agents: the older and the newer tools for them, on the newest and the oldest version.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex.model import parts
from pytest_codex.runtime import binary_version
from tests.older import BOTH

if TYPE_CHECKING:
    from tests.pytest_codex.model.conftest import Wire, World

pytestmark = BOTH

NEWER = {"features": {"multi_agent_v2": True}}


def told(wire: Wire, kind: str, *keys: str) -> list[Any]:
    """
    What the items of one type say, as tuples.
    """
    return [tuple(item[key] for key in keys) for item in wire.items(kind)]


def test_older_tools(world: World) -> None:
    """
    A sub-agent is spawned, told more, awaited, closed, brought back and closed again.
    """
    world.model.spawn_agent("Count the tests.", name="counter")
    world.model.wait_agent("counter").send_input("And the docs.").wait_agent()
    world.model.close_agent("counter").resume_agent("counter").close_agent().say("Counted.")
    world.model.script("Count the tests.").say("41 tests.")
    world.model.script("And the docs.").say("7 pages.")
    wire = world.wire()

    ended = wire.turn(wire.thread(), "How many?")

    assert "completed" == ended["status"], ended["error"]
    (child,) = wire.items("collabAgentToolCall")[0]["receiverThreadIds"]
    tools = ["spawnAgent", "wait", "sendInput", "wait", "closeAgent", "resumeAgent", "closeAgent"]
    assert [(tool, "completed", [child]) for tool in tools] == told(
        wire, "collabAgentToolCall", "tool", "status", "receiverThreadIds"
    )
    theirs = [p["item"] for p in wire.said("item/completed") if p["threadId"] == child]
    said = [item["text"] for item in theirs if item["type"] == "agentMessage"]
    assert ["41 tests.", "7 pages."] == said
    assert "41 tests." in world.model.calls[-1].outputs["call_2"]
    assert "7 pages." in world.model.calls[-1].outputs["call_4"]
    world.model.assert_complete()


def test_newer_tools(world: World) -> None:
    """
    A sub-agent with a name is told something, looked at, given another task and stopped.
    """
    tests = world.model.script("Count the tests.").hold("41", rest=" tests.")
    docs = world.model.script("Count the docs.").hold("7", rest=" pages.")
    world.model.spawn_agent("Count the tests.", name="counter")
    world.model.send_message("Take your time.").list_agents().wait_agent()
    world.model.followup_task("Count the docs.", "counter").wait_agent()
    world.model.interrupt_agent("counter").say("Counted.")
    wire = world.wire(NEWER)

    turn = wire.start(wire.thread(), "How many?")
    # Codex tells a waiting agent only of what happens from then on.
    for number, gate in enumerate([tests, docs], 1):
        wire.wait(partial(began_to_wait, wire, number))
        gate.release()
    ended = wire.completed(turn)

    assert "completed" == ended["status"], ended["error"]
    activities = told(wire, "subAgentActivity", "kind", "agentPath")
    assert {path for _, path in activities} == {"/root/counter"}
    kinds = [kind for kind, _ in activities]
    assert ["started", "interacted", "interacted", "interrupted"] == [
        kind for kind in kinds if kind != "completed"
    ]
    # The end of a sub-agent's turn is told since 0.155.
    assert ("completed" in kinds) == (binary_version(world.binary) > "0.155")
    assert [("wait", "completed")] * 2 == told(wire, "collabAgentToolCall", "tool", "status")
    assert "/root/counter" in world.model.calls[-1].outputs["call_3"]
    world.model.assert_complete()


@pytest.mark.parametrize("config", [None, NEWER], ids=["older", "newer"])
def test_what_a_sub_agent_knows(world: World, config: Any) -> None:
    """
    It sees its parent's conversation only when it is forked from it; both are in one answer.
    """
    wire = world.wire(config)
    thread = wire.thread()
    alone, informed = world.model.script("Work alone."), world.model.script("Be informed.")
    gates = [alone.hold("Alone."), informed.hold("Informed.")]
    world.model.script(thread=thread).respond(
        parts.spawn_agent("Work alone.", name="alone"),
        parts.spawn_agent("Be informed.", name="informed", fork=True),
    ).say("Both are at it.")

    wire.turn(thread, "How many?")
    for gate in gates:
        gate.wait(20)
        gate.release()

    assert "How many?" not in alone.calls[0].user_texts
    assert "How many?" in informed.calls[0].user_texts


def began_to_wait(wire: Wire, often: int, _: object) -> bool:
    """
    Whether agents have begun to wait for others so often.
    """
    started = [params["item"].get("tool") for params in wire.said("item/started")]
    return started.count("wait") == often


def test_tools_of_the_other_set(world: World) -> None:
    """
    A verb of the tools the agent does not have fails the turn, and says which it has.
    """
    world.model.list_agents()
    wire = world.wire()

    ended = wire.turn(wire.thread())

    assert "failed" == ended["status"]
    assert [ended["error"]["message"]] == world.model.unexpected
    assert "offers no list_agents here" in ended["error"]["message"]
    assert "'multi_agent_v1'" in ended["error"]["message"]


@pytest.mark.parametrize("config", [None, NEWER], ids=["older", "newer"])
def test_a_sub_agent_nobody_scripted(world: World, config: Any) -> None:
    """
    The sentence quotes its task, and what is still scripted.
    """
    wire = world.wire(config)
    thread = wire.thread()
    world.model.script(thread=thread).spawn_agent("Count the tests.").say("It counts.")
    world.model.script("Count the docs.").say("7 pages.")

    wire.turn(thread)
    wire.wait(lambda _: bool(world.model.unexpected))

    assert (
        "a sub-agent called the model, but the script has no answer left; the task is "
        in (world.model.unexpected[0])
    )
    assert "is 'Count the tests.', which belongs to none of" in world.model.unexpected[0]
    assert "Still scripted: " in world.model.unexpected[0]
    assert "script('Count the docs.').say('7 pages.')" in world.model.unexpected[0]


def test_an_agent_nobody_spawned(world: World) -> None:
    """
    A name that was never given fails the turn, and says how to give it.
    """
    world.model.close_agent("nobody")
    wire = world.wire()

    ended = wire.turn(wire.thread())

    assert "has no sub-agent 'nobody'" in ended["error"]["message"]
    assert ".spawn_agent(..., name='nobody')" in world.model.unexpected[0]
