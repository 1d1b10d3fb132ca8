"""
Read messages into threads, turns and items; each message is looked at once.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from fake_server.methods import CREATING

from .notes import Failure, Notice, Plan, Usage
from .records import (
    AskRecord,
    ThreadRecord,
    TurnRecord,
    answer,
    children_of,
    fail,
    failure_of,
    turns_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.wire import Message

    from .sources import Source

_DELTAS = {
    "item/agentMessage/delta": "text",
    "item/plan/delta": "text",
    "item/commandExecution/outputDelta": "output",
    "item/reasoning/summaryTextDelta": "text",
    "item/reasoning/textDelta": "content",
}
_NOTICES = frozenset({"warning", "guardianWarning", "deprecationNotice", "configWarning"})
_KNOWING = CREATING | {"thread/resume"}
_REVIEW = "item/autoApprovalReview"


class Reader:
    """
    Everything known of a session, brought up to date whenever somebody looks.

    Attributes:
        threads: All threads by id, in the order they were first told of.
        loose: What happened outside of any thread.
        seen: How many messages have been read.
    """

    def __init__(self, source: Source) -> None:
        self.threads: dict[str, ThreadRecord] = {}
        self.loose: list[Any] = []
        self.seen = 0
        self._source = source
        self._lock = threading.Lock()
        self._ended = 0
        self._asked: dict[tuple[int, str], tuple[str, dict[str, Any]]] = {}
        self._waiting: dict[tuple[int, str], AskRecord] = {}
        self._reviews: dict[str, AskRecord] = {}
        self._told: dict[tuple[int, str], Counter[int]] = {}

    def refresh(self) -> int:
        """
        Read what has come since.

        Returns:
            How many messages have been read.
        """
        with self._lock:
            for message in self._source.since(self.seen):
                self.seen += 1
                if isinstance(message.body, dict):
                    self._read(message)
            return self.seen

    def messages(self) -> list[Message]:
        """
        All messages until now.
        """
        with self._lock:
            return list(self._source.since(0))

    @property
    def turns(self) -> list[TurnRecord]:
        """
        All turns: thread by thread, in order.
        """
        return [turn for thread in self.threads.values() for turn in turns_of(thread)]

    def _read(self, message: Message) -> None:
        conn, sender, body = message
        method = body.get("method")
        number = (conn, repr(body.get("id")))
        if sender == "client":
            if isinstance(method, str):
                if "id" in body:
                    self._asked[number] = (method, _object(body.get("params")))
            elif "id" in body and number in self._waiting:
                answer(self._waiting.pop(number), body)
        elif not isinstance(method, str):
            if number in self._asked:
                self._read_response(*self._asked.pop(number), body)
        elif "id" in body:
            params = _object(body.get("params"))
            # Clients that listen to one thread together are all asked; one of them answers.
            same = [
                ask
                for (other, _), ask in self._waiting.items()
                if other != conn and ask.method == method and ask.params == params
            ]
            self._waiting[number] = same[0] if same else self._ask(method, params)
        else:
            handler = _HANDLERS.get(method)
            if handler is not None:
                handler(self, conn, method, _object(body.get("params")))

    # -- who is meant ------------------------------------------------------------

    def thread(self, name: object) -> ThreadRecord:
        """
        The thread of that id, which may not have been heard of before.
        """
        found = name if isinstance(name, str) else ""
        if found not in self.threads:
            self.threads[found] = ThreadRecord(found, len(self.threads) + 1)
        return self.threads[found]

    def turn(self, thread: ThreadRecord, name: object, root: object = None) -> TurnRecord:
        """
        The turn of that id; a review begins under another id than it was asked for.
        """
        found = name if isinstance(name, str) else ""
        known = thread.turns.get(found)
        if known is None and isinstance(root, str):
            known = thread.turns.get(root)
        if known is None:
            thread.count += 1
            known = thread.last = TurnRecord(found, thread, thread.count)
            known.cwd = thread.cwd
        thread.turns[found] = known
        return known

    def _knows(self, params: dict[str, Any]) -> bool:
        name = params.get("threadId")
        return isinstance(name, str) and name in self.threads

    def _place(self, params: dict[str, Any]) -> tuple[ThreadRecord | None, TurnRecord | None]:
        if not isinstance(params.get("threadId"), str):
            return None, None
        thread = self.thread(params["threadId"])
        if not isinstance(params.get("turnId"), str):
            return thread, None
        return thread, self.turn(thread, params["turnId"])

    def _log(self, params: dict[str, Any]) -> list[Any]:
        """
        Where to note something: in its turn, else in the thread's turn under way.
        """
        thread, turn = self._place(params)
        if thread is None:
            return self.loose
        if turn is None and thread.last is not None and thread.last.open:
            turn = thread.last
        return thread.log if turn is None else turn.log

    def _note(self, conn: int, params: dict[str, Any], thing: Any) -> None:
        """
        Note what every listener of a turn is told once; told twice to one, it happened twice.
        """
        log = self._log(params)
        thread, turn = self._place(params)
        if thread is not None and log is not thread.log:
            key = (id(turn or thread.last), repr(thing))
            told = self._told.setdefault(key, Counter())
            known = max(told.values(), default=0)
            told[conn] += 1
            if told[conn] <= known:
                return
        log.append(thing)

    # -- requests and answers ----------------------------------------------------

    def _read_response(self, method: str, params: dict[str, Any], body: dict[str, Any]) -> None:
        error = body.get("error")
        if isinstance(error, dict):
            # A thread that only a refused request names does not exist.
            named = {"threadId": params.get("threadId")} if self._knows(params) else {}
            text = str(error.get("message", ""))
            self._log(named).append(Failure(text, method, details=error))
            return
        result = _object(body.get("result"))
        if method in _KNOWING:
            thread = self._know_thread(_object(result.get("thread")))
            thread.cwd = str(result.get("cwd") or thread.cwd)
            thread.body = {"model": result.get("model"), **thread.body}
        elif method in ("turn/start", "review/start"):
            thread = self.thread(result.get("reviewThreadId") or params.get("threadId"))
            thread.cwd = str(params.get("cwd") or thread.cwd)
            described = _object(result.get("turn"))
            if described:
                turn = self.turn(thread, described.get("id"))
                turn.cwd = thread.cwd

    def _ask(self, method: str, params: dict[str, Any]) -> AskRecord:
        ask = AskRecord(method, params, *self._place(params))
        self._log(params).append(ask)
        return ask

    def _know_thread(self, described: dict[str, Any]) -> ThreadRecord:
        thread = self.thread(described.get("id"))
        thread.body = {**thread.body, **described}
        thread.cwd = str(described.get("cwd") or thread.cwd)
        parent = described.get("parentThreadId")
        thread.parent = parent if isinstance(parent, str) else thread.parent
        return thread

    # -- notifications -----------------------------------------------------------

    def _thread_started(self, _: int, __: str, params: dict[str, Any]) -> None:
        self._know_thread(_object(params.get("thread")))

    def _settings(self, _: int, __: str, params: dict[str, Any]) -> None:
        thread = self.thread(params.get("threadId"))
        thread.cwd = str(_object(params.get("threadSettings")).get("cwd") or thread.cwd)

    def _turn(self, _: int, method: str, params: dict[str, Any]) -> None:
        described = _object(params.get("turn"))
        thread = self.thread(params.get("threadId"))
        turn = self.turn(thread, described.get("id"), described.get("rootTurnId"))
        turn.body = {**turn.body, **described}
        if method == "turn/started":
            turn.cwd = turn.cwd or thread.cwd
            return
        turn.open = False
        turn.status = str(described.get("status", "completed"))
        if not turn.place:
            self._ended += 1
            turn.place = self._ended
        error = described.get("error")
        if isinstance(error, dict):
            fail(turn.log, error)

    def _item(self, conn: int, method: str, params: dict[str, Any]) -> None:
        raw = _object(params.get("item"))
        if not raw:
            return
        turn = self.turn(self.thread(params.get("threadId")), params.get("turnId"))
        finished = method == "item/completed"
        record = turn.item(raw, conn)
        if finished:
            record.finish(raw, conn)
        for child in children_of(raw):
            self.thread(child).parent = turn.thread.id

    def _delta(self, conn: int, method: str, params: dict[str, Any]) -> None:
        turn = self._place(params)[1]
        record = None if turn is None else turn.latest(str(params.get("itemId")))
        if record is not None:
            record.part(conn, _DELTAS[method], str(params.get("delta", "")))

    def _usage(self, conn: int, _: str, params: dict[str, Any]) -> None:
        thread = self.thread(params.get("threadId"))
        turn = thread.turns.get(str(params.get("turnId")))
        # After a resume or a fork the server repeats what an earlier turn has spent.
        if turn is not None and turn.open:
            spent = Usage.of(_object(params.get("tokenUsage")).get("last"))
            turn.spent[conn] = turn.spent.get(conn, Usage()) + spent

    def _diff(self, _: int, __: str, params: dict[str, Any]) -> None:
        turn = self._place(params)[1]
        if turn is not None:
            turn.diff = str(params.get("diff") or "")

    def _plan(self, conn: int, _: str, params: dict[str, Any]) -> None:
        self._note(conn, params, Plan.of(params))

    def _error(self, conn: int, _: str, params: dict[str, Any]) -> None:
        error = _object(params.get("error"))
        if params.get("willRetry"):
            self._note(conn, params, failure_of(error, retry=True))
        else:
            fail(self._log(params), error)

    def _notice(self, conn: int, method: str, params: dict[str, Any]) -> None:
        text = str(params.get("message") or params.get("summary") or "")
        # What is installed on this machine is no part of the story, nor of a cassette.
        if not (method == "configWarning" and "bubblewrap" in text):
            self._note(conn, params, Notice(text, method))

    def _startup(self, _: int, method: str, params: dict[str, Any]) -> None:
        if params.get("status") == "failed":
            text = f"MCP server {params.get('name')}: {params.get('error') or 'failed to start'}"
            self._log(params).append(Notice(text, method))

    def _review(self, _: int, __: str, params: dict[str, Any]) -> None:
        name = str(params.get("reviewId"))
        if name not in self._reviews:
            self._reviews[name] = self._ask(_REVIEW, params)
        review = _object(params.get("review"))
        if review.get("status") != "inProgress":
            self._reviews[name].answer = review


_HANDLERS: dict[str, Callable[[Reader, int, str, dict[str, Any]], None]] = {
    "thread/started": Reader._thread_started,
    "thread/settings/updated": Reader._settings,
    "turn/started": Reader._turn,
    "turn/completed": Reader._turn,
    "item/started": Reader._item,
    "item/completed": Reader._item,
    "thread/tokenUsage/updated": Reader._usage,
    "turn/diff/updated": Reader._diff,
    "turn/plan/updated": Reader._plan,
    "error": Reader._error,
    "mcpServer/startupStatus/updated": Reader._startup,
    f"{_REVIEW}/started": Reader._review,
    f"{_REVIEW}/completed": Reader._review,
    **dict.fromkeys(_DELTAS, Reader._delta),
    **dict.fromkeys(_NOTICES, Reader._notice),
}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
