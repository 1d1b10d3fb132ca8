"""
Broken threads.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from tests.pytest_codex.conformance.defects.kit import (
    Behaviour,
    Defect,
    Message,
    Seen,
    accepts,
    at,
    before,
    change,
    drop,
    error,
    get,
    hears,
    late,
    lose,
    put,
    result,
    rewrite,
    says,
)

_NOBODY = "01a1fcaa-0000-7000-8000-000000000009"
_START = "thread/start"


class _ListsAtOnce(Behaviour):
    """
    Lists threads that have no turn yet, instead of none.
    """

    def server(self, seen: Seen) -> Iterable[Message]:
        message = seen.message
        if seen.kind == "result" and seen.method == "thread/list" and not message["result"]["data"]:
            return ({**message, "result": {**message["result"], "data": [{"id": _NOBODY}]}},)
        return (message,)


class _OneId(Behaviour):
    """
    Gives every second thread the id of the first.
    """

    def __init__(self) -> None:
        self._first: str | None = None

    def server(self, seen: Seen) -> Iterable[Message]:
        if seen.kind == "result" and seen.method == _START:
            message = copy.deepcopy(seen.message)
            self._first = self._first or message["result"]["thread"]["id"]
            put("result.thread.id", self._first)(message)
            return (message,)
        return (seen.message,)


def _turned_round(message: Message) -> None:
    message["result"]["data"].reverse()


def _first_only(message: Message) -> None:
    message["result"]["nextCursor"] = None


DEFECTS = (
    Defect(
        "begins-active",
        "A new thread is told as active.",
        change(result(_START), put("result.thread.status", {"type": "active", "activeFlags": []})),
        fails={"threads/start"},
    ),
    Defect(
        "begins-elsewhere",
        "A new thread works in another directory than the server.",
        change(result(_START), put("result.thread.cwd", "/")),
        fails={"threads/start"},
    ),
    Defect(
        "starts-in-silence",
        "thread/started is never sent.",
        drop(says("thread/started")),
        fails={"threads/started-follows-the-answer", "threads/fork"},
    ),
    Defect(
        "starts-before-its-answer",
        "thread/started comes before the answer to thread/start.",
        late(result(_START), says("thread/started")),
        fails={"threads/started-follows-the-answer"},
    ),
    Defect(
        "one-thread-id-for-all",
        "Two threads have the same id.",
        _OneId,
        fails={"threads/ids-are-unique"},
    ),
    Defect(
        "ignores-settings",
        "The approval policy given to thread/start is not used.",
        change(
            result(_START).where(at("result.approvalPolicy", "never")),
            put("result.approvalPolicy", "on-request"),
        ),
        fails={"threads/settings-are-honoured", "config/overrides"},
    ),
    Defect(
        "tells-turns-always",
        "thread/read tells turns though nobody asked.",
        change(
            result("thread/read").where(
                lambda m: not m["result"]["thread"]["turns"] and m["result"]["thread"]["preview"]
            ),
            put("result.thread.turns", [{"id": "t", "items": []}]),
        ),
        fails={"threads/read"},
    ),
    Defect(
        "tells-no-items",
        "thread/read tells turns without their items.",
        change(
            result("thread/read").where(at("result.thread.turns.0")),
            put("result.thread.turns.0.items", []),
        ),
        fails={"threads/read"},
    ),
    Defect(
        "lists-before-the-first-turn",
        "A thread is listed before its first turn.",
        _ListsAtOnce,
        fails={"threads/listed-from-their-first-turn-on", "threads/ephemeral"},
    ),
    Defect(
        "lists-the-oldest-first",
        "thread/list begins with the oldest thread.",
        change(result("thread/list"), _turned_round),
        fails={"threads/listed-from-their-first-turn-on"},
    ),
    Defect(
        "has-one-page",
        "thread/list never tells a second page.",
        change(result("thread/list"), _first_only),
        fails={"threads/pages"},
    ),
    Defect(
        "finds-everything",
        "A search of threads finds all of them.",
        hears(
            lambda m: get(m, "params.searchTerm") == "apples",
            lambda m: ({**m, "params": {}},),
        ),
        fails={"threads/search"},
        live=True,
    ),
    Defect(
        "names-in-silence",
        "thread/name/updated is never sent.",
        drop(says("thread/name/updated")),
        fails={"threads/name"},
    ),
    Defect(
        "forgets-names",
        "thread/list does not tell names.",
        change(result("thread/list").where(at("result.data.0.name")), lose("result.data.0.name")),
        fails={"threads/name"},
    ),
    Defect(
        "any-name-will-do",
        "An empty name is accepted.",
        accepts(error("thread/name/set")),
        fails={"threads/name"},
    ),
    Defect(
        "keeps-everything",
        "An ephemeral thread can be resumed.",
        accepts(error("thread/resume"), {"thread": {"id": _NOBODY}}),
        fails={"threads/ephemeral", "threads/archive", "threads/delete", "threads/one-writer"},
    ),
    Defect(
        "metadata-is-lost",
        "What thread/metadata/update set is not told.",
        change(
            result("thread/read").where(at("result.thread.gitInfo.branch", "a-branch")),
            rewrite("result.thread.gitInfo", lambda _: None),
        ),
        fails={"threads/metadata"},
    ),
    Defect(
        "updates-nothing-gladly",
        "thread/metadata/update without a field is accepted.",
        accepts(error("thread/metadata/update")),
        fails={"threads/metadata"},
    ),
    Defect(
        "greets-with-a-stranger",
        "thread/started tells another thread first.",
        before(
            says("thread/started"),
            {"method": "thread/started", "params": {"thread": {"id": _NOBODY}}},
        ),
        fails={"threads/started-follows-the-answer"},
    ),
)
