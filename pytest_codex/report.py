"""
What the pytest report tells about a session, beyond the failure itself.
"""

from __future__ import annotations

import re
import sys
import threading
import traceback
from collections import Counter
from typing import TYPE_CHECKING, Any

from pytest_codex.rehearsal import Rehearsals

if TYPE_CHECKING:
    import pytest

    from pytest_codex.session import CodexSession

WIRE_LINES = 20
STDERR_LINES = 20
LINE_WIDTH = 300
"""How much a section shows; the whole is in the cassette, or in the tape that was kept."""

_NOISE = re.compile(r'"method": ?"(configWarning|remoteControl/[^"]*|account/rateLimits/updated)"')
"""Lines about the machine and the account, which no failure is about."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

FACTS = "codex_facts"
"""Attribute of a test report that travels from xdist's workers to the terminal."""

RATE = "codex_rate"
"""The same, of a test that was run several times: how many of its attempts passed."""


def annotate(report: pytest.TestReport, session: CodexSession) -> None:
    """
    Add the session's sections to the report of a phase that failed, and note its facts.
    """
    if report.when == "call":
        session.passed, session.failed = report.passed, report.failed
    if report.failed:
        if report.when == "call":
            report.sections.extend((f"codex {name}", text) for name, text in session.look_back())
        shown = str(report.longrepr)
        report.sections.extend(
            (f"codex {name}", text) for name, text in sections(session) if text not in shown
        )
    if report.when == "teardown":
        setattr(report, FACTS, session.facts)


def sections(session: CodexSession) -> list[tuple[str, str]]:
    """
    Everything there is to show of a session, most telling first.
    """
    found = [(problem.kind, problem.text) for problem in session.problems]
    found += [("threads", problem.detail) for problem in session.problems if problem.detail]
    if session.notes:
        found.append(("model", "\n".join(session.notes)))
    wire = session.wire
    if len(wire):
        story = session.mask(session.transcript.story)
        found += [("transcript", story)] if story else []
        telling = [entry for entry in wire.tail(len(wire)) if not _NOISE.search(entry[2])]
        shown = [
            f"{conn} {'>' if sender == 'client' else '<'} {_clip(session.mask(line))}"
            for conn, sender, line in telling[-WIRE_LINES:]
        ]
        head = f"last {len(shown)} of {len(wire)} messages, > from the client, < from the server"
        noise = len(wire) - len(telling)
        head += f"; left out: {noise} on configuration, remote control, rate limits" * bool(noise)
        found.append(("wire tail", "\n".join([head, *shown])))
    stderr = [_clip(session.mask(_COLOUR.sub("", line))) for line in wire.stderr_tail(STDERR_LINES)]
    if stderr:
        found.append(("stderr tail", "\n".join(stderr)))
    if session.kept:
        found.append(("artifacts", "\n".join(str(path) for path in session.kept)))
    return found


def thread_stacks() -> str:
    """
    Where every thread of this process is right now, the main thread first.
    """
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    main = threading.main_thread().ident
    frames = sorted(sys._current_frames().items(), key=lambda pair: pair[0] != main)
    stacks = []
    for ident, frame in frames:
        if ident == threading.get_ident():
            continue
        lines = "".join(traceback.format_stack(frame)[-8:]).rstrip()
        stacks.append(f"thread {names.get(ident, ident)}\n{lines}")
    return "\n".join(stacks)


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
        if facts["saved"]:
            self._recorded.append(facts["cassette"])
        if facts.get("also"):
            self._models.append(facts["also"])
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
        if self._kept:
            notes.append(f"{self._kept} left artifacts")
        return f"codex: {', '.join(parts)} ({', '.join(notes)})"

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


def _clip(line: str) -> str:
    line = line.rstrip("\n")
    if len(line) <= LINE_WIDTH:
        return line
    return f"{line[:LINE_WIDTH]}… ({len(line)} characters)"
