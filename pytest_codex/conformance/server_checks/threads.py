"""
Threads: how they begin, what is told of them, how they are named and listed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Threads"


def listed(client: Client, **params: object) -> list[str]:
    """
    The ids of the threads that thread/list tells.
    """
    return [thread["id"] for thread in client.request("thread/list", params)["data"]]


def read(client: Client, thread: str, **params: object) -> Message:
    """
    What thread/read tells of a thread.
    """
    found: Message = client.request("thread/read", {"threadId": thread, **params})["thread"]
    return found


@check(
    "threads/start",
    "A new thread is idle, empty, and works in the server's directory.",
    _FACTS,
    methods=["thread/start"],
)
def start(server: Server) -> None:
    client = server.connect()
    thread = client.request("thread/start")["thread"]
    wanted = {"status": {"type": "idle"}, "turns": [], "preview": "", "ephemeral": False}
    found = {key: thread.get(key) for key in wanted}
    require(found == wanted, f"the new thread has {found}, not {wanted}")
    place, wanted_place = os.path.realpath(thread["cwd"]), os.path.realpath(server.workspace)
    require(place == wanted_place, f"its cwd is {place}, the server runs in {wanted_place}")


@check(
    "threads/started-follows-the-answer",
    "thread/started comes after the answer to thread/start and tells the same thread.",
    _FACTS,
    methods=["thread/start"],
    notifications=["thread/started"],
)
def started(server: Server) -> None:
    client = server.connect()
    answer = client.call("thread/start")
    told = client.notice("thread/started")
    before, after = client.messages.index(answer), client.messages.index(told)
    require(before < after, "thread/started came before the answer to thread/start")
    one, other = answer["result"]["thread"]["id"], told["params"]["thread"]["id"]
    require(one == other, f"the answer tells thread {one}, thread/started {other}")


@check(
    "threads/ids-are-unique",
    "Each thread has an id of its own; all of them are loaded.",
    _FACTS,
    methods=["thread/start", "thread/loaded/list"],
)
def unique(server: Server) -> None:
    client = server.connect()
    threads = {client.thread() for _ in range(4)}
    require(len(threads) == 4, f"four threads have {len(threads)} ids")
    loaded = set(client.request("thread/loaded/list")["data"])
    require(loaded == threads, f"thread/loaded/list tells {loaded}, started were {threads}")


@check(
    "threads/settings-are-honoured",
    "Model, directory, approval policy and sandbox given to thread/start are told back.",
    _FACTS,
    methods=["thread/start"],
)
def settings(server: Server) -> None:
    client = server.connect()
    place = server.workspace / "sub"
    place.mkdir()
    given = {"model": "gpt-5.4", "cwd": str(place), "approvalPolicy": "never"}
    result = client.request("thread/start", {**given, "sandbox": "read-only"})
    for key, value in given.items():
        require(result.get(key) == value, f"{key} is {result.get(key)!r}, given was {value!r}")
    sandbox = (result.get("sandbox") or {}).get("type")
    require(sandbox == "readOnly", f"the sandbox is {sandbox!r}, given was read-only")


@check(
    "threads/read",
    "thread/read tells a thread without its turns, and with them when includeTurns is set.",
    _FACTS,
    methods=["thread/read", "turn/start"],
    needs=["model"],
)
def reading(server: Server) -> None:
    server.model.say("the answer")
    client = server.connect()
    thread = client.thread()
    require(read(client, thread)["preview"] == "", "a thread without turns has a preview")
    turn = client.turn(thread, "the question")
    without, whole = read(client, thread), read(client, thread, includeTurns=True)
    require(without["turns"] == [], "turns were told though nobody asked for them")
    require(without["preview"] == "the question", f"the preview is {without['preview']!r}")
    require([one["id"] for one in whole["turns"]] == [turn["id"]], "the turn is not told")
    kinds = [item["type"] for item in whole["turns"][0]["items"]]
    require(kinds == ["userMessage", "agentMessage"], f"the turn's items are {kinds}")


@check(
    "threads/listed-from-their-first-turn-on",
    "thread/list does not tell a thread before its first turn; then it does, the newest first.",
    _FACTS,
    methods=["thread/list", "turn/start"],
    needs=["model"],
)
def listing(server: Server) -> None:
    server.model.say("one").say("two")
    client = server.connect()
    threads = [client.thread(), client.thread()]
    require(listed(client) == [], "a thread without a turn is listed")
    for thread in threads:
        client.turn(thread)
    found = listed(client, sortKey="updated_at")
    require(found == threads[::-1], f"listed are {found}, the newest first is {threads[::-1]}")


@check(
    "threads/pages",
    "Following nextCursor leads through all threads, each once.",
    _FACTS,
    methods=["thread/list", "turn/start"],
    needs=["model"],
)
def pages(server: Server) -> None:
    client = server.connect()
    threads = []
    for _ in range(4):
        server.model.say("done")
        threads.append(client.thread())
        client.turn(threads[-1])
    found = _all_pages(client, sortKey="updated_at")
    require(found == threads[::-1], f"the pages by updated_at tell {found}, not {threads[::-1]}")
    told = _all_pages(client)
    if sorted(told) != sorted(threads):
        server.warn(
            f"pages in order of creation tell {len(told)} of 4 threads: "
            "those created within the same second are left out"
        )


def _all_pages(client: Client, **params: object) -> list[str]:
    found: list[str] = []
    cursor = None
    for _ in range(10):
        page = client.request("thread/list", {"limit": 1, "cursor": cursor, **params})
        found += [thread["id"] for thread in page["data"]]
        cursor = page["nextCursor"]
        if cursor is None:
            return found
    require(False, "the tenth page of four threads is not the last one")
    return found


@check(
    "threads/search",
    "thread/list finds threads by the words of their first message.",
    _FACTS,
    methods=["thread/list", "turn/start"],
    needs=["model"],
)
def search(server: Server) -> None:
    server.model.say("one").say("two")
    client = server.connect()
    apples, pears = client.thread(), client.thread()
    client.turn(apples, "count the apples")
    client.turn(pears, "count the pears")
    found = listed(client, searchTerm="apples")
    require(found == [apples], f"a search for apples found {found}, not {[apples]}")


@check(
    "threads/name",
    "thread/name/set is announced and told by thread/read and thread/list.",
    _FACTS,
    methods=["thread/name/set", "thread/read", "thread/list"],
    notifications=["thread/name/updated"],
    needs=["model"],
)
def name(server: Server) -> None:
    server.model.say("done")
    client = server.connect()
    thread = client.thread()
    client.turn(thread)
    client.request("thread/name/set", {"threadId": thread, "name": "A name"})
    told = client.notice("thread/name/updated", threadId=thread)["params"]
    require(told.get("threadName") == "A name", f"thread/name/updated tells {told}")
    require(read(client, thread)["name"] == "A name", "thread/read does not tell the name")
    data = client.request("thread/list")["data"]
    require([one["name"] for one in data] == ["A name"], "thread/list does not tell the name")
    error = client.refused("thread/name/set", {"threadId": thread, "name": " "})
    require(error.get("code") == -32600, f"an empty name: code {error.get('code')}")


@check(
    "threads/ephemeral",
    "An ephemeral thread works, but is neither listed nor kept.",
    _FACTS,
    methods=["thread/start", "thread/list", "thread/resume"],
    needs=["model"],
)
def ephemeral(server: Server) -> None:
    server.model.say("done")
    client = server.connect()
    thread = client.thread(ephemeral=True)
    client.turn(thread)
    require(listed(client) == [], "an ephemeral thread is listed")
    require(read(client, thread)["ephemeral"] is True, "the thread is not told as ephemeral")
    client.close()
    second = server.connect()
    error = second.refused("thread/resume", {"threadId": thread})
    require(error.get("code") == -32600, f"resuming it: code {error.get('code')}, not -32600")


@check(
    "threads/metadata",
    "thread/metadata/update sets what git tells, and is refused without any field.",
    _FACTS,
    methods=["thread/metadata/update", "thread/read"],
    needs=["model"],
)
def metadata(server: Server) -> None:
    server.model.say("done")
    client = server.connect()
    thread = client.thread()
    client.turn(thread)
    given = {"branch": "a-branch", "originUrl": "https://example.org/a.git", "sha": "0" * 40}
    client.request("thread/metadata/update", {"threadId": thread, "gitInfo": given})
    found = read(client, thread)["gitInfo"]
    require(found == given, f"gitInfo is {found}, given was {given}")
    error = client.refused("thread/metadata/update", {"threadId": thread})
    require(error.get("code") == -32600, f"without a field: code {error.get('code')}")
