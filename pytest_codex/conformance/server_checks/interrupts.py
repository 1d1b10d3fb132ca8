"""
Ending a turn that is under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import MODEL, ended, has, only, same, story, texts, usable, word
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Steering and interrupts"


def _interrupt(client: Client, thread: str, turn: str) -> None:
    client.request("turn/interrupt", {"threadId": thread, "turnId": turn})


@check(
    "interrupts/ends-the-turn",
    "An interrupted turn ends as interrupted, without an error, and the thread is idle.",
    _FACTS,
    methods=["turn/interrupt"],
    notifications=["turn/completed", "thread/status/changed"],
    needs=MODEL,
)
def ends(server: Server) -> None:
    gate = server.model.hold("This will take a while")
    server.model.say("Back again.")
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread)
    client.notice("item/agentMessage/delta")
    _interrupt(client, thread, turn)
    has("the turn", client.completed(turn), status="interrupted", error=None)
    last = ["thread/status/changed idle", "turn/completed interrupted"]
    same("the last messages", story(client, thread)[-2:], last)
    gate.release()
    require(not client.said("error"), f"there came an error: {client.said('error')}")
    usable(client, thread)
    same("the last message", texts(client)[-1], "Back again.")


@check(
    "interrupts/silences-the-turn",
    "After the end of an interrupted turn nothing more of its message comes.",
    _FACTS,
    methods=["turn/interrupt"],
    needs=MODEL,
)
def silence(server: Server) -> None:
    gate = server.model.hold("One", rest=" two")
    server.model.say("Three.")
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread)
    client.notice("item/agentMessage/delta")
    _interrupt(client, thread, turn)
    client.completed(turn)
    since = len(client.messages)
    gate.release()
    usable(client, thread)
    late = [
        word(each)
        for each in client.messages[since:]
        if (each.get("params") or {}).get("turnId") == turn
    ]
    require(not late, f"after the end of the turn there came of it {late}")


@check(
    "interrupts/before-the-model-speaks",
    "A turn can be interrupted before the model has said anything.",
    _FACTS,
    methods=["turn/interrupt"],
    needs=MODEL,
)
def early(server: Server) -> None:
    gate = server.model.hold()
    server.model.say("Back again.")
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread)
    client.notice("item/completed", turnId=turn)
    _interrupt(client, thread, turn)
    ended(client.completed(turn), "interrupted")
    gate.release()


@check(
    "interrupts/running-command-goes-on",
    "A running command outlives the interrupt: its end is told later, with the old turn's id.",
    _FACTS,
    methods=["turn/interrupt"],
    notifications=["item/completed"],
    needs=MODEL,
)
def command_goes_on(server: Server) -> None:
    server.model.run("until [ -e go ]; do sleep 0.05; done; echo late > late.txt")
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread)
    client.wait(lambda m: word(m) == "item/started commandExecution", "the start of the command")
    # An interrupt while the model's answer is still being read takes the command along.
    client.notice("thread/tokenUsage/updated", turnId=turn)
    _interrupt(client, thread, turn)
    ended(client.completed(turn), "interrupted")
    (server.workspace / "go").touch()
    done = client.wait(
        lambda m: word(m) == "item/completed commandExecution",
        "the end of the command that outlives its turn",
    )
    same("the turn of the command's end", done["params"].get("turnId"), turn)
    require((server.workspace / "late.txt").exists(), "the command did not run to its end")


@check(
    "interrupts/idle-thread",
    "An interrupt on an idle thread harms no later turn, and is answered when one ends.",
    _FACTS,
    methods=["turn/interrupt"],
    needs=MODEL,
)
def idle(server: Server) -> None:
    server.model.say("One.").say("Two.")
    client = server.connect()
    thread = client.thread()
    turn = client.turn(thread)["id"]
    number = client.ask("turn/interrupt", {"threadId": thread, "turnId": turn})
    client.settle()
    usable(client, thread)
    answer = client.answer(number, "turn/interrupt")
    if "error" in answer:
        same("the code of the refusal", answer["error"].get("code"), -32600)
    same("the messages", texts(client), ["One.", "Two."])


@check(
    "interrupts/only-its-own-thread",
    "Interrupting one thread leaves the other's turn alone.",
    _FACTS,
    methods=["turn/interrupt"],
    needs=MODEL,
)
def own_thread(server: Server) -> None:
    gates = {text: server.model.script(text).hold(text, rest=" done") for text in ("left", "right")}
    client = server.connect()
    threads = {text: client.thread() for text in gates}
    turns = {text: client.start(thread, text) for text, thread in threads.items()}
    for thread in threads.values():
        client.notice("item/agentMessage/delta", threadId=thread)
    _interrupt(client, threads["left"], turns["left"])
    ended(client.completed(turns["left"]), "interrupted")
    for gate in gates.values():
        gate.release()
    ended(client.completed(turns["right"]))
    same("the messages", texts(client), ["right done"])


@check(
    "interrupts/history-tells-it",
    "The thread's history tells that a turn was interrupted.",
    _FACTS,
    methods=["turn/interrupt", "thread/read"],
    needs=MODEL,
)
def history(server: Server) -> None:
    gate = server.model.hold("This will take a while")
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread)
    client.notice("item/agentMessage/delta")
    _interrupt(client, thread, turn)
    client.completed(turn)
    gate.release()
    read = client.request("thread/read", {"threadId": thread, "includeTurns": True})["thread"]
    told = only("the turns of the thread", read["turns"])
    has("the turn in the history", told, id=turn, status="interrupted")
