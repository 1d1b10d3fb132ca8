"""
The order that always holds: what a client may build on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import (
    MODEL,
    follow,
    same,
    story,
    text_input,
    thread_of,
    word,
)
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_ORDER = "protocol-facts: Order that holds"
_PLAN_MODE = {
    "mode": "plan",
    "settings": {"model": "gpt-5.5", "reasoning_effort": None, "developer_instructions": None},
}


@check(
    "ordering/answer-before-thread-started",
    "The answer to thread/start comes before its thread/started.",
    _ORDER,
    methods=["thread/start"],
    notifications=["thread/started"],
)
def thread_started(server: Server) -> None:
    client = server.connect()
    number = client.ask("thread/start", {})
    thread = client.answer(number, "thread/start")["result"]["thread"]["id"]
    client.wait(
        lambda m: m.get("method") == "thread/started" and thread_of(m) == thread, "thread/started"
    )
    follow([word(each) for each in client.messages], f"answer {number}", "thread/started")


@check(
    "ordering/answer-before-turn-started",
    "The answer to turn/start comes before its turn/started.",
    _ORDER,
    methods=["turn/start"],
    notifications=["turn/started"],
    needs=MODEL,
)
def turn_started(server: Server) -> None:
    server.model.say("Hello.")
    client = server.connect()
    begin = {"threadId": client.thread(), "input": text_input("go")}
    number = client.ask("turn/start", begin)
    client.notice("turn/completed")
    follow([word(each) for each in client.messages], f"answer {number}", "turn/started")


@check(
    "ordering/status-around-a-turn",
    "turn/started follows the thread's status active, turn/completed its status idle, directly.",
    _ORDER,
    notifications=["thread/status/changed", "turn/started", "turn/completed"],
    needs=MODEL,
)
def status_around(server: Server) -> None:
    server.model.say("One.").say("Two.")
    client = server.connect()
    thread = client.thread()
    for _ in range(2):
        client.turn(thread)
    words = story(client, thread)
    expected = {
        "turn/started": "thread/status/changed active",
        "turn/completed completed": "thread/status/changed idle",
    }
    for each, before in expected.items():
        came = [words[place - 1] for place, said in enumerate(words) if said == each]
        same(f"what came before {each}, turn by turn", came, [before] * 2)


@check(
    "ordering/error-before-failed-turn",
    "A turn that fails tells its error before it is completed.",
    _ORDER,
    notifications=["error", "turn/completed"],
    needs=MODEL,
)
def error_first(server: Server) -> None:
    server.model.fail(400, message="No.")
    client = server.connect()
    thread = client.thread()
    client.turn(thread)
    words = story(client, thread)
    follow(words, "thread/status/changed systemError", "error", "turn/completed failed")
    same("the last messages", words[-2:], ["error", "turn/completed failed"])


def _deltas_inside(client: Client, method: str, kind: str) -> None:
    """
    Require that deltas come after the beginning of their item, and none after its end.
    """
    deltas = client.said(method)
    require(deltas, f"there came no {method}")
    for delta in deltas:
        own = delta["params"].get("itemId")
        words = [
            word(each)
            for each in client.messages
            if own in (_item_id(each), (each.get("params") or {}).get("itemId"))
        ]
        follow(words, f"item/started {kind}", method, f"item/completed {kind}")
        same(f"the last message about the {kind}", words[-1], f"item/completed {kind}")


def _item_id(message: object) -> object:
    params = message.get("params") if isinstance(message, dict) else None
    return ((params or {}).get("item") or {}).get("id")


@check(
    "ordering/message-deltas-inside-the-item",
    "Deltas of a message come after its item/started, and none after its item/completed.",
    _ORDER,
    notifications=["item/agentMessage/delta"],
    needs=MODEL,
)
def message_deltas(server: Server) -> None:
    server.model.stream("one two three")
    client = server.connect()
    client.turn(client.thread())
    client.settle()
    _deltas_inside(client, "item/agentMessage/delta", "agentMessage")


@check(
    "ordering/reasoning-deltas-inside-the-item",
    "Deltas of a reasoning summary lie between the beginning and the end of its item.",
    _ORDER,
    notifications=["item/reasoning/summaryTextDelta"],
    needs=MODEL,
)
def reasoning_deltas(server: Server) -> None:
    server.model.reason("Let me see.", then="I see.")
    client = server.connect()
    client.turn(client.thread(config={"model_reasoning_summary": "auto"}))
    client.settle()
    _deltas_inside(client, "item/reasoning/summaryTextDelta", "reasoning")


@check(
    "ordering/plan-deltas-inside-the-item",
    "Deltas of a proposed plan lie between the beginning and the end of its item.",
    _ORDER,
    methods=["turn/start"],
    notifications=["item/plan/delta"],
    needs=MODEL,
)
def plan_deltas(server: Server) -> None:
    server.model.stream("Here.\n<proposed_plan>\n- Look\n- Leap\n</proposed_plan>\n")
    client = server.connect()
    client.turn(client.thread(), collaborationMode=_PLAN_MODE)
    client.settle()
    _deltas_inside(client, "item/plan/delta", "plan")


@check(
    "ordering/output-inside-the-command",
    "What a command prints is told between the beginning and the end of its item.",
    _ORDER,
    notifications=["item/commandExecution/outputDelta"],
    needs=MODEL,
)
def output_deltas(server: Server) -> None:
    server.model.run("for i in 1 2 3 4; do echo $i; sleep 0.1; done").say("Counted.")
    client = server.connect()
    client.turn(client.thread())
    client.settle()
    _deltas_inside(client, "item/commandExecution/outputDelta", "commandExecution")


@check(
    "ordering/items-begin-once-and-end-once",
    "Each item of a turn is started once, completed once, and in this order.",
    _ORDER,
    notifications=["item/started", "item/completed"],
    needs=MODEL,
)
def once(server: Server) -> None:
    server.model.run("sleep 0.1").patch("*** Add File: a.txt\n+a\n").say("Done.")
    client = server.connect()
    client.turn(client.thread())
    client.settle()
    lives: dict[str, list[str]] = {}
    for each in client.said("item/started", "item/completed"):
        found = each["params"]["item"]
        lives.setdefault(f"{found['type']} {found['id']}", []).append(each["method"])
    same("the number of items", len(lives), 4)
    for name, life in lives.items():
        same(f"the life of {name}", life, ["item/started", "item/completed"])


@check(
    "ordering/messages-name-their-turn",
    "All messages between turn/started and turn/completed that name a turn name this one.",
    _ORDER,
    notifications=["item/started", "item/completed", "thread/tokenUsage/updated"],
    needs=MODEL,
)
def own_turn(server: Server) -> None:
    server.model.run("sleep 0.1").say("One.").say("Two.")
    client = server.connect()
    thread = client.thread()
    for _ in range(2):
        since = len(client.messages)
        turn = client.turn(thread)["id"]
        named = {
            word(each): each["params"]["turnId"]
            for each in client.messages[since:]
            if "turnId" in (each.get("params") or {})
        }
        require(named, "no message of the turn named it")
        wrong = {name: found for name, found in named.items() if found != turn}
        require(not wrong, f"during turn {turn} other turns were named: {wrong}")
