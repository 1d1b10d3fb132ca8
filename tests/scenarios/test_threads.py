"""
Threads: several at once, and one over its whole life.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from openai_codex import AsyncCodex, Codex, InvalidRequestError, Sandbox
from openai_codex.models import (
    AgentMessageDeltaNotification,
)

if TYPE_CHECKING:
    from openai_codex import AsyncThread, Thread

    from pytest_codex.model import ScriptedModel
    from pytest_codex.model.steps import Gate
    from pytest_codex.session import CodexSession
    from pytest_codex.workspace import Workspace

DEADLINE = 30.0
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
