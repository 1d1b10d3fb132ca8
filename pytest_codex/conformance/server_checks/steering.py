"""
Saying something to a turn that is under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import (
    ASK_USER,
    COMMAND_APPROVAL,
    ESCALATED,
    MODEL,
    NO_TURN,
    ended,
    same,
    text_input,
    texts,
)
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Steering and interrupts"
_INVALID = -32600


def _steer(client: Client, thread: str, turn: str, text: str = "In French.") -> Message:
    params = {"threadId": thread, "expectedTurnId": turn, "input": text_input(text)}
    return dict(client.call("turn/steer", params))


def _refused(answer: Message) -> str:
    """
    The sentence of a refusal.
    """
    require("error" in answer, f"turn/steer was accepted: {answer}")
    same("the code", answer["error"].get("code"), _INVALID)
    return str(answer["error"].get("message"))


def _said_by_user(client: Client) -> list[str]:
    return [each["content"][0]["text"] for each in client.items("userMessage")]


@check(
    "steering/joins-the-turn",
    "What is steered joins the turn: it is an item of it, and the model reads it.",
    _FACTS,
    methods=["turn/steer"],
    notifications=["item/started"],
    needs=MODEL,
)
def joins(server: Server) -> None:
    gate = server.model.hold("Roses are red")
    server.model.decide(lambda call: call.user_texts[-1])
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread, "Write a poem.")
    client.notice("item/agentMessage/delta")
    answer = _steer(client, thread, turn)
    gate.release()
    require("result" in answer, f"turn/steer was refused: {answer.get('error')}")
    same("the turn in the answer", answer["result"].get("turnId"), turn)
    ended(client.completed(turn))
    same("what the user said", _said_by_user(client), ["Write a poem.", "In French."])
    same("the last message", texts(client)[-1], "In French.")
    same("the number of turns", len(client.said("turn/started")), 1)


@check(
    "steering/wrong-turn-is-refused",
    "Steering another turn than the active one is refused, and the active one goes on.",
    _FACTS,
    methods=["turn/steer"],
    needs=MODEL,
)
def wrong_turn(server: Server) -> None:
    gate = server.model.hold("Working", rest=" and done.")
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread)
    client.notice("item/agentMessage/delta")
    refusal = _refused(_steer(client, thread, NO_TURN))
    gate.release()
    for each in (NO_TURN, turn):
        require(each in refusal, f"the refusal does not name turn {each}: {refusal!r}")
    ended(client.completed(turn))
    same("the messages", texts(client), ["Working and done."])


@check(
    "steering/idle-thread-is-refused",
    "A thread without an active turn cannot be steered.",
    _FACTS,
    methods=["turn/steer"],
    needs=MODEL,
)
def idle(server: Server) -> None:
    server.model.say("Done.")
    client = server.connect()
    thread = client.thread()
    turn = client.turn(thread)["id"]
    refusal = _refused(_steer(client, thread, turn))
    require("no active turn" in refusal, f"the refusal says {refusal!r}")


@check(
    "steering/second-turn-joins-the-first",
    "turn/start on a busy thread begins no turn: its input joins the active one.",
    _FACTS,
    methods=["turn/start"],
    needs=MODEL,
)
def second_turn(server: Server) -> None:
    gate = server.model.hold("First")
    server.model.decide(lambda call: call.user_texts[-1])
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread, "One.")
    client.notice("item/agentMessage/delta")
    joined = client.start(thread, "Two.")
    gate.release()
    same("the turn that was joined", joined, turn)
    ended(client.completed(turn))
    client.settle()
    same("the number of turns", len(client.said("turn/started")), 1)
    same("the last message", texts(client)[-1], "Two.")


@check(
    "steering/while-an-approval-is-open",
    "Steering a turn that waits for an approval leaves the question open; both are heard.",
    _FACTS,
    methods=["turn/steer"],
    notifications=[COMMAND_APPROVAL, "serverRequest/resolved"],
    needs=MODEL,
)
def during_approval(server: Server) -> None:
    server.model.run(ESCALATED, escalate=True)
    server.model.decide(lambda call: call.user_texts[-1])
    client = server.connect()
    thread = client.thread(**ASK_USER)
    turn = client.start(thread)
    asked = client.notice(COMMAND_APPROVAL)
    answer = _steer(client, thread, turn, "And hurry.")
    require("result" in answer, f"turn/steer was refused: {answer.get('error')}")
    client.settle()
    resolved = client.said("serverRequest/resolved")
    require(not resolved, f"the question was resolved without an answer: {resolved}")
    client.send({"id": asked["id"], "result": {"decision": "accept"}})
    ended(client.completed(turn))
    same("the last message", texts(client)[-1], "And hurry.")
    require((server.workspace / "escalated.txt").exists(), "the accepted command did not run")
