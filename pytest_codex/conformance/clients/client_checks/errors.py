"""
What goes wrong reaches the client's user, with the text that tells why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.clients.plain import TEXT, TEXTS
from pytest_codex.conformance.clients.scene import Scene

from .suite import FACTS, check

if TYPE_CHECKING:
    from pytest_codex.conformance.clients.client import Client

CODES = {
    "parse-error": -32700,
    "invalid-request": -32600,
    "method-not-found": -32601,
    "invalid-params": -32602,
    "internal-error": -32603,
    "unknown-server-code": -32042,
    "unknown-code": 1234,
}


def _code(name: str) -> None:
    @check(
        f"errors/{name}",
        f"An error with the code {CODES[name]} reaches the user, with its text.",
        FACTS,
        methods=["thread/start"],
    )
    def code(client: Client) -> None:
        scene = Scene()
        scene.refuse(scene.asked("thread/start"), CODES[name], f"no: {name} 4711")
        client.perform("run", scene).failed("4711")


for _one in CODES:
    _code(_one)


@check(
    "errors/with-data",
    "An error with data of any shape reaches the user.",
    FACTS,
    methods=["turn/start"],
)
def with_data(client: Client) -> None:
    scene = Scene()
    thread = scene.thread()
    number = scene.asked("turn/start", threadId=thread.id)
    scene.refuse(number, -32603, "no: 4711", {"deep": [{"codexErrorInfo": None}, 1]})
    client.perform("run", scene).failed("4711")


@check(
    "errors/unknown-thread",
    "A thread that cannot be resumed is told.",
    FACTS,
    methods=["thread/resume"],
)
def unknown_thread(client: Client) -> None:
    scene = Scene()
    thread = scene.stranger().id
    number = scene.asked("thread/resume", threadId=thread)
    scene.refuse(number, -32600, f"no rollout found for thread id {thread}")
    client.perform("resume", scene, thread=thread).failed("no rollout found")


def _failed(error: Any, *, told: bool = True) -> Scene:
    scene = Scene()
    thread = scene.thread()
    turn = thread.turn()
    turn.message("Half of the ")
    thread.status("systemError")
    if told:
        turn.notify("error", error=error, willRetry=False)
    turn.completed("failed", error)
    return scene


KINDS: dict[str, Any] = {
    "other": "other",
    "usage-limit": "usageLimitExceeded",
    "http": {"httpConnectionFailed": {"httpStatusCode": 500}},
    "context-window": "contextWindowExceeded",
    "unauthorized": "unauthorized",
    "none": None,
}


def _kind(name: str) -> None:
    @check(
        f"errors/failed-turn-{name}",
        "A turn that failed is told as failed, with the text that tells why.",
        FACTS,
        notifications=["turn/completed", "error"],
    )
    def failed_turn(client: Client) -> None:
        kind = KINDS[name]
        error = {"message": "the model is away: 4711", "codexErrorInfo": kind}
        client.perform("run", _failed({**error, "additionalDetails": None})).failed("4711")


for _one in KINDS:
    _kind(_one)


@check(
    "errors/failed-turn-streamed",
    "Who follows a turn piece by piece is told that it failed, too.",
    FACTS,
    notifications=["turn/completed"],
)
def streamed(client: Client) -> None:
    error = {"message": "the model is away: 4711", "codexErrorInfo": "other"}
    client.perform("stream", _failed({**error, "additionalDetails": None})).failed("4711")


@check(
    "errors/failed-turn-without-error",
    "A turn that failed without saying why failed all the same.",
    FACTS,
    notifications=["turn/completed"],
)
def without_error(client: Client) -> None:
    client.perform("run", _failed(None, told=False)).reached("turn/start").failed()


@check(
    "errors/will-retry",
    "An error that the server tries to get over is not the end of the turn.",
    FACTS,
    notifications=["error"],
)
def will_retry(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    for attempt in (1, 2):
        text = f"Reconnecting... {attempt}/5"
        error = {"message": text, "codexErrorInfo": None, "additionalDetails": None}
        turn.notify("error", error=error, willRetry=True)
    turn.message(TEXT)
    turn.end()
    client.perform("run", scene).said(TEXT)


@check(
    "errors/second-turn-after-a-failed-one",
    "A thread goes on after a failed turn: no error is told twice.",
    FACTS,
    notifications=["turn/completed"],
)
def recovers(client: Client) -> None:
    scene = Scene()
    error = {"message": "the model is away", "codexErrorInfo": "other", "additionalDetails": None}
    threads = [scene.thread(), scene.thread()]
    first = threads[0].turn()
    scene.until("turn/start", 2, threads[0].id)
    first.notify("error", error=error, willRetry=True)
    first.message(TEXTS[0])
    first.end()
    second = threads[1].turn()
    second.message(TEXTS[1])
    second.end()
    seen = client.perform("two-threads", scene)
    for text, report in zip(TEXTS, seen.turns(), strict=False):
        seen.said(text, report)
