"""
Turns the server begins by itself, on request or not: compaction, review, goals, sub-agents.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from openai_codex import Codex
from openai_codex.client import CodexClient
from openai_codex.generated.v2_all import ReviewStartResponse, ThreadGoalStatus
from openai_codex.models import (
    ItemStartedNotification,
    ThreadGoalUpdatedNotification,
)
from openai_codex.types import TurnCompletedNotification, TurnStatus

from pytest_codex.model import parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_codex.types import Notification

    from pytest_codex.model import ScriptedModel
    from pytest_codex.session import CodexSession
    from pytest_codex.workspace import Workspace

AGENTS = "collaboration"


def test_compact(
    codex: Codex,
    codex_model: ScriptedModel,
    codex_session: CodexSession,
    until: Callable[[Callable[[], object]], None],
) -> None:
    """
    Compacting is a turn of the server's own, and the thread goes on after it.
    """
    codex_model.say("A long story.").say("SUMMARY").say("And on it goes.")

    def ended() -> int:
        messages = codex_session.transcript.wire
        return sum(each.body.get("method") == "turn/completed" for each in messages)

    thread = codex.thread_start()
    thread.run("Tell a story.")
    thread.compact()
    until(lambda: ended() == 2)
    result = thread.run("Go on.")

    assert result.final_response == "And on it goes."
    kinds = [
        item.root.type
        for turn in thread.read(include_turns=True).thread.turns
        for item in turn.items
    ]
    assert "contextCompaction" in kinds


def test_review(
    codex_session: CodexSession, codex_model: ScriptedModel, codex_workspace: Workspace
) -> None:
    """
    A review of the uncommitted changes gives its findings as text, with paths of this machine.
    """
    codex_workspace.write({"hello.py": "print('changed')\n"})
    path = str(codex_workspace.path / "hello.py")
    place = {"absolute_file_path": path, "line_range": {"start": 1, "end": 1}}
    finding = {
        "title": "[P1] Greets nobody",
        "body": "It used to greet.",
        "confidence_score": 0.9,
        "priority": 1,
        "code_location": place,
    }
    codex_model.say(
        json.dumps(
            {
                "findings": [finding],
                "overall_correctness": "patch is incorrect",
                "overall_explanation": "The greeting is gone.",
                "overall_confidence_score": 0.8,
            }
        )
    )

    with CodexClient(codex_session.config) as client:
        client.initialize()
        thread = client.thread_start().thread.id
        review = client.request(
            "review/start",
            {"threadId": thread, "target": {"type": "uncommittedChanges"}},
            response_model=ReviewStartResponse,
        )
        ended = client.wait_for_turn_completed(review.turn.id)
        turns = client.thread_read(thread, include_turns=True).thread.turns

    exits = [item.root for item in turns[-1].items if item.root.type == "exitedReviewMode"]
    assert ended.turn.status is TurnStatus.completed
    assert review.review_thread_id == thread
    assert len(exits) == 1
    assert "Greets nobody" in exits[0].review
    assert path in exits[0].review


def test_goal(
    codex_session: CodexSession,
    codex_model: ScriptedModel,
    until: Callable[[Callable[[], object]], None],
) -> None:
    """
    A goal keeps the agent at work, turn after turn, until it is reached.
    """
    codex_model.say("Ready.").say("Half of it is done.")
    # Codex books a call's tokens at some time around what the call does: free calls race nothing.
    done = parts.call("update_goal", {"status": "complete"})
    codex_model.respond(done, usage={"input": 0, "output": 0}).say("All done.")

    with CodexClient(codex_session.config) as client:
        client.initialize()
        thread = client.thread_start().thread.id
        client.wait_for_turn_completed(client.turn_start(thread, "Get ready.").turn.id)
        state, _ = client.start_goal_operation(thread, "Do all of it.")
        seen: list[ThreadGoalStatus] = []
        while ThreadGoalStatus.complete not in seen:
            payload = state.next_notification().payload
            if isinstance(payload, ThreadGoalUpdatedNotification):
                seen.append(payload.goal.status)
        until(state.is_finished)

    assert seen[0] is ThreadGoalStatus.active
    assert codex_session.final_responses == [
        "Ready.",
        "Half of it is done.",
        "All done.",
    ]


def test_sub_agent(codex: Codex, codex_model: ScriptedModel, codex_session: CodexSession) -> None:
    """
    A sub-agent's thread lives and ends on its parent's connection, while the parent waits.
    """
    task = {"task_name": "count", "message": "Count the tests", "fork_turns": "none"}
    codex_model.call("spawn_agent", task, namespace=AGENTS)
    codex_model.call("wait_agent", {"timeout_ms": 10_000}, namespace=AGENTS)
    codex_model.say("My helper counted 41 tests.")
    counting = codex_model.script("Count the tests").hold("There are", rest=" 41 tests.")

    thread = codex.thread_start(config={"features.multi_agent_v2": True})
    turn = thread.turn("How many tests are there? Ask a helper.")
    events = turn.stream()
    next(event for event in events if is_wait(event))
    counting.release()
    last = list(events)[-1]

    assert isinstance(last.payload, TurnCompletedNotification)
    assert last.payload.turn.status is TurnStatus.completed
    assert set(codex_session.final_responses) == {
        "My helper counted 41 tests.",
        "There are 41 tests.",
    }


def is_wait(event: Notification) -> bool:
    """
    Whether an agent begins to wait for its helpers.
    """
    payload = event.payload
    return (
        isinstance(payload, ItemStartedNotification)
        and payload.item.root.type == "collabAgentToolCall"
    )


def test_sub_agent_outlives_the_turn(
    codex: Codex,
    codex_model: ScriptedModel,
    codex_session: CodexSession,
    until: Callable[[Callable[[], object]], None],
) -> None:
    """
    A sub-agent nobody waits for goes on when the turn that made it has ended.
    """
    codex_model.call("spawn_agent", {"message": "Count the tests"}, namespace="multi_agent_v1")
    codex_model.say("My helper is counting.")
    counting = codex_model.script("Count the tests").hold("There are", rest=" 41 tests.")

    result = codex.thread_start().run("Let a helper count.")
    counting.release()
    until(lambda: len(codex_session.final_responses) == 2)

    assert result.final_response == "My helper is counting."
    assert "There are 41 tests." in codex_session.final_responses
