"""
The real agent in conversations that run at once, go on, or were not scripted.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tests.older import BOTH

if TYPE_CHECKING:
    from tests.pytest_codex.model.conftest import World


def test_an_unscripted_call_fails_the_turn_at_once(world: World) -> None:
    """
    The real agent ends the turn with our sentence, without trying again.
    """
    world.model.run("true")
    wire = world.wire()

    ended = wire.turn(wire.thread())

    assert "failed" == ended["status"]
    assert world.model.unexpected == [ended["error"]["message"]]
    assert 2 == len(world.model.calls)


def test_an_unscripted_review_declines_at_once(world: World) -> None:
    """
    A review nobody scripted declines the command and is told to the test.
    """
    world.model.run("echo out > out.txt", escalate=True, justification="need").say("Done.")
    wire = world.wire()

    wire.turn(wire.thread(approvalPolicy="on-request", approvalsReviewer="auto_review"))

    assert ["declined"] == [item["status"] for item in wire.items("commandExecution")]
    assert 1 == len(world.model.unexpected)
    assert 3 == len(world.model.calls)


def test_several_conversations_at_once(world: World) -> None:
    """
    Four threads running at the same time each get their own script, in its order.
    """
    names = ["ant", "bee", "cat", "dog"]
    gates = {}
    for name in names:
        script = world.model.script(name)
        gates[name] = script.hold(f"{name} begins")
        script.run(f"echo {name}").say(f"{name} is done")
    wire = world.wire()
    threads = {name: wire.thread() for name in names}

    # The held answer ends the first turn; the rest belongs to a second one.
    first = {name: wire.start(threads[name], f"task {name}") for name in names}
    for gate in gates.values():
        gate.wait()
    for name in reversed(names):
        gates[name].release()
    for turn in first.values():
        wire.completed(turn)
    second = {name: wire.start(threads[name], "go on") for name in names}
    ends = {name: wire.completed(turn) for name, turn in second.items()}

    assert {name: f"{name} is done" for name in names} == {
        name: end["items"][-1]["text"] for name, end in ends.items()
    }
    world.model.assert_complete()


@BOTH
def test_threads_sub_agents_and_reviewers_at_once(world: World) -> None:
    """
    Two threads with the same prompt, a sub-agent and two reviews each get what is theirs.
    """
    wire = world.wire()
    policy = {"approvalPolicy": "on-request", "approvalsReviewer": "auto_review"}
    first, second = wire.thread(**policy), wire.thread(**policy)
    script = world.model.script(thread=first)
    script.spawn_agent("Count.", name="helper").wait_agent()
    script.run("echo first > first.txt", escalate=True, justification="need").say("First.")
    script.guardian(False, rationale="not this one")
    script = world.model.script(thread=second)
    script.run("echo second > second.txt", escalate=True, justification="need").say("Second.")
    script.guardian(True)
    world.model.script("Count.").say("Counted.")

    turns = [wire.start(first, "work"), wire.start(second, "work")]
    ends = [wire.completed(turn) for turn in turns]

    assert ["First.", "Second."] == [end["items"][-1]["text"] for end in ends]
    assert [False, True] == [
        (world.workspace / name).exists() for name in ("first.txt", "second.txt")
    ]
    helpers = [call for call in world.model.calls if call.subagent == "collab_spawn"]
    reviews = [call for call in world.model.calls if call.subagent == "guardian"]
    assert {first} == {call.parent_thread for call in helpers}
    assert {first, second} == {call.parent_thread for call in reviews}
    assert {first, second} == {call.thread for call in world.model.calls if not call.subagent}
    world.model.assert_complete()


def test_verbs_may_be_called_while_the_agent_works(world: World) -> None:
    """
    A test may script the next answer while the agent still waits for this one.
    """
    gate = world.model.hold("wait")
    wire = world.wire()
    thread = wire.thread()
    turn = wire.start(thread)
    gate.wait()
    threading.Timer(0.01, gate.release).start()
    world.model.say("next")

    assert "completed" == wire.completed(turn)["status"]
    assert "next" == wire.turn(thread)["items"][-1]["text"]
