"""
The lines that a run ends with.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pytest_codex.rehearsal import Rehearsals
from pytest_codex.versions import installed

from .facts import FACTS, RATE

if TYPE_CHECKING:
    import pytest


class Summary:
    """
    Counts sessions over the run, workers' ones included, and says so in a few lines.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._real: Counter[str] = Counter()
        self._recorded: list[str] = []
        self._rehearsals = Rehearsals()
        self._models: list[str] = []
        self._rates: list[dict[str, Any]] = []
        self._behind: set[tuple[str, str]] = set()
        self._kept = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Collect the facts of the sessions of a test that ended.
        """
        facts: dict[str, Any] | None = getattr(report, FACTS, None)
        if facts is not None:
            for each in (*facts.get("earlier", ()), facts):
                self._add(each)
        rate = getattr(report, RATE, None)
        if rate is not None:
            self._rates.append(rate)

    def _add(self, facts: dict[str, Any]) -> None:
        self._counts[facts["action"]] += 1
        self._counts["messages"] += facts["messages"]
        self._counts["leftovers"] += facts.get("leftovers", 0)
        if facts["saved"]:
            self._recorded.append(facts["cassette"])
        if facts.get("also"):
            self._models.append(facts["also"])
        if facts.get("behind"):
            self._behind.add((facts["behind"], facts["cassette"]))
        self._kept += bool(facts["kept"])
        self._rehearsals.add(facts.get("rehearsal"))
        real = facts.get("real")
        if real is not None:
            self._real["sessions"] += 1
            self._real.update(real)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Write the lines, unless no test had a session.
        """
        line = self.line()
        if not line:
            return
        terminalreporter.write_line(line)
        for cassette in (*self._recorded, *self._models):
            terminalreporter.write_line(f"  wrote {cassette}")
        terminalreporter.write_line(self.real_line())
        if self._behind:
            terminalreporter.write_line(self.behind_line(), yellow=True)
        for told in self._rehearsals.lines():
            terminalreporter.write_line(told)
        for rate in self._rates:
            terminalreporter.write_line(f"{rate['nodeid']}: {rate['told']}")
            for failure in rate["failures"]:
                terminalreporter.write_line(f"  {failure}")

    def line(self) -> str:
        """
        The line, for example ``codex: 12 played, 2 recorded (1 cassette written)``.
        """
        words = {"replay": "played", "record": "recorded", "verify": "verified", "run": "run"}
        parts = [f"{self._counts[key]} {word}" for key, word in words.items() if self._counts[key]]
        if not parts:
            return ""
        notes = [f"{self._counts['messages']} messages"]
        if self._counts["record"]:
            notes.append(f"{_count(len(self._recorded), 'cassette')} changed")
        if self._counts["leftovers"]:
            notes.append(_count(self._counts["leftovers"], "leftover"))
        if self._kept:
            notes.append(f"{self._kept} left artifacts")
        return f"codex: {', '.join(parts)} ({', '.join(notes)})"

    def behind_line(self) -> str:
        """
        How many cassettes are older than the installed Codex, and what to do about it.
        """
        versions = ", ".join(sorted({version for version, _ in self._behind}))
        number = len(self._behind)
        were = "1 cassette was" if number == 1 else f"{number:,} cassettes were"
        return (
            f"warning: {were} recorded with an older Codex ({versions}) than the installed one "
            f"({installed()}); see what changed: pytest-codex validate, or "
            "pytest --codex-record-mode=verify"
        )

    def real_line(self) -> str:
        """
        What the run cost: ``real model: 3 calls, 12,345 tokens (...), 2 turns``.
        """
        real = self._real
        if not real["sessions"]:
            return "model calls that were real: 0"
        tokens = _count(real["input"] + real["output"], "token")
        kinds = ("input", "cached", "output", "reasoning")
        told = ", ".join(f"{real[kind]:,} {kind}" for kind in kinds)
        calls, turns = _count(real["calls"], "call"), _count(real["turns"], "turn")
        return f"real model: {calls}, {tokens} ({told}), {turns}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
