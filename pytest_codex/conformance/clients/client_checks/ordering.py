"""
The order in which messages may come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.clients import plain
from pytest_codex.conformance.clients.plain import TEXT, TEXTS
from pytest_codex.conformance.clients.scene import Scene

from .suite import FACTS, check

if TYPE_CHECKING:
    from pytest_codex.conformance.clients.client import Client
    from pytest_codex.conformance.clients.threads import Thread

NEVER_SEEN = "no server has been seen doing it"


@check("ordering/interleaved", "The messages of two threads may be mixed.", FACTS)
def interleaved(client: Client) -> None:
    scene = Scene()
    threads = [scene.thread(), scene.thread()]
    first = threads[0].turn()
    scene.until("turn/start", 2, threads[0].id)
    first.message(TEXTS[0])
    scene.pause(threads[0].id)
    scene.pause(threads[0].id)
    first.end()
    second = threads[1].turn()
    item = second.open_message()
    second.delta(item, TEXTS[1])
    scene.pause(threads[1].id)
    second.item({"type": "agentMessage", "id": item, "text": TEXTS[1]}, begun=False)
    scene.pause(threads[1].id)
    second.end()
    seen = client.perform("two-threads", scene)
    for text, report in zip(TEXTS, seen.turns(), strict=False):
        seen.said(text, report)


@check("ordering/second-thread-first", "The thread started last may be done first.", FACTS)
def second_first(client: Client) -> None:
    scene = Scene()
    threads = [scene.thread(), scene.thread()]
    first = threads[0].turn()
    second = threads[1].turn()
    second.message(TEXTS[1])
    second.end()
    scene.until("turn/start", 2, threads[0].id)
    first.message(TEXTS[0])
    first.end()
    seen = client.perform("two-threads", scene)
    for text, report in zip(TEXTS, seen.turns(), strict=False):
        seen.said(text, report)


@check(
    "ordering/notices-before-the-thread",
    "Notifications about a thread may come before the answer that names it.",
    FACTS,
    notifications=["mcpServer/startupStatus/updated", "thread/settings/updated"],
)
def before_thread(client: Client) -> None:
    def before(thread: Thread) -> None:
        thread.notify("mcpServer/startupStatus/updated", name="x", status="starting", error=None)
        thread.notify("warning", message="the model is not known")

    scene = Scene()
    turn = scene.thread(before=before).turn()
    turn.message(TEXT)
    turn.end()
    client.perform("run", scene).said(TEXT)


@check(
    "ordering/notices-before-the-turn",
    "Warnings may come before the answer to turn/start.",
    FACTS,
    notifications=["warning"],
)
def before_turn(client: Client) -> None:
    scene = Scene()
    thread = scene.thread()
    number = scene.asked("turn/start", threadId=thread.id)
    thread.notify("warning", message="the model is not known")
    thread.status("active")
    turn = thread.new_turn()
    scene.answer(number, {"turn": turn.described("inProgress")})
    turn.begin()
    turn.message(TEXT)
    turn.end()
    client.perform("run", scene).said(TEXT)


@check(
    "ordering/turn-over-at-once",
    "A turn may be over at the moment turn/start is answered.",
    FACTS,
    notifications=["turn/completed"],
)
def over_at_once(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn(rest=False)
    turn.message(TEXT)
    turn.end()
    client.perform("run", scene).said(TEXT)


@check(
    "ordering/turn-before-its-answer",
    "A turn may begin, and speak, before turn/start is answered.",
    FACTS,
    notifications=["turn/started"],
)
def turn_before_answer(client: Client) -> None:
    scene = Scene()
    thread = scene.thread()
    number = scene.asked("turn/start", threadId=thread.id)
    turn = thread.new_turn().begin()
    item = turn.open_message()
    turn.delta(item, TEXT)
    scene.answer(number, {"turn": turn.described("inProgress")})
    turn.item({"type": "agentMessage", "id": item, "text": TEXT}, begun=False)
    turn.end()
    seen = client.perform("run", scene).reached("turn/start")
    with client.lenient(NEVER_SEEN):
        seen.said(TEXT)


@check(
    "ordering/turn-over-before-its-answer",
    "A turn may even be over before turn/start is answered.",
    FACTS,
    notifications=["turn/completed"],
)
def over_before_answer(client: Client) -> None:
    scene = Scene()
    thread = scene.thread()
    number = scene.asked("turn/start", threadId=thread.id)
    turn = thread.new_turn().begin()
    turn.message(TEXT)
    turn.end()
    scene.answer(number, {"turn": turn.described("completed")})
    seen = client.perform("run", scene).reached("turn/start")
    with client.lenient(NEVER_SEEN):
        seen.said(TEXT)


@check(
    "ordering/strange-thread",
    "A thread that no answer named may work on the same connection, as sub-agents do.",
    FACTS,
    notifications=["thread/started", "turn/completed"],
)
def strange_thread(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    other = scene.stranger()
    child = other.new_turn().begin()
    child.message("I am a sub-agent.")
    scene.notify("thread/started", thread={**other.described(), "parentThreadId": turn.thread.id})
    child.end()
    turn.message(TEXT)
    turn.end()
    client.perform("run", scene).said(TEXT)


@check(
    "ordering/strange-turn",
    "A turn that the client did not ask for is not the turn it waits for.",
    FACTS,
    notifications=["turn/completed"],
)
def strange_turn(client: Client) -> None:
    scene = Scene()
    thread = scene.thread()
    turn = thread.turn()
    other = thread.new_turn()
    other.message("Compacted.")
    other.completed()
    turn.message(TEXT)
    turn.end()
    client.perform("run", scene).said(TEXT)


@check(
    "ordering/tail",
    "Messages of a turn may come after its end; they are not part of the next one.",
    FACTS,
    notifications=["item/completed"],
)
def tail(client: Client) -> None:
    scene = Scene()
    thread = scene.thread()
    first = thread.turn()
    command = {"type": "commandExecution", "command": "sleep 1", "cwd": "/workspace"}
    running = {**command, "id": "background", "commandActions": []}
    first.item({**running, "status": "inProgress"}, done=False)
    first.message(TEXTS[0])
    first.end()
    second = thread.turn()
    first.notify("item/commandExecution/outputDelta", itemId="background", delta="late\n")
    first.item({**running, "status": "completed", "exitCode": 0}, begun=False)
    first.message("Too late.")
    second.message(TEXTS[1])
    second.end()
    seen = client.perform("turns", scene)
    for text, report in zip(TEXTS, seen.turns(), strict=False):
        seen.said(text, report)


@check(
    "ordering/completed-twice",
    "A second turn/completed of a turn does not end the next one.",
    FACTS,
    notifications=["turn/completed"],
)
def completed_twice(client: Client) -> None:
    scene = Scene()
    thread = scene.thread()
    first = thread.turn()
    first.message(TEXTS[0])
    first.end()
    first.completed()
    second = thread.turn()
    first.completed()
    second.message(TEXTS[1])
    second.end()
    seen = client.perform("turns", scene)
    for text, report in zip(TEXTS, seen.turns(), strict=False):
        seen.said(text, report)


@check(
    "ordering/usage-of-an-old-turn",
    "After a resume comes the token usage of a turn that the client never saw.",
    FACTS,
    methods=["thread/resume"],
    notifications=["thread/tokenUsage/updated"],
)
def old_usage(client: Client) -> None:
    scene = Scene()
    thread = scene.stranger()
    number = scene.asked("thread/resume", threadId=thread.id)
    scene.answer(number, thread.opened())
    usage = {"last": plain.TOKENS, "total": plain.TOKENS}
    thread.new_turn().notify("thread/tokenUsage/updated", tokenUsage=usage)
    thread.notify("thread/goal/cleared")
    turn = thread.turn()
    turn.message(TEXT)
    turn.end()
    client.perform("resume", scene, thread=thread.id).said(TEXT)
