"""
Holds a real agent to its budgets: interrupts its turns and starts no more.

It sits in the pipes of every process of a session. What it sends itself, and the answers to
that, neither the client nor a recording sees.
"""

from __future__ import annotations

import itertools
import json
import threading
from typing import TYPE_CHECKING, Any

from pytest_codex.budgets import REFUSED, Meter
from pytest_codex.surroundings import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

OURS = "codex-budget-"
"""How the ids of our own requests begin."""

STARTERS = ("turn/start", "review/start", "thread/compact/start")
"""Requests that begin a turn."""

HARMLESS = "thread/loaded/list"
"""Asked in place of a refused request; what the client reads as its answer is our refusal."""

TRIES = 20
"""How often a turn is interrupted: a turn that has only just begun may not be known yet."""


class Reins:
    """
    The budgets of one session, over all its connections.

    Args:
        limits: The budgets by name.
    """

    def __init__(self, limits: Mapping[str, int]) -> None:
        self.meter = Meter(limits)
        self._lock = threading.Lock()
        self._bridles: list[Bridle] = []

    def connection(self) -> Bridle:
        """
        The part of one connection.
        """
        bridle = Bridle(self)
        with self._lock:
            self._bridles.append(bridle)
        return bridle

    def note(self, messages: Iterable[tuple[str, Any]]) -> None:
        """
        Count what passed where nobody could be held back, as ``(sender, message)``.
        """
        with self._lock:
            self.meter.note_all(messages)

    def problems(self) -> list[Problem]:
        """
        The budget that was exceeded.
        """
        with self._lock:
            return [] if self.meter.breach is None else [Problem("budget", self.meter.explain())]

    def asked(self, bridle: Bridle, message: Mapping[str, Any]) -> str | None:
        """
        Why a request of the client must not go on; None when it may.
        """
        thread = str((message.get("params") or {}).get("threadId"))
        with self._lock:
            limit = self.meter.limits.get("max_turns")
            busy = thread in self.meter.open or thread in bridle.pending.values()
            if self.meter.breach is None and limit is not None and not busy:
                pending = sum(len(each.pending) for each in self._bridles)
                if self.meter.turns + pending >= limit:
                    self.meter.exceed(f"max_turns={limit} was exceeded: another turn was asked for")
            self.meter.note("client", message)
            if self.meter.breach is None:
                bridle.pending[json.dumps(message["id"])] = thread
                return None
            return f"{REFUSED}{self.meter.breach}"

    def said(self, message: Mapping[str, Any]) -> None:
        """
        Count a message of the server's, and interrupt what goes too far.
        """
        with self._lock:
            self.meter.note("server", message)
            open_turns = {} if self.meter.breach is None else dict(self.meter.open)
            bridles = list(self._bridles)
        if open_turns:
            for bridle in bridles:
                bridle.interrupt(open_turns)


class Bridle:
    """
    The part of one connection.

    Attributes:
        send: Sends a line to the server; set when the process runs.
        pending: Threads of requests that begin a turn and are not answered yet, by id.
    """

    def __init__(self, reins: Reins) -> None:
        self.send: Callable[[str], None] | None = None
        self.pending: dict[str, str] = {}
        self._reins = reins
        self._numbers = itertools.count(1)
        self._refused: dict[str, str] = {}
        self._threads: set[str] = set()
        self._tries: dict[str, int] = {}
        self._waiting: dict[str, str] = {}
        self._stopped: set[str] = set()

    def outbound(self, line: str) -> str:
        """
        A line of the client's as it goes on to the server.
        """
        message = _parse(line)
        if message.get("method") not in STARTERS or "id" not in message:
            return line
        refusal = self._reins.asked(self, message)
        if refusal is None:
            return line
        self._refused[json.dumps(message["id"])] = refusal
        return json.dumps({"id": message["id"], "method": HARMLESS, "params": {}})

    def inbound(self, line: str) -> str | None:
        """
        A line of the server's as it goes on to the client; None when it is not for the client.
        """
        message = _parse(line)
        if "method" not in message:
            ident = json.dumps(message.get("id"))
            turn = self._waiting.pop(ident, None)
            if turn is not None:
                if "result" in message:
                    self._stopped.add(turn)
                return None
            self.pending.pop(ident, None)
            if ident in self._refused:
                error = {"code": -32600, "message": self._refused.pop(ident)}
                return json.dumps({"id": message["id"], "error": error})
        elif message["method"] == "turn/started":
            self._threads.add(str((message.get("params") or {}).get("threadId")))
        self._reins.said(message)
        return line

    def interrupt(self, turns: Mapping[str, str]) -> None:
        """
        Interrupt those of these turns that run on this connection.

        Args:
            turns: Ids of turns by thread.
        """
        for thread, turn in turns.items():
            ours = thread in self._threads and self.send is not None
            under_way = turn in self._stopped or turn in self._waiting.values()
            if not ours or under_way or self._tries.get(turn, 0) >= TRIES:
                continue
            self._tries[turn] = self._tries.get(turn, 0) + 1
            ident = f"{OURS}{next(self._numbers)}"
            self._waiting[json.dumps(ident)] = turn
            params = {"threadId": thread, "turnId": turn}
            request = json.dumps({"id": ident, "method": "turn/interrupt", "params": params})
            # In a thread of its own: a reader that waits to write could wait for ever.
            threading.Thread(target=self.send, args=(request,), daemon=True).start()


def _parse(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
