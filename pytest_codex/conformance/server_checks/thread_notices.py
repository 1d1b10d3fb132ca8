"""
What happens to a thread is told: its name, its place, its history, what belongs to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require
from pytest_codex.conformance.services.environment import EnvironmentService

from .kit import MODEL, NO_TURN, ended, follow, has, only, same, text_input, thread_of, word
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: What is told without being asked"


def _told(client: Client, method: str, thread: str, **expected: Any) -> None:
    """
    Require that a notification came, or comes now, with this in it.
    """
    params = client.notice(method, threadId=thread)["params"]
    has(method, params, **expected)


def _thread_with_turn(server: Server, client: Client) -> str:
    """
    A thread that has something to keep.
    """
    server.model.say("Hello.")
    thread = client.thread()
    ended(client.turn(thread))
    return thread


@check(
    "notices/thread-named",
    "A thread's new name is told.",
    _FACTS,
    methods=["thread/name/set"],
    notifications=["thread/name/updated"],
)
def named(server: Server) -> None:
    client = server.connect()
    thread = client.thread()
    client.request("thread/name/set", {"threadId": thread, "name": "Café"})
    _told(client, "thread/name/updated", thread, threadName="Café")


@check(
    "notices/thread-archived-and-back",
    "A thread that is archived, brought back, or deleted is told of each time.",
    _FACTS,
    methods=["thread/archive", "thread/unarchive", "thread/delete"],
    notifications=["thread/archived", "thread/unarchived", "thread/deleted"],
    needs=MODEL,
)
def archived(server: Server) -> None:
    client = server.connect()
    thread = _thread_with_turn(server, client)
    for method, notice in (
        ("thread/archive", "thread/archived"),
        ("thread/unarchive", "thread/unarchived"),
        ("thread/delete", "thread/deleted"),
    ):
        client.request(method, {"threadId": thread})
        _told(client, notice, thread)


@check(
    "notices/thread-reverted",
    "Turns that are taken back are gone from the thread, and the client is told.",
    _FACTS,
    methods=["thread/revert", "thread/turns/list"],
    notifications=["thread/reverted"],
    needs=MODEL,
)
def reverted(server: Server) -> None:
    server.model.say("One.").say("Two.")
    client = server.connect()
    thread = client.thread()
    first, second = (client.turn(thread)["id"] for _ in range(2))
    client.request("thread/revert", {"threadId": thread, "beforeTurnId": second})
    _told(client, "thread/reverted", thread)
    left = client.request("thread/turns/list", {"threadId": thread})["data"]
    same("the turns that are left", [each["id"] for each in left], [first])


@check(
    "notices/read-state",
    "A turn that nobody has read yet is told as unread.",
    _FACTS,
    notifications=["thread/readState/changed"],
    needs=MODEL,
)
def read_state(server: Server) -> None:
    server.model.say("Hello.")
    client = server.connect()
    thread = client.thread()
    turn = client.turn(thread)["id"]
    params = only("thread/readState/changed", client.said("thread/readState/changed"))["params"]
    same("the thread", params.get("threadId"), thread)
    unread = params["readState"].get("firstUnread") or {}
    same("the first unread turn", unread.get("turnId"), turn)


@check(
    "notices/queue",
    "What is queued for a thread is told, and begins a turn of its own.",
    _FACTS,
    methods=["thread/queue/add"],
    notifications=["thread/queue/changed", "turn/started"],
    needs=MODEL,
)
def queue(server: Server) -> None:
    gate = server.model.hold("First")
    server.model.say("Second.")
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread)
    client.notice("item/agentMessage/delta")
    add = {"threadId": thread, "input": text_input("two"), "clientUserMessageId": NO_TURN}
    queued = client.request("thread/queue/add", add)["queuedSubmission"]
    same("what is queued", queued["input"][0].get("text"), "two")
    _told(client, "thread/queue/changed", thread)
    require(not client.said("turn/completed"), "the turn ended before its model had spoken")
    since = len(client.messages)
    gate.release()
    ended(client.completed(turn))
    next_turn = client.notice("turn/started", since)["params"]["turn"]["id"]
    require(next_turn != turn, "what was queued joined the turn that was under way")
    ended(client.completed(next_turn))


@check(
    "notices/attachment",
    "What is attached to a thread is told, and listed.",
    _FACTS,
    methods=["thread/attachment/add", "thread/attachment/list"],
    notifications=["thread/attachment/updated"],
    needs=MODEL,
)
def attachment(server: Server) -> None:
    client = server.connect()
    thread = _thread_with_turn(server, client)
    add = {"threadId": thread, "attachmentType": "note", "identityKey": "k", "payload": {"a": 1}}
    made = client.request("thread/attachment/add", add)["attachment"]
    _told(
        client,
        *("thread/attachment/updated", thread),
        attachmentId=made["id"],
        operation="created",
    )
    listed = client.request("thread/attachment/list", {"threadId": thread})
    require(made["id"] in str(listed), f"it is not listed: {listed}")


@check(
    "notices/project",
    "A new project is told, and a thread that is moved into it.",
    _FACTS,
    methods=["project/create", "thread/metadata/update"],
    notifications=["project/changed", "thread/project/updated"],
    needs=MODEL,
)
def project(server: Server) -> None:
    client = server.connect()
    thread = _thread_with_turn(server, client)
    create = {"name": "p", "idempotencyKey": NO_TURN, "roots": [{"path": str(server.workspace)}]}
    made = client.request("project/create", create)["project"]
    client.notice("project/changed", projectId=made["id"], changeType="created")
    client.request("thread/metadata/update", {"threadId": thread, "projectId": made["id"]})
    _told(client, "thread/project/updated", thread, projectId=made["id"])


@check(
    "notices/deprecation",
    "A setting that is going to be removed is told when a thread begins to use it.",
    _FACTS,
    methods=["thread/start"],
    notifications=["deprecationNotice"],
)
def deprecation(server: Server) -> None:
    server.configure({"features": {"web_search_request": True}})
    client = server.connect()
    client.thread()
    told = client.notice("deprecationNotice")["params"]
    require("web_search_request" in str(told.get("summary")), f"the notice says {told}")


@check(
    "notices/environments",
    "The loss of an environment that a thread uses is told, and its return.",
    _FACTS,
    methods=["environment/add", "thread/start"],
    notifications=["thread/environment/disconnected", "thread/environment/connected"],
)
def environments(server: Server) -> None:
    with EnvironmentService() as service:
        client = server.connect()
        far = {"environmentId": "far", "execServerUrl": service.websocket_url}
        client.request("environment/add", far)
        place = {"environmentId": "far", "cwd": str(server.workspace)}
        thread = client.thread(environments=[place])
        service.lose()
        since = len(client.messages)
        for method in ("disconnected", "connected"):
            client.notice(
                f"thread/environment/{method}", since, threadId=thread, environmentId="far"
            )
    words = [word(each) for each in client.messages if thread_of(each) == thread]
    follow(words, "thread/environment/disconnected", "thread/environment/connected")
