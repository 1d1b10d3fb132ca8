"""
Threads: several at once, and one over its whole life.
"""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from openai_codex import AsyncCodex, Codex, InvalidRequestError, Sandbox
from openai_codex.client import CodexClient
from openai_codex.generated.v2_all import ReviewStartResponse, ThreadGoalStatus
from openai_codex.models import (
    AgentMessageDeltaNotification,
    ItemStartedNotification,
    ThreadGoalUpdatedNotification,
)
from openai_codex.types import TurnCompletedNotification, TurnStatus

from pytest_codex.model import parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_codex import AsyncThread, Thread
    from openai_codex.types import Notification

    from pytest_codex.model import ScriptedModel
    from pytest_codex.model.steps import Gate
    from pytest_codex.session import CodexSession
    from pytest_codex.workspace import Workspace

DEADLINE = 30.0
AGENTS = "collaboration"
TASKS = ("Review the tests.", "Review the docs.")


def script_two(model: ScriptedModel) -> list[Gate]:
    """
    Let the model begin both tasks, and finish neither before the test has seen both begin.
    """
    tests, docs = (model.script(task) for task in TASKS)
    gates = [
        tests.hold("The tests", rest=" look fine."),
        docs.hold("The docs", rest=" need work."),
    ]
    tests.say("Nothing else.")
    docs.say("See line 3.")
    return gates


def test_two_threads_at_once(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    Two threads of one client stream at the same time, each to its own end.
    """
    gates = script_two(codex_model)
    both = threading.Barrier(2, timeout=DEADLINE)

    def work(thread: Thread, task: str, gate: Gate) -> list[str | None]:
        turn = thread.turn(task)
        text = ""
        for event in turn.stream():
            if isinstance(event.payload, AgentMessageDeltaNotification):
                if not text:
                    both.wait()
                    gate.release()
                text += event.payload.delta
        return [text, thread.run("Anything else?").final_response]

    threads = [codex.thread_start(), codex.thread_start()]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(work, threads, TASKS, gates))

    assert answers == [
        ["The tests look fine.", "Nothing else."],
        ["The docs need work.", "See line 3."],
    ]


@pytest.mark.asyncio
async def test_two_threads_at_once_async(
    async_codex: AsyncCodex, codex_model: ScriptedModel
) -> None:
    """
    Two coroutines stream at the same time, each to its own end.
    """
    gates = script_two(codex_model)
    begun = [asyncio.Event(), asyncio.Event()]

    async def work(thread: AsyncThread, number: int) -> list[str | None]:
        turn = await thread.turn(TASKS[number])
        text = ""
        async for event in turn.stream():
            if isinstance(event.payload, AgentMessageDeltaNotification):
                if not text:
                    begun[number].set()
                    await asyncio.wait_for(begun[1 - number].wait(), DEADLINE)
                    gates[number].release()
                text += event.payload.delta
        return [text, (await thread.run("Anything else?")).final_response]

    async with async_codex as codex:
        threads = [await codex.thread_start(), await codex.thread_start()]
        answers = list(await asyncio.gather(work(threads[0], 0), work(threads[1], 1)))

    assert answers == [
        ["The tests look fine.", "Nothing else."],
        ["The docs need work.", "See line 3."],
    ]


def test_equal_starts_racing(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    Equal threads started at the same moment are told apart by what is asked of them.
    """
    names = ["red", "green", "blue"]
    for name in names:
        codex_model.script(name).say(f"{name} is a colour.")
    together = threading.Barrier(len(names), timeout=DEADLINE)

    def work(name: str) -> str | None:
        together.wait()
        thread = codex.thread_start()
        together.wait()
        return thread.run(f"What is {name}?").final_response

    with ThreadPoolExecutor(len(names)) as pool:
        answers = list(pool.map(work, names))

    assert answers == [f"{name} is a colour." for name in names]


@pytest.mark.asyncio
async def test_equal_starts_racing_async(
    async_codex: AsyncCodex, codex_model: ScriptedModel
) -> None:
    """
    Coroutines that start and run at once get each its own answer.
    """
    names = ["red", "green", "blue"]
    for name in names:
        codex_model.script(name).say(f"{name} is a colour.")

    async with async_codex as codex:

        async def work(name: str) -> str | None:
            thread = await codex.thread_start()
            return (await thread.run(f"What is {name}?")).final_response

        answers = await asyncio.gather(*map(work, names))

    assert answers == [f"{name} is a colour." for name in names]


def test_fork(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    Forks of one prepared thread share its history and nothing that comes after.
    """
    codex_model.say("Prepared.").say("In the first fork.").say("In the second fork.")
    codex_model.say("In the original.")

    thread = codex.thread_start()
    prepared = thread.run("Read the repository.")
    forks = [codex.thread_fork(thread.id), codex.thread_fork(thread.id, sandbox=Sandbox.read_only)]
    answers = [each.run("Go on.").final_response for each in (*forks, thread)]

    assert answers == ["In the first fork.", "In the second fork.", "In the original."]
    assert len({thread.id, *(fork.id for fork in forks)}) == 3
    told = [fork.read(include_turns=True).thread for fork in forks]
    assert [each.forked_from_id for each in told] == [thread.id, thread.id]
    assert [len(each.turns) for each in told] == [2, 2]
    assert prepared.final_response == "Prepared."


def test_fork_side_by_side(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    One fork per pull request, all at once, as a batch reviewer does it.
    """
    codex_model.say("Prepared.")
    names = ["#1", "#2", "#3"]
    for name in names:
        codex_model.script(name).say(f"Pull request {name} is fine.")

    thread = codex.thread_start()
    thread.run("Read the repository.")

    def review(name: str) -> str | None:
        return codex.thread_fork(thread.id).run(f"Review {name}").final_response

    with ThreadPoolExecutor(len(names)) as pool:
        answers = list(pool.map(review, names))

    assert answers == [f"Pull request {name} is fine." for name in names]


def test_resume_in_a_new_process(codex_session: CodexSession, codex_model: ScriptedModel) -> None:
    """
    A thread lives on in another process, with all it remembers.
    """
    codex_model.say("I will remember 42.").say("It was 42.")

    with Codex(codex_session.config) as codex:
        thread = codex.thread_start()
        first = thread.run("Remember 42.")
    with Codex(codex_session.config) as codex:
        resumed = codex.thread_resume(thread.id)
        second = resumed.run("What was it?")
        history = resumed.read(include_turns=True).thread

    assert resumed.id == thread.id
    assert second.final_response == "It was 42."
    assert [turn.id for turn in history.turns] == [first.id, second.id]


def test_archive(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    An archived thread leaves the list, and comes back to work when it is unarchived.
    """
    codex_model.say("First.").say("Second.")

    thread = codex.thread_start()
    thread.run("One.")
    codex.thread_archive(thread.id)
    shown = [each.id for each in codex.thread_list().data]
    archived = [each.id for each in codex.thread_list(archived=True).data]
    back = codex.thread_unarchive(thread.id)
    result = codex.thread_resume(back.id).run("Two.")

    assert shown == []
    assert archived == [thread.id]
    assert back.id == thread.id
    assert result.final_response == "Second."
    assert [each.id for each in codex.thread_list().data] == [thread.id]


def test_list_read_and_name(
    codex: Codex, codex_model: ScriptedModel, codex_workspace: Workspace
) -> None:
    """
    Threads are listed, read and named; what is read is about this machine's directories.
    """
    codex_model.say("Answer to the first.").say("Answer to the second.")

    first, second = codex.thread_start(), codex.thread_start()
    first.run("The first question")
    second.run("The second question")
    before = first.read().thread
    first.set_name("My thread")
    after = first.read(include_turns=True).thread
    listed = {each.id: each for each in codex.thread_list().data}

    assert before.name is None
    assert after.name == "My thread"
    assert after.preview == "The first question"
    assert str(after.cwd.root) == str(codex_workspace.path)
    assert [len(before.turns), len(after.turns)] == [0, 1]
    assert set(listed) == {first.id, second.id}
    assert listed[first.id].name == "My thread"
    assert listed[second.id].preview == "The second question"


def test_read_of_an_unknown_thread(codex: Codex) -> None:
    """
    What the server does not know it refuses, and the client can say so.
    """
    with pytest.raises(InvalidRequestError) as refused:
        codex.thread_resume("01a1fcaa-0000-7000-8000-000000000000")

    assert "01a1fcaa-0000-7000-8000-000000000000" in refused.value.message


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
        messages = codex_session.transcript.messages
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
    codex_session: CodexSession,
    codex_model: ScriptedModel,
    codex_workspace: Workspace,
    until: Callable[[Callable[[], object]], None],
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
        until(lambda: codex_session.transcript.final_responses)
        turns = client.thread_read(thread, include_turns=True).thread.turns

    ended = [item.root for item in turns[-1].items if item.root.type == "exitedReviewMode"]
    assert review.review_thread_id == thread
    assert len(ended) == 1
    assert "Greets nobody" in ended[0].review
    assert path in ended[0].review


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
    assert codex_session.transcript.final_responses == [
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
    assert set(codex_session.transcript.final_responses) == {
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
    until(lambda: len(codex_session.transcript.final_responses) == 2)

    assert result.final_response == "My helper is counting."
    assert "There are 41 tests." in codex_session.transcript.final_responses
