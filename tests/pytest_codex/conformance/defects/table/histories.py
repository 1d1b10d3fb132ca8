"""
Broken histories of threads.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.pytest_codex.conformance.defects.kit import (
    Behaviour,
    Defect,
    Message,
    Seen,
    accepts,
    at,
    change,
    drop,
    error,
    get,
    hears,
    put,
    result,
    rewrite,
    says,
)

_NOBODY = "01a1fcaa-0000-7000-8000-000000000009"
_TURNS = "result.thread.turns"


class _Talks(Behaviour):
    """
    Tells everything of a thread that was unsubscribed.
    """

    def __init__(self) -> None:
        self._left: str | None = None

    def server(self, seen: Seen) -> Iterable[Message]:
        message = seen.message
        if get(message, "result.status") == "unsubscribed":
            self._left = ""
        idle = get(message, "params.status.type") == "idle"
        if self._left is not None and seen.method == "thread/status/changed" and idle:
            told = {"threadId": message["params"]["threadId"]}
            return ({"method": "turn/completed", "params": {**told, "turn": {"id": "x"}}}, message)
        return (message,)


DEFECTS = (
    Defect(
        "archives-in-silence",
        "thread/archived is never sent.",
        drop(says("thread/archived")),
        fails={"threads/archive"},
    ),
    Defect(
        "archives-nothing",
        "Archived threads are not among the archived ones.",
        hears(lambda m: get(m, "params.archived") is True, lambda m: ({**m, "params": {}},)),
        fails={"threads/archive"},
        live=True,
    ),
    Defect(
        "stays-loaded",
        "The status of an archived thread does not change.",
        drop(says("thread/status/changed").where(at("params.status.type", "notLoaded"))),
        fails={"threads/archive"},
    ),
    Defect(
        "archives-twice",
        "A thread can be archived twice.",
        accepts(error("thread/archive")),
        fails={"threads/archive"},
    ),
    Defect(
        "brings-back-in-silence",
        "thread/unarchived is never sent.",
        drop(says("thread/unarchived")),
        fails={"threads/unarchive"},
    ),
    Defect(
        "brings-back-twice",
        "A thread that is not archived can be brought back.",
        accepts(error("thread/unarchive"), {"thread": {"id": _NOBODY}}),
        fails={"threads/unarchive"},
    ),
    Defect(
        "deletes-in-silence",
        "thread/deleted is never sent.",
        drop(says("thread/deleted")),
        fails={"threads/delete"},
    ),
    Defect(
        "deletes-twice",
        "A thread can be deleted twice.",
        accepts(error("thread/delete")),
        fails={"threads/delete"},
    ),
    Defect(
        "forks-from-nowhere",
        "A fork does not tell where it came from.",
        change(result("thread/fork"), put("result.thread.forkedFromId", None)),
        fails={"threads/fork"},
    ),
    Defect(
        "forks-without-turns",
        "A fork has no turns.",
        change(result("thread/fork"), put(_TURNS, [])),
        fails={"threads/fork", "threads/fork-earlier"},
    ),
    Defect(
        "forks-always-whole",
        "lastTurnId and beforeTurnId are ignored.",
        change(
            result("thread/fork"),
            rewrite(_TURNS, lambda turns: [*turns, {}, {}][:2]),
        ),
        fails={"threads/fork-earlier"},
    ),
    Defect(
        "turns-in-one-page",
        "thread/turns/list tells the oldest turn again and again.",
        change(result("thread/turns/list"), put("result.data.0.id", "the-same")),
        fails={"threads/turns-list"},
    ),
    Defect(
        "reverts-too-little",
        "thread/revert takes back only the last turn.",
        change(
            result("thread/read").where(lambda m: len(get(m, _TURNS) or ()) == 1),
            rewrite(_TURNS, lambda turns: turns * 2),
        ),
        fails={"threads/revert"},
    ),
    Defect(
        "resumes-without-history",
        "A resumed thread has no turns.",
        change(result("thread/resume"), put(_TURNS, [])),
        fails={"threads/resume-in-a-new-process"},
    ),
    Defect(
        "resumes-by-itself",
        "A thread that nobody resumed is told as idle.",
        change(
            result("thread/read").where(at("result.thread.status.type", "notLoaded")),
            put("result.thread.status", {"type": "idle"}),
        ),
        fails={"threads/resume-in-a-new-process"},
    ),
    Defect(
        "resumes-with-all",
        "excludeTurns is ignored.",
        change(
            result("thread/resume").where(at(_TURNS, [])),
            put(_TURNS, [{"id": "t", "items": []}]),
        ),
        fails={"threads/resume-without-turns"},
    ),
    Defect(
        "two-writers",
        "A thread that is loaded in one process is resumed in another.",
        accepts(
            error("thread/resume").where(lambda m: "writer" in m["error"]["message"]),
            {"thread": {"id": _NOBODY}},
        ),
        fails={"threads/one-writer"},
    ),
    Defect(
        "talks-to-those-who-left",
        "Who unsubscribed is told of the thread's turns.",
        _Talks,
        fails={"threads/unsubscribe"},
    ),
    Defect(
        "unsubscribes-twice",
        "A second thread/unsubscribe says the same as the first.",
        change(
            result("thread/unsubscribe").where(at("result.status", "notSubscribed")),
            put("result.status", "unsubscribed"),
        ),
        fails={"threads/unsubscribe"},
    ),
)
