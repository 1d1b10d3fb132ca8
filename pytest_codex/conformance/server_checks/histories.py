"""
What becomes of a thread: archived, deleted, forked, taken back, resumed in another process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .suite import check
from .threads import listed, read

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Threads"


def _thread(server: Server, client: Client, *texts: str) -> tuple[str, list[str]]:
    """
    A thread with a turn for each text, and the ids of the turns.
    """
    thread = client.thread()
    turns = []
    for text in texts:
        server.model.say(f"answer to {text}")
        turns.append(str(client.turn(thread, text)["id"]))
    return thread, turns


def _turns(client: Client, thread: str) -> list[str]:
    return [str(turn["id"]) for turn in read(client, thread, includeTurns=True)["turns"]]


@check(
    "threads/archive",
    "An archived thread is unloaded, announced, and listed only among the archived ones.",
    _FACTS,
    methods=["thread/archive", "thread/list", "thread/loaded/list"],
    notifications=["thread/archived", "thread/status/changed"],
    needs=["model"],
)
def archive(server: Server) -> None:
    client = server.connect()
    thread, _ = _thread(server, client, "one")
    client.request("thread/archive", {"threadId": thread})
    client.notice("thread/archived", threadId=thread)
    client.notice("thread/status/changed", threadId=thread, status={"type": "notLoaded"})
    require(listed(client) == [], "an archived thread is listed")
    require(listed(client, archived=True) == [thread], "it is not among the archived ones")
    require(client.request("thread/loaded/list")["data"] == [], "an archived thread is loaded")
    for method in ("thread/resume", "thread/archive"):
        error = client.refused(method, {"threadId": thread})
        require(error.get("code") == -32600, f"{method}: code {error.get('code')}, not -32600")


@check(
    "threads/unarchive",
    "An archived thread can be brought back and used again.",
    _FACTS,
    methods=["thread/archive", "thread/unarchive", "thread/list", "thread/resume"],
    notifications=["thread/unarchived"],
    needs=["model"],
)
def unarchive(server: Server) -> None:
    client = server.connect()
    thread, turns = _thread(server, client, "one")
    client.request("thread/archive", {"threadId": thread})
    back = client.request("thread/unarchive", {"threadId": thread})["thread"]
    require(back["id"] == thread, f"brought back was {back['id']}, not {thread}")
    client.notice("thread/unarchived", threadId=thread)
    require(listed(client) == [thread], "a thread that was brought back is not listed")
    client.request("thread/resume", {"threadId": thread})
    require(_turns(client, thread) == turns, "its turns are not those it had")
    error = client.refused("thread/unarchive", {"threadId": thread})
    require(error.get("code") == -32600, f"twice: code {error.get('code')}, not -32600")


@check(
    "threads/delete",
    "A deleted thread is announced, and nothing knows it any more.",
    _FACTS,
    methods=["thread/delete", "thread/list", "thread/read", "thread/resume"],
    notifications=["thread/deleted"],
    needs=["model"],
)
def delete(server: Server) -> None:
    client = server.connect()
    thread, _ = _thread(server, client, "one")
    client.request("thread/delete", {"threadId": thread})
    client.notice("thread/deleted", threadId=thread)
    require(listed(client) == [], "a deleted thread is listed")
    require(listed(client, archived=True) == [], "a deleted thread is among the archived ones")
    for method in ("thread/read", "thread/resume", "thread/delete"):
        error = client.refused(method, {"threadId": thread})
        require(error.get("code") == -32600, f"{method}: code {error.get('code')}, not -32600")


@check(
    "threads/fork",
    "A fork has an id and a life of its own, tells where it came from, and has the turns so far.",
    _FACTS,
    methods=["thread/fork", "thread/read"],
    notifications=["thread/started"],
    needs=["model"],
)
def fork(server: Server) -> None:
    client = server.connect()
    thread, turns = _thread(server, client, "one", "two")
    made = client.request("thread/fork", {"threadId": thread})["thread"]
    require(made["id"] != thread, "the fork has the id of its origin")
    require(made["forkedFromId"] == thread, f"forkedFromId is {made['forkedFromId']}")
    found = [turn["id"] for turn in made["turns"]]
    require(len(found) == 2, f"the fork of two turns has {len(found)}")
    client.wait(
        lambda m: m.get("method") == "thread/started" and m["params"]["thread"]["id"] == made["id"],
        "thread/started of the fork",
    )
    server.model.say("three")
    client.turn(made["id"], "three")
    require(_turns(client, thread) == turns, "a turn in the fork changed its origin")


@check(
    "threads/fork-earlier",
    "A fork may end with a turn (lastTurnId) or before one (beforeTurnId).",
    _FACTS,
    methods=["thread/fork"],
    needs=["model"],
)
def fork_earlier(server: Server) -> None:
    client = server.connect()
    thread, turns = _thread(server, client, "one", "two")
    for key, turn, length in (
        ("lastTurnId", turns[0], 1),
        ("lastTurnId", turns[1], 2),
        ("beforeTurnId", turns[1], 1),
        ("beforeTurnId", turns[0], 0),
    ):
        made = client.request("thread/fork", {"threadId": thread, key: turn})["thread"]
        what = f"{key} of turn {turns.index(turn) + 1}"
        require(len(made["turns"]) == length, f"{what}: {len(made['turns'])} turns, not {length}")


@check(
    "threads/turns-list",
    "thread/turns/list tells the turns in pages, the latest first.",
    _FACTS,
    methods=["thread/turns/list"],
    needs=["model"],
)
def turns_list(server: Server) -> None:
    client = server.connect()
    thread, turns = _thread(server, client, "one", "two", "three")
    found: list[str] = []
    cursor = None
    for _ in range(len(turns)):
        given = {"threadId": thread, "limit": 1, "cursor": cursor}
        page = client.request("thread/turns/list", given)
        found += [turn["id"] for turn in page["data"]]
        cursor = page["nextCursor"]
    require(found == turns[::-1], f"the pages tell {found}, not {turns[::-1]}")


@check(
    "threads/revert",
    "thread/revert takes back a turn and all later ones.",
    _FACTS,
    methods=["thread/revert"],
    needs=["model"],
)
def revert(server: Server) -> None:
    client = server.connect()
    thread, turns = _thread(server, client, "one", "two", "three")
    client.request("thread/revert", {"threadId": thread, "beforeTurnId": turns[1]})
    found = _turns(client, thread)
    require(found == turns[:1], f"the turns left are {found}, not {turns[:1]}")


@check(
    "threads/rollback",
    "thread/rollback takes back so many turns, or is refused where the history is paginated.",
    _FACTS,
    methods=["thread/rollback"],
    needs=["model"],
)
def rollback(server: Server) -> None:
    client = server.connect()
    thread, turns = _thread(server, client, "one", "two")
    asked = {"threadId": thread, "numTurns": 1}
    if read(client, thread).get("historyMode") == "paginated":
        text = str(client.refused("thread/rollback", asked).get("message"))
        require("paginated" in text, f"the text does not tell why: {text!r}")
        return
    client.request("thread/rollback", asked)
    found = _turns(client, thread)
    require(found == turns[:1], f"the turns left are {found}, not {turns[:1]}")


@check(
    "threads/resume-in-a-new-process",
    "Another process tells a thread as notLoaded, resumes it with its turns, and goes on.",
    _FACTS,
    methods=["thread/resume", "thread/read", "turn/start"],
    notifications=["thread/status/changed"],
    needs=["model"],
)
def resume(server: Server) -> None:
    first = server.connect()
    thread, turns = _thread(server, first, "one", "two")
    first.close()
    client = server.connect()
    status = read(client, thread)["status"]
    require(status == {"type": "notLoaded"}, f"before it is resumed its status is {status}")
    text = {"threadId": thread, "input": [{"type": "text", "text": "three"}]}
    error = client.refused("turn/start", text)
    require("thread not found" in str(error.get("message")), f"a turn before resuming: {error}")
    back = client.request("thread/resume", {"threadId": thread})["thread"]
    found = [turn["id"] for turn in back["turns"]]
    require(found == turns, f"resumed were the turns {found}, not {turns}")
    client.notice("thread/status/changed", threadId=thread, status={"type": "idle"})
    server.model.say("three")
    turn = client.turn(thread, "three")
    require(_turns(client, thread) == [*turns, turn["id"]], "the new turn was not added")


@check(
    "threads/resume-without-turns",
    "With excludeTurns a thread is resumed without its turns being told.",
    _FACTS,
    methods=["thread/resume"],
    needs=["model"],
)
def resume_bare(server: Server) -> None:
    first = server.connect()
    thread, _ = _thread(server, first, "one")
    first.close()
    client = server.connect()
    back = client.request("thread/resume", {"threadId": thread, "excludeTurns": True})["thread"]
    require(back["turns"] == [], f"{len(back['turns'])} turns were told")


@check(
    "threads/one-writer",
    "A thread that is loaded in one process cannot be resumed in another one.",
    _FACTS,
    methods=["thread/resume"],
    needs=["model"],
)
def one_writer(server: Server) -> None:
    first = server.connect()
    thread, _ = _thread(server, first, "one")
    first.request("thread/resume", {"threadId": thread})
    second = server.connect()
    error = second.refused("thread/resume", {"threadId": thread})
    text = str(error.get("message"))
    require(error.get("code") == -32600, f"the code is {error.get('code')}, not -32600")
    require(thread in text, f"the text does not name the thread: {text!r}")


@check(
    "threads/unsubscribe",
    "After thread/unsubscribe nothing of a turn is told but the thread's status.",
    _FACTS,
    methods=["thread/unsubscribe", "turn/start"],
    needs=["model"],
)
def unsubscribe(server: Server) -> None:
    client = server.connect()
    thread, _ = _thread(server, client, "one")
    for wanted in ("unsubscribed", "notSubscribed"):
        status = client.request("thread/unsubscribe", {"threadId": thread})["status"]
        require(status == wanted, f"thread/unsubscribe says {status!r}, not {wanted!r}")
    server.model.say("two")
    since = len(client.messages)
    client.start(thread, "two")
    client.notice("thread/status/changed", since, threadId=thread, status={"type": "idle"})
    client.settle()
    told = {m["method"] for m in client.messages[since:] if "threadId" in m.get("params", {})}
    require(told == {"thread/status/changed"}, f"of an unsubscribed thread came {sorted(told)}")
