"""
Several things at once: threads, approvals, processes of one home, reads beside a turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import (
    ASK_USER,
    COMMAND_APPROVAL,
    MODEL,
    ended,
    item,
    same,
    story,
    text_input,
    thread_of,
    word,
)
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.server import Server

_ORDER = "protocol-facts: Order that does not hold"
_LANES = "protocol-facts: Lanes"
_NAMES = ("left", "right")


@check(
    "concurrency/two-threads-stream",
    "Two threads stream at the same time; neither waits for the other's end.",
    _ORDER,
    methods=["turn/start"],
    notifications=["item/agentMessage/delta"],
    needs=[*MODEL, "live"],
)
def two_threads(server: Server) -> None:
    gates = {name: server.model.script(name).hold(name, rest=" done") for name in _NAMES}
    client = server.connect()
    threads = {name: client.thread() for name in _NAMES}
    turns = {name: client.start(thread, name) for name, thread in threads.items()}
    for thread in threads.values():
        client.notice("item/agentMessage/delta", threadId=thread)
    require(not client.said("turn/completed"), "a turn ended while its model was speaking")
    for name in reversed(_NAMES):
        gates[name].release()
        ended(client.completed(turns[name]))


@check(
    "concurrency/one-lane-per-thread",
    "Of two threads at work each has its own messages in the order of a single thread.",
    _LANES,
    notifications=["item/started", "item/completed", "item/agentMessage/delta"],
    needs=MODEL,
)
def lanes(server: Server) -> None:
    gates = {name: server.model.script(name).hold(name, rest=" done") for name in _NAMES}
    client = server.connect()
    threads = {name: client.thread() for name in _NAMES}
    turns = {name: client.start(thread, name) for name, thread in threads.items()}
    for thread in threads.values():
        client.notice("item/agentMessage/delta", threadId=thread)
    for gate in gates.values():
        gate.release()
    for turn in turns.values():
        client.completed(turn)
    client.settle()
    lane = [
        *("thread/started", "thread/status/changed active", "turn/started"),
        *("item/started userMessage", "item/completed userMessage", "item/started agentMessage"),
        *("item/agentMessage/delta", "item/agentMessage/delta", "item/completed agentMessage"),
        *("thread/tokenUsage/updated", "thread/status/changed idle", "turn/completed completed"),
    ]
    for name, thread in threads.items():
        same(f"the story of thread {name}", story(client, thread), lane)
        said = {
            each["params"]["item"].get("text")
            for each in client.messages
            if word(each) == "item/completed agentMessage" and thread_of(each) == thread
        }
        same(f"what thread {name} said", said, {f"{name} done"})


@check(
    "concurrency/approvals-in-two-threads",
    "Two threads ask at the same time, with two ids; each gets the answer that was meant for it.",
    _ORDER,
    notifications=[COMMAND_APPROVAL, "serverRequest/resolved"],
    needs=MODEL,
)
def approvals(server: Server) -> None:
    for name in _NAMES:
        script = server.model.script(f"Go {name}.")
        script.run(f"echo {name} > {name}.txt", escalate=True).say(f"Went {name}.")
    client = server.connect()
    threads = {name: client.thread(**ASK_USER) for name in _NAMES}
    turns = {name: client.start(thread, f"Go {name}.") for name, thread in threads.items()}
    asked = {n: client.notice(COMMAND_APPROVAL, threadId=t) for n, t in threads.items()}
    require(asked["left"]["id"] != asked["right"]["id"], "both questions have the same id")
    for name, decision in (("right", "decline"), ("left", "accept")):
        client.send({"id": asked[name]["id"], "result": {"decision": decision}})
        ended(client.completed(turns[name]))
    written = sorted(path.name for path in server.workspace.glob("*.txt"))
    same("the files that were written", written, ["left.txt"])


@check(
    "concurrency/reads-beside-a-turn",
    "What only looks is answered while a turn runs, and does not wait for its end.",
    _ORDER,
    methods=["thread/list", "thread/read", "model/list", "account/read"],
    needs=[*MODEL, "live"],
)
def reads(server: Server) -> None:
    gate = server.model.hold("Thinking", rest=" done")
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread)
    client.notice("item/agentMessage/delta")
    for method in ("thread/list", "model/list", "account/read"):
        client.request(method)
    read = client.request("thread/read", {"threadId": thread})["thread"]
    same("the status that was read", (read.get("status") or {}).get("type"), "active")
    require(not client.said("turn/completed"), "the turn ended while its model was speaking")
    gate.release()
    ended(client.completed(turn))


@check(
    "concurrency/requests-written-ahead",
    "Requests that are sent without waiting are all answered, each under its own id.",
    _ORDER,
    methods=["thread/start", "turn/start", "thread/list", "model/list"],
    needs=MODEL,
)
def pipelined(server: Server) -> None:
    for name in _NAMES:
        server.model.script(name).say(f"{name} done")
    client = server.connect()
    numbers = {client.ask("thread/start", {}): "thread/start" for _ in _NAMES}
    numbers |= {client.ask(method): method for method in ("model/list", "thread/list")}
    answers = {number: client.answer(number, method) for number, method in numbers.items()}
    refused = [each["error"] for each in answers.values() if "error" in each]
    require(not refused, f"there were refused {refused}")
    threads = [
        answers[number]["result"]["thread"]["id"]
        for number, method in numbers.items()
        if method == "thread/start"
    ]
    require(threads[0] != threads[1], f"both threads have the id {threads[0]}")
    starts = [
        client.ask("turn/start", {"threadId": thread, "input": text_input(name)})
        for name, thread in zip(_NAMES, threads, strict=True)
    ]
    for number in starts:
        turn = client.answer(number, "turn/start")["result"]["turn"]["id"]
        ended(client.completed(turn))


@check(
    "concurrency/two-processes-of-one-home",
    "Two processes of one home work side by side; a thread of one is found and read by the other.",
    _ORDER,
    methods=["thread/list", "thread/read"],
    needs=MODEL,
)
def two_processes(server: Server) -> None:
    gate = server.model.script("first").hold("first", rest=" done")
    server.model.script("second").say("second done")
    first, second = server.connect(), server.connect()
    thread = first.thread()
    turn = first.start(thread, "first")
    first.notice("item/agentMessage/delta")
    ended(second.turn(second.thread(), "second"))
    gate.release()
    ended(first.completed(turn))
    same("what the second said", item(second, "agentMessage")["text"], "second done")
    foreign = [word(each) for each in second.messages if thread_of(each) == thread]
    require(not foreign, f"the second process told of the first one's thread: {foreign}")
    listed = {each["id"] for each in second.request("thread/list")["data"]}
    require(thread in listed, f"the second process lists {listed} without {thread}")
    read = second.request("thread/read", {"threadId": thread, "includeTurns": True})["thread"]
    same("the turns that were read", [each["id"] for each in read["turns"]], [turn])
