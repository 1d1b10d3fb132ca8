"""
What the pytest report tells about a session, beyond the failure itself.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from pytest_codex.session import CodexSession

WIRE_LINES = 20
STDERR_LINES = 20
LINE_WIDTH = 300
"""How much a section shows; the whole is in the cassette, or in the tape that was kept."""

FACTS = "codex_facts"
"""Attribute of a test report that travels from xdist's workers to the terminal."""


def annotate(report: pytest.TestReport, session: CodexSession) -> None:
    """
    Add the session's sections to the report of a phase that failed, and note its facts.
    """
    if report.when == "call":
        session.passed = report.passed
    if report.failed:
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
    wire = session.wire
    if len(wire):
        story = session.mask(session.transcript.story)
        found += [("transcript", story)] if story else []
        shown = [
            f"{conn} {'>' if sender == 'client' else '<'} {_clip(session.mask(line))}"
            for conn, sender, line in wire.tail(WIRE_LINES)
        ]
        head = f"last {len(shown)} of {len(wire)} messages, > from the client, < from the server"
        found.append(("wire tail", "\n".join([head, *shown])))
    stderr = [_clip(session.mask(line)) for line in wire.stderr_tail(STDERR_LINES)]
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
    Counts sessions over the run, workers' ones included, and says so in one line.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._recorded: list[str] = []
        self._kept = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Collect the facts of a session that ended.
        """
        facts: dict[str, Any] | None = getattr(report, FACTS, None)
        if facts is not None:
            self._counts[facts["action"]] += 1
            self._counts["messages"] += facts["messages"]
            if facts["saved"]:
                self._recorded.append(facts["cassette"])
            self._kept += bool(facts["kept"])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Write the line, unless no test had a session.
        """
        line = self.line()
        if line:
            terminalreporter.write_line(line)
            for cassette in self._recorded:
                terminalreporter.write_line(f"  wrote {cassette}")

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
            written = len(self._recorded)
            notes.append(f"{written} cassette{'' if written == 1 else 's'} changed")
        if self._kept:
            notes.append(f"{self._kept} left artifacts")
        return f"codex: {', '.join(parts)} ({', '.join(notes)})"


def _clip(line: str) -> str:
    line = line.rstrip("\n")
    if len(line) <= LINE_WIDTH:
        return line
    return f"{line[:LINE_WIDTH]}… ({len(line)} characters)"
