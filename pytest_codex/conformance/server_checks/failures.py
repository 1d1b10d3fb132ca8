"""
A model that fails: its turn fails with the reason, the thread does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import MODEL, ended, same, story, texts, usable
from .suite import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.conformance.client import Message
    from pytest_codex.conformance.server import Server
    from pytest_codex.model import ScriptedModel

_FACTS = "protocol-facts: When the model fails"
_RETRIES = {"model_providers": {"scripted": {"stream_max_retries": 1}}}


def _kind(error: Message) -> str:
    """
    The machine-readable reason of an error.
    """
    info = error.get("codexErrorInfo")
    return str(next(iter(info))) if isinstance(info, dict) else str(info)


def _fails(
    name: str,
    what: str,
    break_down: Callable[[ScriptedModel], object],
    message: str,
    *kinds: str,
) -> None:
    """
    Add the check of one failure.

    Args:
        what: The failure, in words.
        break_down: Scripts it.
        message: What the error's sentence has to contain.
        kinds: What ``codexErrorInfo`` may be.
    """

    @check(
        f"failures/{name}",
        f"When {what}, error and failed turn tell the same reason; the thread goes on.",
        _FACTS,
        notifications=["error", "turn/completed"],
        needs=MODEL,
    )
    def run(server: Server) -> None:
        break_down(server.model)
        server.model.say("Here I am again.")
        client = server.connect()
        thread = client.thread()
        turn = client.turn(thread)
        ended(turn, "failed")
        told = turn.get("error") or {}
        require(message in str(told.get("message")), f"the turn's error is {told}")
        require(_kind(told) in kinds, f"codexErrorInfo is {_kind(told)!r}, none of {kinds}")
        errors = [each["params"] for each in client.said("error")]
        same("willRetry of the errors", [each.get("willRetry") for each in errors], [False])
        same("the error that was told", errors[0]["error"], told)
        same("the turn of the error", errors[0].get("turnId"), turn["id"])
        usable(client, thread)
        same("the last message", texts(client)[-1], "Here I am again.")


_DISCONNECTED = ("responseStreamDisconnected", "other")

_fails(
    "bad-request",
    "the model refuses a request with HTTP 400",
    lambda model: model.fail(400, message="No such tool."),
    "No such tool.",
    "badRequest",
    "other",
)
_fails(
    "unauthorized",
    "the model answers with HTTP 401",
    lambda model: model.fail(401),
    "401",
    "httpConnectionFailed",
    "unauthorized",
    "other",
)
_fails(
    "rate-limited",
    "the model answers with HTTP 429",
    lambda model: model.fail(429, code="rate_limit_exceeded"),
    "429",
    "responseTooManyFailedAttempts",
)
_fails(
    "server-error",
    "the model answers with HTTP 500",
    lambda model: model.fail(500),
    "",
    "internalServerError",
)
_fails(
    "unavailable",
    "the model answers with HTTP 503",
    lambda model: model.fail(503),
    "503",
    "httpConnectionFailed",
    "other",
)
_fails(
    "cut-stream",
    "the connection to the model is lost in the middle of an answer",
    lambda model: model.cut("It began we"),
    "stream disconnected before completion",
    *_DISCONNECTED,
)
_fails(
    "malformed-stream",
    "the model sends what is no event",
    lambda model: model.malformed(),
    "before response.completed",
    *_DISCONNECTED,
)
_fails(
    "incomplete-answer",
    "the model stops early",
    lambda model: model.incomplete("It began we"),
    "max_output_tokens",
    *_DISCONNECTED,
)
_fails(
    "quota-exceeded",
    "the model's quota is used up",
    lambda model: model.failed("insufficient_quota", "Pay."),
    "uota",
    "usageLimitExceeded",
    "other",
)


@check(
    "failures/context-window",
    "When the context window is full, the turn says so, and the thread is compacted to go on.",
    _FACTS,
    notifications=["error", "turn/completed"],
    needs=MODEL,
)
def context_window(server: Server) -> None:
    server.model.failed("context_length_exceeded", "Too long.")
    server.model.say("A summary.").say("Here I am again.")
    client = server.connect()
    thread = client.thread()
    turn = client.turn(thread)
    ended(turn, "failed")
    same("codexErrorInfo", _kind(turn["error"]), "contextWindowExceeded")
    usable(client, thread)
    same("the number of compactions", len(client.items("contextCompaction")), 1)
    same("the last message", texts(client)[-1], "Here I am again.")


@check(
    "failures/retry-is-told",
    "A stream that is lost is tried again when retries are allowed; the client is told so.",
    _FACTS,
    notifications=["error"],
    needs=MODEL,
)
def retries(server: Server) -> None:
    server.configure(_RETRIES)
    server.model.cut("It began we").say("It works.")
    client = server.connect()
    ended(client.turn(client.thread()))
    errors = [each["params"] for each in client.said("error")]
    same("willRetry of the errors", [each.get("willRetry") for each in errors], [True])
    same("the last message", texts(client)[-1], "It works.")


@check(
    "failures/retries-end",
    "When the last retry is lost, too, the turn fails.",
    _FACTS,
    notifications=["error", "turn/completed"],
    needs=MODEL,
)
def retries_end(server: Server) -> None:
    server.configure(_RETRIES)
    server.model.cut().cut()
    client = server.connect()
    ended(client.turn(client.thread()), "failed")
    errors = [each["params"]["willRetry"] for each in client.said("error")]
    same("willRetry of the errors", errors, [True, False])


@check(
    "failures/status-tells-it",
    "A failed turn leaves its thread in the status systemError until the next turn begins.",
    _FACTS,
    notifications=["thread/status/changed"],
    needs=MODEL,
)
def status(server: Server) -> None:
    server.model.fail(400).say("Here I am again.")
    client = server.connect()
    thread = client.thread()
    client.turn(thread)
    read = client.request("thread/read", {"threadId": thread})["thread"]
    same("the status of the thread", (read.get("status") or {}).get("type"), "systemError")
    usable(client, thread)
    changes = [each for each in story(client, thread) if each.startswith("thread/status/changed")]
    expected = ["active", "systemError", "active", "idle"]
    same("the statuses", [each.split()[1] for each in changes], expected)
