"""
What the reader notes while it reads: threads, their turns, and what happened in each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .notes import Failure, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence


class ItemRecord:
    """
    One item of a turn, as far as it has been told.

    Attributes:
        raw: The item as it was told last.
        finished: Whether it came to its end.
        heard: The connections that were told of it, and whether of its end.
        parts: Text of an unfinished item, per connection and kind of delta.
        views: What a reader sees, made when first asked for; None when it changed since.
    """

    __slots__ = ("finished", "heard", "parts", "raw", "turn", "views")

    def __init__(self, raw: dict[str, Any], turn: TurnRecord) -> None:
        self.raw = raw
        self.turn = turn
        self.heard: dict[int, bool] = {}
        self.finished = False
        self.parts: dict[tuple[int, str], list[str]] = {}
        self.views: list[Any] | None = None

    def finish(self, raw: dict[str, Any], conn: int) -> None:
        """
        Take what is told of the item at its end.
        """
        self.heard[conn] = True
        self.raw = raw
        self.finished = True
        self.views = None
        self.parts = {}

    def part(self, conn: int, kind: str, text: str) -> None:
        """
        Take a piece of text of an item that is still open.
        """
        if not self.finished:
            self.parts.setdefault((conn, kind), []).append(text)
            self.views = None

    def text(self, kind: str) -> str:
        """
        What an open item has said so far; connections that listen together hear the same.
        """
        told = ["".join(parts) for (_, name), parts in self.parts.items() if name == kind]
        return max(told, key=len, default="")


class AskRecord:
    """
    A request of the server, with the answer that came.
    """

    __slots__ = ("answer", "error", "method", "params", "thread", "turn")

    def __init__(
        self,
        method: str,
        params: dict[str, Any],
        thread: ThreadRecord | None,
        turn: TurnRecord | None,
    ) -> None:
        self.method = method
        self.params = params
        self.thread = thread
        self.turn = turn
        self.answer: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None


class TurnRecord:
    """
    One turn.

    Attributes:
        log: What happened in it, in order: items, requests, errors, warnings, plans.
        open: Whether it is under way.
        place: At which place among all ended turns it ended; 0 while it has not.
        cwd: The directory it works in.
    """

    __slots__ = (
        "body", "cwd", "diff", "id", "items", "log", "number", "open", "place", "spent",
        "status", "thread",
    )  # fmt: skip

    def __init__(self, name: str, thread: ThreadRecord, number: int) -> None:
        self.id = name
        self.thread = thread
        self.number = number
        self.status = "inProgress"
        self.body: dict[str, Any] = {}
        self.open = True
        self.place = 0
        self.cwd = ""
        self.diff: str | None = None
        self.items: dict[str, list[ItemRecord]] = {}
        self.log: list[Any] = []
        self.spent: dict[int, Usage] = {}

    def item(self, raw: dict[str, Any], conn: int) -> ItemRecord:
        """
        The record of an item that a connection is told of; a new one if it is told no more of any.

        A model may use an id twice in a turn, and a second listener hears everything twice,
        sooner or later than the first.
        """
        name = str(raw.get("id", ""))
        known = self.items.setdefault(name, [])
        for record in known if name else ():
            if not record.heard.get(conn, False):
                record.heard[conn] = False
                return record
        record = ItemRecord(raw, self)
        record.heard[conn] = False
        known.append(record)
        self.log.append(record)
        return record

    def latest(self, name: str) -> ItemRecord | None:
        """
        The item of that id that was told of last.
        """
        return next(reversed(self.items.get(name, ())), None)

    @property
    def usage(self) -> Usage:
        """
        What it spent; connections that listen together are told the same.
        """
        return max(self.spent.values(), key=lambda each: each.calls, default=Usage())


class ThreadRecord:
    """
    One thread, on however many connections.

    Attributes:
        body: The thread as the server told it last.
        turns: Its turns by id, in order; a review's second id leads to the same turn.
        count: How many turns there are.
        last: The turn that began last.
        log: What happened outside of any turn.
    """

    __slots__ = ("body", "count", "cwd", "id", "last", "log", "number", "parent", "turns")

    def __init__(self, name: str, number: int) -> None:
        self.id = name
        self.number = number
        self.body: dict[str, Any] = {}
        self.cwd = ""
        self.parent: str | None = None
        self.count = 0
        self.last: TurnRecord | None = None
        self.turns: dict[str, TurnRecord] = {}
        self.log: list[Any] = []


def turns_of(thread: ThreadRecord) -> list[TurnRecord]:
    """
    The turns of a thread, each once.
    """
    return list({id(turn): turn for turn in thread.turns.values()}.values())


def answer(ask: AskRecord, body: dict[str, Any]) -> None:
    """
    Note the answer to a request.
    """
    result, error = body.get("result"), body.get("error")
    ask.answer = result if isinstance(result, dict) else None
    ask.error = error if isinstance(error, dict) else None


def failure_of(error: dict[str, Any], *, retry: bool) -> Failure:
    """
    What a reader sees of an error.
    """
    return Failure(
        str(error.get("message", "")), will_retry=retry, details=error.get("codexErrorInfo")
    )


def fail(log: list[Any], error: dict[str, Any]) -> None:
    """
    Note an error; the end of a failed turn repeats the one that was told before.
    """
    found = failure_of(error, retry=False)
    if not any(found == told for told in reversed(log) if isinstance(told, Failure)):
        log.append(found)


def children_of(raw: dict[str, Any]) -> Sequence[str]:
    """
    The threads of sub-agents that an item started.
    """
    if raw.get("type") == "collabAgentToolCall" and raw.get("tool") == "spawnAgent":
        return [one for one in raw.get("receiverThreadIds") or () if isinstance(one, str)]
    if raw.get("type") == "subAgentActivity" and raw.get("kind") == "started":
        child = raw.get("agentThreadId")
        return [child] if isinstance(child, str) else []
    return []
