"""
Synthetic sessions of any length, shaped like recorded ones.
"""

from __future__ import annotations

import itertools
from typing import Any

from fake_server.transcript import Event, Transcript

Message = dict[str, Any]

THREAD = "01900000-0000-7000-8000-000000000001"
PER_TURN = 25
"""Messages one turn adds: a request, its result, and what the agent does."""


def turn_id(number: int) -> str:
    """
    Id of a turn, a UUID as the server makes them.
    """
    return f"01900000-0000-7000-8000-{number:012x}"


def opening() -> list[Event]:
    """
    Spawn, initialize, and one thread.
    """
    thread = {
        "cliVersion": "0.163.0",
        "createdAt": 1,
        "cwd": "{workspace}",
        "ephemeral": False,
        "id": THREAD,
        "modelProvider": "mock",
        "preview": "",
        "sessionId": THREAD,
        "source": "appServer",
        "status": {"type": "idle"},
        "turns": [],
        "updatedAt": 1,
    }
    started = {
        "approvalPolicy": "never",
        "approvalsReviewer": "user",
        "cwd": "{workspace}",
        "model": "gpt-5.5",
        "modelProvider": "mock",
        "sandbox": {"type": "dangerFullAccess"},
        "thread": thread,
    }
    client: Message = {"clientInfo": {"name": "bench", "version": "1"}}
    return [
        Event(1, "spawn", {"args": [], "cwd": "{workspace}"}),
        Event(1, "client", {"id": 1, "method": "initialize", "params": client}),
        Event(1, "server", {"id": 1, "result": {"userAgent": "codex/0.163.0"}}),
        Event(1, "client", {"method": "initialized"}),
        Event(1, "client", {"id": 2, "method": "thread/start", "params": {"cwd": "{workspace}"}}),
        Event(1, "server", {"id": 2, "result": started}),
        Event(1, "server", {"method": "thread/started", "params": {"thread": thread}}),
    ]


def turn(number: int) -> list[Event]:
    """
    One turn in which the agent streams an answer.
    """
    turn_ = turn_id(number + 16)
    ids = {"threadId": THREAD, "turnId": turn_}
    item = {"id": f"msg_{number}", "type": "agentMessage"}
    running = {"id": turn_, "items": [], "status": "inProgress"}
    text = [{"text": f"Do step {number}.", "type": "text"}]
    request = {
        "id": number + 3,
        "method": "turn/start",
        "params": {"input": text, "threadId": THREAD},
    }
    server: list[Message] = [
        {"id": number + 3, "result": {"turn": running}},
        note("turn/started", threadId=THREAD, turn=running),
        note("item/started", **ids, startedAtMs=1, item={**item, "text": ""}),
    ]
    deltas = [f"word {index} of an answer of ordinary length " for index in range(PER_TURN - 7)]
    server += [note("item/agentMessage/delta", **ids, itemId=item["id"], delta=d) for d in deltas]
    done = {"id": turn_, "items": [], "itemsView": "summary", "status": "completed"}
    server += [
        note("item/completed", **ids, completedAtMs=1, item={**item, "text": "".join(deltas)}),
        note("thread/status/changed", threadId=THREAD, status={"type": "idle"}),
        note("turn/completed", threadId=THREAD, turn=done),
    ]
    return [Event(1, "client", request), *(Event(1, "server", message) for message in server)]


def note(method: str, **params: object) -> Message:
    """
    A notification of the server.
    """
    return {"method": method, "params": params}


def session(messages: int) -> Transcript:
    """
    A transcript of at least that many messages.
    """
    turns = -(-messages // PER_TURN)
    events = itertools.chain(opening(), *(turn(number) for number in range(turns)))
    return Transcript({"client": "bench", "codex": "0.163.0"}, list(events))
