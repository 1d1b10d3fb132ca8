"""
Every method is asked: those that look into a thread or change what it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require

from .asking import Asking
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Methods"
_NOBODY = "01a1fcaa-0000-7000-8000-000000000000"
_MISSING = "not (supported|implemented) yet|does not support"


def _turn(server: Server, client: Client) -> tuple[str, Message]:
    server.model.say("an answer with a needle")
    thread = client.thread()
    return thread, client.turn(thread, "a question")


@check(
    "methods/history",
    "The items of a thread can be listed and searched where its history allows it.",
    _FACTS,
    needs=["model"],
)
def history(server: Server) -> None:
    client = server.connect()
    thread, turn = _turn(server, client)
    own = {"threadId": thread}
    with Asking(client) as ask:
        found = ask.either("thread/items/list", own)
        if found:
            kinds = [entry["item"]["type"] for entry in found["data"]]
            require(kinds == ["userMessage", "agentMessage"], f"the items are {kinds}")
        asked = {**own, "turnId": turn["id"], "itemIds": [turn["items"][0]["id"]]}
        found = ask.either("thread/items/read", asked)
        require(not found or len(found["data"]) == 1, f"thread/items/read tells {found}")
        ask.either("thread/searchOccurrences", {**own, "searchTerm": "needle"})
        ask.either("thread/prediction/request", {**own, "sourceTurnId": turn["id"]})
        ask.result("thread/turns/list", own)
        found = ask.result("thread/search", {"searchTerm": "needle"})
        require(not found or len(found["data"]) == 1, f"thread/search found {found}")


@check(
    "methods/timeline",
    "thread/timeline/list tells what happened in a thread.",
    _FACTS,
    methods=["thread/timeline/list"],
    needs=["model"],
)
def timeline(server: Server) -> None:
    client = server.connect()
    thread, _ = _turn(server, client)
    with Asking(client) as ask:
        found = ask.either("thread/timeline/list", {"threadId": thread})
        if found:
            kinds = [entry["type"] for entry in found["data"]]
            require("item" in kinds, f"the timeline has no item: {kinds}")


@check(
    "methods/read-state",
    "A thread is marked as read and unread by revision; a stale revision is refused.",
    _FACTS,
    methods=["thread/readState/update"],
    notifications=["thread/readState/changed"],
    needs=["model"],
)
def read_state(server: Server) -> None:
    client = server.connect()
    thread, turn = _turn(server, client)
    state = client.request("thread/read", {"threadId": thread})["readState"]
    unread = {"type": "turn", "turnId": turn["id"]}
    require(state["firstUnread"] == unread, f"after a turn the read state is {state}")
    with Asking(client) as ask:
        asked = {"threadId": thread, "operation": {"type": "read"}}
        ask.refused(
            "thread/readState/update", {**asked, "expectedRevision": _NOBODY}, because="changed"
        )
        given = {**asked, "expectedRevision": state["revision"]}
        found = ask.result("thread/readState/update", given)["readState"]
        require(found["firstUnread"] is None, f"after reading the read state is {found}")
        client.wait(
            lambda m: (
                m.get("method") == "thread/readState/changed"
                and m["params"]["readState"]["revision"] == found["revision"]
            ),
            "thread/readState/changed with the new revision",
        )


@check(
    "methods/settings",
    "A thread's settings can be changed between turns; the change is announced.",
    _FACTS,
    methods=["thread/settings/update"],
    notifications=["thread/settings/updated"],
    needs=["model"],
)
def settings(server: Server) -> None:
    client = server.connect()
    thread, turn = _turn(server, client)
    with Asking(client) as ask:
        ask.result("thread/settings/update", {"threadId": thread, "effort": "low"})
        told = client.notice("thread/settings/updated", threadId=thread)["params"]
        effort = told["threadSettings"]["effort"]
        require(effort == "low", f"the announced effort is {effort!r}")
        ask.result("thread/memoryMode/set", {"threadId": thread, "mode": "disabled"})
        asked = {"threadId": thread, "turnId": turn["id"], "effort": "low"}
        ask.refused("turn/settings/update", asked)


@check(
    "methods/thread-extras",
    "What only some clients use of a thread is answered, too.",
    _FACTS,
    methods=["thread/inject_items"],
    needs=["model"],
)
def extras(server: Server) -> None:
    client = server.connect()
    thread, _ = _turn(server, client)
    own = {"threadId": thread}
    with Asking(client) as ask:
        text = [{"type": "input_text", "text": "injected"}]
        items = [{"type": "message", "role": "user", "content": text}]
        ask.result("thread/inject_items", {**own, "items": items})
        found = ask.result("thread/increment_elicitation", own)
        require(found == {"count": 1, "paused": True}, f"one elicitation: {found}")
        found = ask.result("thread/decrement_elicitation", own)
        require(found == {"count": 0, "paused": False}, f"no elicitation: {found}")
        ask.refused("thread/decrement_elicitation", own, because="zero")
        found = ask.result("thread/backgroundTerminals/list", own)
        require(found["data"] == [], f"background terminals: {found}")
        ask.result("thread/backgroundTerminals/clean", own)
        gone = ask.result("thread/backgroundTerminals/terminate", {**own, "processId": "1"})
        require(gone == {"terminated": False}, f"ending no terminal: {gone}")
        event = {**own, "event": {}}
        ask.refused("thread/approveGuardianDeniedAction", event, because="Guardian")


@check(
    "methods/goal",
    "A thread's goal is set, told, announced and cleared; a paused one starts no turn.",
    _FACTS,
    methods=["thread/goal/set", "thread/goal/get", "thread/goal/clear"],
    notifications=["thread/goal/updated", "thread/goal/cleared"],
    needs=["model"],
)
def goal(server: Server) -> None:
    client = server.connect()
    thread, _ = _turn(server, client)
    own = {"threadId": thread}
    with Asking(client) as ask:
        found = ask.result("thread/goal/get", own)
        require(found == {"goal": None}, f"a new thread has the goal {found}")
        given: dict[str, Any] = {**own, "objective": "Write it down.", "status": "paused"}
        made = ask.result("thread/goal/set", given)["goal"]
        require(made["status"] == "paused", f"the goal is {made['status']}, not paused")
        client.notice("thread/goal/updated", threadId=thread)
        told = ask.result("thread/goal/get", own)["goal"]["objective"]
        require(told == "Write it down.", f"the objective is {told!r}")
        cleared = ask.result("thread/goal/clear", own)
        require(cleared == {"cleared": True}, f"thread/goal/clear answered {cleared}")
        client.notice("thread/goal/cleared", threadId=thread)
        require(len(client.said("turn/started")) == 1, "a paused goal started a turn")


@check(
    "methods/realtime",
    "A conversation by voice is begun and ended, or refused where there is none.",
    _FACTS,
    methods=["thread/realtime/start", "thread/realtime/listVoices"],
)
def realtime(server: Server) -> None:
    client = server.connect()
    own = {"threadId": client.thread()}
    with Asking(client) as ask:
        ask.result("thread/realtime/listVoices")
        ask.either("thread/realtime/start", {**own, "outputModality": "text"})
        ask.either("thread/realtime/appendText", {**own, "text": "hello"})
        ask.either("thread/realtime/appendSpeech", {**own, "text": "hello"})
        audio = {"data": "AAAA", "numChannels": 1, "sampleRate": 24000}
        ask.either("thread/realtime/appendAudio", {**own, "audio": audio})
        ask.either("thread/realtime/stop", own)
