"""
Every method is asked: what keeps threads in order, such as projects, sections and queues.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require

from .asking import Asking
from .suite import check
from .threads import listed

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Methods"


def _thread(server: Server, client: Client, **params: Any) -> str:
    """
    A thread with one turn.
    """
    server.model.say("an answer")
    thread = client.thread(**params)
    client.turn(thread, "a question")
    return thread


@check(
    "methods/projects",
    "Projects are created once per key, changed, ordered, listed and deleted; each is announced.",
    _FACTS,
    methods=["project/create", "project/list"],
    notifications=["project/changed", "thread/project/updated"],
    needs=["model"],
)
def projects(server: Server) -> None:
    client = server.connect()
    with Asking(client) as ask:
        asked = {"idempotencyKey": "one", "name": "One", "roots": [{"path": str(server.workspace)}]}
        first = ask.result("project/create", asked)["project"]["id"]
        client.notice("project/changed", projectId=first, changeType="created")
        again = ask.result("project/create", asked)["project"]["id"]
        require(first == again, "the same key made two projects")
        other = str(server.workspace / "other")
        given = {"idempotencyKey": "two", "name": "Two", "roots": [{"path": other}], "threads": []}
        second = ask.result("project/import", given)["project"]["id"]
        ask.result("project/update", {"projectId": first, "name": "New name"})
        name = ask.result("project/read", {"projectId": first})["project"]["name"]
        require(name == "New name", f"the project is called {name!r}")
        ask.result("project/move", {"projectId": second, "beforeProjectId": first})
        found = [one["id"] for one in ask.result("project/list")["data"]]
        require(found == [second, first], f"the order is {found}, not {[second, first]}")
        thread = _thread(server, client, projectId=first)
        ask.result("project/delete", {"projectId": first})
        client.notice("project/changed", projectId=first, changeType="deleted")
        client.notice("thread/project/updated", threadId=thread)
        ask.refused("project/read", {"projectId": first}, because="not found")


@check(
    "methods/sections",
    "Sections are created, renamed and deleted; threads are moved in and out.",
    _FACTS,
    methods=["threadSection/create", "thread/section/move"],
    needs=["model"],
)
def sections(server: Server) -> None:
    client = server.connect()
    thread = _thread(server, client)
    with Asking(client) as ask:
        section = ask.result("threadSection/create", {"name": "One"})["section"]["id"]
        ask.result("threadSection/update", {"sectionId": section, "name": "Two"})
        told = {one["id"]: one["name"] for one in ask.result("threadSection/list")["data"]}
        require(told.get(section) == "Two", f"the sections are {told}")
        ask.result("thread/section/move", {"threadId": thread, "sectionId": section})
        require(listed(client, sectionId=section) == [thread], "the thread is not in its section")
        ask.result("thread/section/move", {"threadId": thread, "sectionId": None})
        require(listed(client, sectionId=section) == [], "the thread is in its old section")
        ask.result("threadSection/delete", {"sectionId": section})
        gone = {"sectionId": section, "name": "x"}
        ask.refused("threadSection/update", gone, because="not found")


@check(
    "methods/attachments",
    "What is attached to a thread is told, found by its key, announced, and taken off again.",
    _FACTS,
    methods=["thread/attachment/add", "thread/attachment/list"],
    notifications=["thread/attachment/updated"],
    needs=["model"],
)
def attachments(server: Server) -> None:
    client = server.connect()
    thread = _thread(server, client)
    key = {"attachmentType": "note", "identityKey": "a-key"}
    with Asking(client) as ask:
        given = {"threadId": thread, **key, "payload": {"text": "hello"}}
        outcome = ask.result("thread/attachment/add", given)["outcome"]
        require(outcome == "created", f"the outcome is {outcome!r}")
        client.notice("thread/attachment/updated", threadId=thread, operation="created")
        data = ask.result("thread/attachment/list", {"threadId": thread})["data"]
        told = [one["payload"] for one in data]
        require(told == [{"text": "hello"}], f"attached is {told}")
        owners = ask.result("thread/attachmentOwner/list", key)
        found = [one["threadId"] for one in owners["data"]] if owners else [thread]
        require(found == [thread], f"the owners are {found}")
        ask.result("thread/attachment/remove", {"threadId": thread, **key})
        data = ask.result("thread/attachment/list", {"threadId": thread})["data"]
        require(data == [], f"after it was removed, attached is {json.dumps(data)}")


@check(
    "methods/queue",
    "What is queued while a turn runs can be changed, ordered and deleted.",
    _FACTS,
    methods=["thread/queue/add", "thread/queue/list"],
    notifications=["thread/queue/changed"],
    needs=["model"],
)
def queue(server: Server) -> None:
    gate = server.model.hold("working")
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread)
    client.notice("item/agentMessage/delta")
    with Asking(client) as ask:
        ids = [_queue(ask, thread, name) for name in ("one", "two")]
        client.notice("thread/queue/changed", threadId=thread)
        own = {"threadId": thread}
        changed = {**own, "queuedSubmissionId": ids[0], "input": _text("three")}
        ask.result("thread/queue/update", changed)
        ask.result("thread/queue/reorder", {**own, "queuedSubmissionIds": ids[::-1]})
        told = [(one["id"], one["input"][0]["text"]) for one in _queued(ask, thread)]
        wanted = [(ids[1], "two"), (ids[0], "three")]
        require(told == wanted, f"queued is {told}, not {wanted}")
        ask.refused("thread/queue/start", own, because="active or pending turn")
        for one in ids:
            gone = ask.result("thread/queue/delete", {**own, "queuedSubmissionId": one})
            require(gone == {"deleted": True}, f"thread/queue/delete answered {gone}")
        require(_queued(ask, thread) == [], "something is left in the queue")
    gate.release()
    client.completed(turn)


def _text(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text, "text_elements": []}]


def _queue(ask: Asking, thread: str, text: str) -> str:
    given = {"threadId": thread, "clientUserMessageId": text, "input": _text(text)}
    return str(ask.result("thread/queue/add", given)["queuedSubmission"]["id"])


def _queued(ask: Asking, thread: str) -> list[dict[str, Any]]:
    return list(ask.result("thread/queue/list", {"threadId": thread})["data"])


@check(
    "methods/queue-goes-on",
    "What was queued becomes the next turn when the running one ends.",
    _FACTS,
    methods=["thread/queue/add"],
    notifications=["thread/queue/changed", "turn/started"],
    needs=["model"],
)
def queue_goes_on(server: Server) -> None:
    gate = server.model.hold("working")
    server.model.say("the second answer")
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread)
    client.notice("item/agentMessage/delta")
    with Asking(client) as ask:
        _queue(ask, thread, "later")
        gate.release()
        client.completed(turn)
        ended = client.wait(
            lambda m: m.get("method") == "turn/completed" and m["params"]["turn"]["id"] != turn,
            "turn/completed of what was queued",
        )
        status = ended["params"]["turn"]["status"]
        require(status == "completed", f"the queued turn ended as {status}")
        require(_queued(ask, thread) == [], "it is still in the queue")
