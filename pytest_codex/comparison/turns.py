"""
Threads and turns by their order, and how each turn went.
"""

from __future__ import annotations

from typing import Any

from pytest_codex.comparison.facts import Fact, flatten
from pytest_codex.comparison.items import describe
from pytest_codex.views import final_response


class Turns:
    """
    Names places, and gathers what belongs to a turn as a whole.

    Args:
        facts: Where facts go; a turn's own fact comes before those of its items.
    """

    def __init__(self, facts: list[Fact]) -> None:
        self._facts = facts
        self._threads: dict[str, dict[str, Fact]] = {}
        self._items: dict[str, list[dict[str, Any]]] = {}
        self._begun: dict[tuple[str, str], Fact] = {}

    def thread(self, thread: str) -> str:
        """
        The name of a thread.
        """
        self._threads.setdefault(thread, {})
        return f"thread {list(self._threads).index(thread) + 1}"

    def turn(self, thread: str, turn: str, line: int) -> Fact:
        """
        The fact of a turn; its place is the turn's name.
        """
        name = self.thread(thread)
        turns = self._threads[thread]
        if turn not in turns:
            place = f"{name}, turn {len(turns) + 1}"
            turns[turn] = Fact(place, "turn", "", {"status": "never completed"}, line=line)
            self._facts.append(turns[turn])
        return turns[turn]

    def completed(self, thread: str, told: dict[str, Any], line: int) -> None:
        """
        A turn ended.
        """
        turn = str(told.get("id"))
        fact = self.turn(thread, turn, line)
        fact.line = line
        fact.values["status"] = told.get("status")
        if told.get("error"):
            fact.values["error"] = told["error"].get("message")
        response = final_response(self._items.pop(turn, []))
        if response is not None:
            fact.values["final response"] = response

    def counted(self, thread: str, turn: str, usage: dict[str, Any], line: int) -> None:
        """
        Tokens were counted: what the thread has used by the end of this turn.
        """
        fact = self.turn(thread, turn, line)
        total = flatten(usage.get("total"))
        fact.loose.update({f"tokens, {key}": number for key, number in total.items()})

    def changed(self, thread: str, turn: str, diff: str, line: int) -> None:
        """
        The turn's diff as a whole is now another.
        """
        self.turn(thread, turn, line).loose["diff"] = diff

    def item_started(self, thread: str, turn: str, item: dict[str, Any], line: int) -> None:
        """
        An item began; if it never ends, this is where it is told.
        """
        kind, name, _ = describe(item)
        values = {"status": "never completed"}
        fact = Fact(self.turn(thread, turn, line).place, kind, name, values, line=line)
        self._begun[turn, str(item.get("id"))] = fact
        self._facts.append(fact)

    def item_delta(self, turn: str, item: str, text: str) -> None:
        """
        More of an item's text, or of its output.
        """
        fact = self._begun.get((turn, item))
        if fact is not None and fact.kind in ("message", "reasoning", "plan"):
            fact.name += text

    def item_completed(self, thread: str, turn: str, item: dict[str, Any], line: int) -> None:
        """
        An item ended: what it says now is what counts, and here is its place.
        """
        begun = self._begun.pop((turn, str(item.get("id"))), None)
        if begun is not None:
            self._facts[:] = [fact for fact in self._facts if fact is not begun]
        kind, name, values = describe(item)
        place = self.turn(thread, turn, line).place
        self._facts.append(Fact(place, kind, name, {"status": "completed", **values}, line=line))
        self._items.setdefault(turn, []).append(item)
