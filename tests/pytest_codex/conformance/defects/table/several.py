"""
Several things at once, and failures of the model, told wrongly.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.pytest_codex.conformance.defects.kit import (
    Behaviour,
    Defect,
    Line,
    Message,
    Seen,
    became,
    change,
    done,
    drop,
    get,
    put,
    result,
    rewrite,
    says,
    turned,
)

_STATUS = "result.thread.status.type"


class _OneAtATime(Behaviour):
    """
    Speaks of one thread at a time: of another only when its turn is over.
    """

    def __init__(self) -> None:
        self._busy: str | None = None
        self._kept: list[Message] = []

    def server(self, seen: Seen) -> Iterable[Line]:
        thread = get(seen.message, "params.threadId")
        if thread is None:
            return (seen.message,)
        if seen.method == "turn/started" and self._busy is None:
            self._busy = thread
        if self._busy not in (None, thread):
            self._kept.append(seen.message)
            return ()
        if seen.method == "turn/completed":
            self._busy, kept, self._kept = None, self._kept, []
            return (seen.message, *kept)
        return (seen.message,)


class _Mixes(Behaviour):
    """
    Gives the text of one thread's message to the other's.
    """

    def __init__(self) -> None:
        self._said: str | None = None

    def server(self, seen: Seen) -> Iterable[Line]:
        item = get(seen.message, "params.item") or {}
        if seen.method != "item/completed" or item.get("type") != "agentMessage":
            return (seen.message,)
        before, self._said = self._said, item["text"]
        if before is None:
            return (seen.message,)
        params = {**seen.message["params"], "item": {**item, "text": before}}
        return ({**seen.message, "params": params},)


class _OneId(Behaviour):
    """
    Gives every thread the id of the first.
    """

    def __init__(self) -> None:
        self._first: str | None = None

    def server(self, seen: Seen) -> Iterable[Line]:
        if seen.kind != "result" or seen.method != "thread/start":
            return (seen.message,)
        thread = seen.message["result"]["thread"]
        self._first = self._first or thread["id"]
        made = {**seen.message["result"], "thread": {**thread, "id": self._first}}
        return ({**seen.message, "result": made},)


_FAILURES = {
    *("failures/bad-request", "failures/unauthorized", "failures/rate-limited"),
    *("failures/server-error", "failures/unavailable", "failures/cut-stream"),
    *("failures/malformed-stream", "failures/incomplete-answer", "failures/quota-exceeded"),
}

DEFECTS = (
    Defect(
        "one-thread-at-a-time",
        "A thread is silent until the turn of another is over.",
        _OneAtATime,
        fails={"concurrency/two-threads-stream", "concurrency/one-lane-per-thread"},
        live=True,
    ),
    Defect(
        "mixes-threads",
        "Of two messages the second has the text of the first.",
        _Mixes,
        fails={"concurrency/one-lane-per-thread"},
    ),
    Defect(
        "one-id-for-two-threads",
        "Two threads have one id.",
        _OneId,
        fails={"concurrency/requests-written-ahead"},
    ),
    Defect(
        "reads-wait-for-the-turn",
        "Who reads a thread at work is told that it is idle.",
        change(result("thread/read"), put(_STATUS, "idle")),
        fails={"concurrency/reads-beside-a-turn", "failures/status-tells-it"},
        live=True,
    ),
    Defect(
        "threads-of-one-process",
        "A thread of one process is not found by another.",
        change(result("thread/list"), put("result.data", [])),
        fails={"concurrency/two-processes-of-one-home"},
    ),
    Defect(
        "threads-of-everyone",
        "A thread of one process is loaded in the other.",
        change(
            result("thread/loaded/list"),
            put("result.data", ["00000001-0000-7000-8000-000000000000"]),
        ),
        fails={"process/two-at-once"},
    ),
    Defect(
        "turn-fails-without-a-reason",
        "A failed turn does not tell its error.",
        change(turned("failed"), put("params.turn.error", None)),
        fails=_FAILURES,
    ),
    Defect(
        "errors-are-not-told",
        "error is never sent.",
        drop(says("error")),
        fails={
            "ordering/error-before-failed-turn",
            "failures/retry-is-told",
            "failures/retries-end",
            "failures/bad-request",
        },
    ),
    Defect(
        "will-always-retry",
        "Every error says that it will be tried again.",
        change(says("error"), put("params.willRetry", True)),
        fails={"failures/retries-end", "failures/bad-request"},
    ),
    Defect(
        "will-never-retry",
        "No error says that it will be tried again.",
        change(says("error"), put("params.willRetry", False)),
        fails={"failures/retries-end", "failures/retry-is-told"},
    ),
    Defect(
        "every-error-is-another",
        "The machine-readable reason of an error is always unknown.",
        change(
            turned("failed"),
            rewrite("params.turn.error", lambda told: {**told, "codexErrorInfo": "surprise"}),
        ),
        fails={"failures/context-window", "failures/bad-request"},
    ),
    Defect(
        "compacts-in-silence",
        "The compaction of a full context is no item.",
        drop(done("contextCompaction")),
        fails={"failures/context-window"},
    ),
    Defect(
        "failed-thread-is-idle",
        "A thread whose turn failed becomes idle.",
        change(became("systemError"), put("params.status.type", "idle")),
        fails={"failures/status-tells-it", "ordering/error-before-failed-turn"},
    ),
    Defect(
        "failed-turn-is-completed",
        "A turn that failed ends as completed.",
        change(turned("failed"), put("params.turn.status", "completed")),
        fails={*_FAILURES, "failures/context-window", "failures/retries-end"},
    ),
)
