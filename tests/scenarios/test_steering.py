"""
Turns that are changed or ended while they run.

The tests wait for an event before they act, never for a clock: what was true when the client
acted is then true in every recording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openai_codex import InvalidRequestError
from openai_codex.client import CodexClient
from openai_codex.models import AgentMessageDeltaNotification, ItemStartedNotification
from openai_codex.types import TurnCompletedNotification, TurnStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openai_codex import AsyncCodex, Codex
    from openai_codex.types import Notification, Turn

    from pytest_codex.model import ScriptedModel
    from pytest_codex.session import CodexSession
    from pytest_codex.workspace import Workspace

NO_TURN = "01a1fcaa-0000-7000-8000-000000000000"


def is_text(event: Notification) -> bool:
    """
    Whether the agent is speaking.
    """
    return isinstance(event.payload, AgentMessageDeltaNotification)


def is_usage(event: Notification) -> bool:
    """
    Whether it is told what a call of the model cost.
    """
    return event.method == "thread/tokenUsage/updated"


def read_until(events: Iterable[Notification], *wanted: Callable[[Notification], bool]) -> None:
    """
    Read until there was one of each, in any order.
    """
    missing = list(wanted)
    for event in events:
        missing = [each for each in missing if not each(event)]
        if not missing:
            return
    raise AssertionError("the turn ended before")


def is_command(event: Notification) -> bool:
    """
    Whether a command has begun.
    """
    payload = event.payload
    return (
        isinstance(payload, ItemStartedNotification)
        and payload.item.root.type == "commandExecution"
    )


def said(events: Iterable[Notification]) -> str:
    """
    All the text in some events.
    """
    return "".join(
        event.payload.delta
        for event in events
        if isinstance(event.payload, AgentMessageDeltaNotification)
    )


def ended(event: Notification) -> Turn:
    """
    The turn as its last event tells it.
    """
    assert isinstance(event.payload, TurnCompletedNotification)
    return event.payload.turn


def test_steer(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    Steering a turn changes what comes after it, in the same turn.
    """
    gate = codex_model.hold("Roses are red")
    codex_model.say("Les roses sont rouges")

    turn = codex.thread_start().turn("Write a poem.")
    events = turn.stream()
    next(event for event in events if is_text(event))
    answer = turn.steer("In French, please.")
    gate.release()
    rest = list(events)

    assert answer.turn_id == turn.id
    assert said(rest).endswith("Les roses sont rouges")
    assert ended(rest[-1]).status is TurnStatus.completed
    assert ended(rest[-1]).id == turn.id


@pytest.mark.asyncio
async def test_steer_async(async_codex: AsyncCodex, codex_model: ScriptedModel) -> None:
    """
    Steering works the same from a coroutine.
    """
    gate = codex_model.hold("Roses are red")
    codex_model.say("Les roses sont rouges")

    async with async_codex as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("Write a poem.")
        events = turn.stream()
        async for event in events:
            if is_text(event):
                break
        await turn.steer("In French, please.")
        gate.release()
        rest = [event async for event in events]

    assert said(rest).endswith("Les roses sont rouges")
    assert ended(rest[-1]).status is TurnStatus.completed


def test_steer_twice(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    A turn may be steered again once it has taken up the first steering.
    """
    gates = [codex_model.hold("one "), codex_model.hold("two ")]
    codex_model.say("three")

    turn = codex.thread_start().turn("Count.")
    events = turn.stream()
    for gate, word in zip(gates, ("Go on.", "And on."), strict=True):
        next(event for event in events if is_text(event))
        turn.steer(word)
        gate.release()
    rest = list(events)

    assert said(rest).endswith("three")


def test_steer_of_another_turn(codex_session: CodexSession, codex_model: ScriptedModel) -> None:
    """
    Steering a turn that is not the active one is refused and names the active one.
    """
    gate = codex_model.hold("Working", rest=" and done.")

    with CodexClient(codex_session.config) as client:
        client.initialize()
        thread = client.thread_start().thread.id
        turn = client.turn_start(thread, "Work.").turn.id
        client.register_turn_notifications(turn)
        while not is_text(client.next_turn_notification(turn)):
            pass
        with pytest.raises(InvalidRequestError) as refused:
            client.turn_steer(thread, NO_TURN, "Faster!")
        gate.release()
        done = client.wait_for_turn_completed(turn)

    assert NO_TURN in refused.value.message
    assert turn in refused.value.message
    assert done.turn.status is TurnStatus.completed


def test_steer_after_the_end(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    A turn that has ended cannot be steered.
    """
    codex_model.say("Done.")

    turn = codex.thread_start().turn("Work.")
    turn.run()
    with pytest.raises(InvalidRequestError) as refused:
        turn.steer("Wait!")

    assert "no active turn to steer" in refused.value.message


def test_second_turn_joins_the_first(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    A turn started while another runs joins it: both handles are one turn.
    """
    gate = codex_model.hold("First")
    codex_model.say("Second")

    thread = codex.thread_start()
    turn = thread.turn("One.")
    events = turn.stream()
    next(event for event in events if is_text(event))
    joined = thread.turn("Two.")
    gate.release()
    rest = list(events)

    assert joined.id == turn.id
    assert said(rest).endswith("Second")


def test_interrupt(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    An interrupted turn ends as interrupted, and the thread takes the next one.
    """
    codex_model.hold("This will take a while")
    codex_model.say("Back again.")

    thread = codex.thread_start()
    turn = thread.turn("Take your time.")
    events = turn.stream()
    next(event for event in events if is_text(event))
    turn.interrupt()
    rest = list(events)
    after = thread.run("Still there?")

    assert ended(rest[-1]).status is TurnStatus.interrupted
    assert after.final_response == "Back again."


@pytest.mark.asyncio
async def test_interrupt_async(async_codex: AsyncCodex, codex_model: ScriptedModel) -> None:
    """
    Interrupting works the same from a coroutine.
    """
    codex_model.hold("This will take a while")
    codex_model.say("Back again.")

    async with async_codex as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("Take your time.")
        async for event in turn.stream():
            if is_text(event):
                await turn.interrupt()
        after = await thread.run("Still there?")

    assert ended(event).status is TurnStatus.interrupted
    assert after.final_response == "Back again."


def test_interrupt_of_a_command(
    codex: Codex,
    codex_model: ScriptedModel,
    codex_session: CodexSession,
    codex_workspace: Workspace,
    until: Callable[[Callable[[], object]], None],
) -> None:
    """
    A command outlives the interrupt of its turn: what it writes later is on disk, too.
    """
    go = codex_workspace.path.parent / "go"
    codex_model.run(f"until [ -e ../{go.name} ]; do sleep 0.05; done; echo late > late.txt")

    turn = codex.thread_start().turn("Wait for the file.")
    events = turn.stream()
    # An interrupt that is quicker than the usage keeps it from being told.
    read_until(events, is_command, is_usage)
    turn.interrupt()
    rest = list(events)
    go.touch()
    until(lambda: [each for each in codex_session.commands if each.finished])

    assert ended(rest[-1]).status is TurnStatus.interrupted
    assert codex_workspace.read("late.txt") == "late\n"
