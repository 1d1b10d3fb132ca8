"""
What a newer server says, and an older client does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.clients.plain import TEXT
from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.clients.threads import NOW
from pytest_codex.conformance.outcomes import require

from .suite import FACTS, check

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.conformance.clients.client import Client
    from pytest_codex.conformance.clients.threads import Turn

NEW = {"somethingNew": {"deep": [1, None, "x"]}}


def _in_turn(disturb: Callable[[Turn], None]) -> Scene:
    """
    A turn in which something happens before the agent speaks.
    """
    scene = Scene()
    turn = scene.thread().turn()
    disturb(turn)
    turn.message(TEXT)
    turn.end()
    return scene


def _global(turn: Turn) -> None:
    turn.scene.notify("somethingNew/happened", value=1, **NEW)


def _of_thread(turn: Turn) -> None:
    turn.thread.notify("thread/somethingNew", **NEW)


def _of_turn(turn: Turn) -> None:
    turn.notify("item/somethingNew/delta", itemId="x", delta="y")


def _bare(turn: Turn) -> None:
    turn.scene.say({"method": "somethingNew/bare"})


def _item(turn: Turn) -> None:
    turn.item({"type": "somethingNew", "text": "not an answer", **NEW})


def _status(turn: Turn) -> None:
    turn.thread.notify("thread/status/changed", status={"type": "dreaming", **NEW})


def _item_status(turn: Turn) -> None:
    command = {"type": "commandExecution", "command": "ls", "cwd": "/workspace"}
    turn.item({**command, "status": "paused", "commandActions": [], "aggregatedOutput": None})


def _phase(turn: Turn) -> None:
    turn.message("Thinking aloud.", phase="musing")


def _fields(turn: Turn) -> None:
    turn.notify("warning", message="careful", **NEW)
    turn.item({"type": "reasoning", "summary": [], "content": [], **NEW})
    tokens = {"totalTokens": 1, "inputTokens": 1, "cachedInputTokens": 0, "outputTokens": 0}
    usage = {**tokens, "reasoningOutputTokens": 0, **NEW}
    turn.notify("thread/tokenUsage/updated", tokenUsage={"last": usage, "total": usage, **NEW})


NOTICES: dict[str, tuple[str, Callable[[Turn], None]]] = {
    "notification": ("A notification of no known method", _global),
    "notification-of-a-thread": ("An unknown notification about the thread", _of_thread),
    "notification-of-a-turn": ("An unknown notification about the turn", _of_turn),
    "notification-without-params": ("An unknown notification without params", _bare),
    "item-type": ("An item of an unknown type", _item),
    "thread-status": ("An unknown status of the thread", _status),
    "item-status": ("An unknown status of an item", _item_status),
    "message-phase": ("An unknown phase of a message", _phase),
    "fields-of-notifications": ("Unknown fields of notifications", _fields),
}


def _notice(name: str) -> None:
    what, disturb = NOTICES[name]

    @check(f"unknowns/{name}", f"{what} does not disturb the turn.", FACTS)
    def notice(client: Client) -> None:
        client.perform("run", _in_turn(disturb)).said(TEXT)


for _one in NOTICES:
    _notice(_one)

ANSWERS: dict[str, dict[str, Any]] = {
    "fields-of-answers": {**NEW},
    "approval-policy": {"approvalPolicy": "sometimes"},
    "approvals-reviewer": {"approvalsReviewer": "committee"},
    "sandbox": {"sandbox": {"type": "somethingNew", "level": 3}},
    "reasoning-effort": {"reasoningEffort": "heroic"},
}


def _answer(name: str) -> None:
    @check(
        f"unknowns/{name}",
        "A thread starts although its answer has a value that the client does not know.",
        FACTS,
        methods=["thread/start"],
    )
    def answer(client: Client) -> None:
        scene = Scene()
        turn = scene.thread(extra=ANSWERS[name]).turn(extra=NEW)
        turn.message(TEXT)
        turn.end()
        client.perform("run", scene).said(TEXT)


for _one in ANSWERS:
    _answer(_one)


@check(
    "unknowns/turn-status",
    "A turn that is over is over, whatever its status; the wait for it ends.",
    FACTS,
    notifications=["turn/completed"],
)
def turn_status(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    turn.message(TEXT)
    turn.end("postponed")
    client.perform("run", scene).ended().reached("turn/start")


@check(
    "unknowns/error-kind",
    "A failed turn is told although the kind of its error is not known.",
    FACTS,
    notifications=["turn/completed"],
)
def error_kind(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    error = {"message": "the moon is wrong: 4711", "codexErrorInfo": "moonPhase"}
    turn.end("failed", {**error, "additionalDetails": None})
    client.perform("run", scene).failed("4711")


@check(
    "unknowns/server-request",
    "A request of the server that the client does not know is answered with an error.",
    FACTS,
)
def server_request(client: Client) -> None:
    scene = Scene()
    thread = scene.thread()
    turn = thread.turn()
    number = turn.ask("item/somethingNew/request", {"threadId": thread.id, "turnId": turn.id})
    turn.message(TEXT)
    turn.end()
    seen = client.perform("run", scene)
    answers = seen.answers(number)
    require(answers, "the client did not answer a request that it does not know")
    seen.said(TEXT)
    require("error" in answers[0], f"it has to be answered with an error, not {answers[0]}")


@check("unknowns/stray-answer", "An answer to nothing is no trouble.", FACTS)
def stray_answer(client: Client) -> None:
    def disturb(turn: Turn) -> None:
        turn.scene.raw(b'{"id": "nobody-asked", "result": {}}\n', turn.thread.id)

    client.perform("run", _in_turn(disturb)).said(TEXT)


@check("unknowns/time", "The time a message was sent at is no trouble, wherever it is.", FACTS)
def time(client: Client) -> None:
    def disturb(turn: Turn) -> None:
        turn.scene.say({"method": "warning", "params": {"message": "x"}, "sentAt": f"{NOW}"})

    client.perform("run", _in_turn(disturb)).said(TEXT)
