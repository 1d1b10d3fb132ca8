"""
What the pytest report tells about a session, beyond the failure itself.
"""

from __future__ import annotations

import re
import sys
import threading
import traceback
from typing import TYPE_CHECKING

from .facts import FACTS, FAILURE, PAGE, PAGE_ASKED, properties

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


def annotate(report: pytest.TestReport, session: CodexSession, config: pytest.Config) -> None:
    """
    Add the session's sections to the report of a phase that failed, and note its facts.
    """
    if report.when == "call":
        # Each subtest has a report of its own; the last one is the test's, which does not know.
        session.failed = session.failed or report.failed
        session.passed = report.passed and not session.failed
    if report.failed:
        if report.when == "call":
            report.sections.extend((f"codex {name}", text) for name, text in session.look_back())
        shown = str(report.longrepr)
        report.sections.extend(
            (f"codex {name}", text) for name, text in sections(session) if text not in shown
        )
    if report.when == "teardown":
        facts = session.facts
        setattr(report, FACTS, facts)
        counted = bool(config.getoption("xmlpath", default=None))
        report.user_properties += properties(facts, session, counted=counted)
    if config.stash.get(PAGE_ASKED, False):
        _add_page(report, session)


def _add_page(report: pytest.TestReport, session: CodexSession) -> None:
    from pytest_codex.viewer.gathering import clipped, gather_session

    if report.failed:
        setattr(report, FAILURE, clipped(session.redactor.text(report.longreprtext)))
    if report.when == "teardown":
        setattr(report, PAGE, gather_session(session))


def sections(session: CodexSession) -> list[tuple[str, str]]:
    """
    Everything there is to show of a session, most telling first.
    """
    found = [(problem.kind, problem.text) for problem in session.problems]
    found += [("threads", problem.detail) for problem in session.problems if problem.detail]
    if session.notes:
        found.append(("model", "\n".join(session.notes)))
    left = session.model.remaining_steps
    if left:
        steps = _count_steps(left)
        found.append(("model script", f"the agent did not ask for {steps}: {', '.join(left)}"))
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


def _clip(line: str) -> str:
    line = line.rstrip("\n")
    if len(line) <= LINE_WIDTH:
        return line
    return f"{line[:LINE_WIDTH]}… ({len(line)} characters)"


def _count_steps(left: list[str]) -> str:
    return f"{len(left)} scripted step{'' if len(left) == 1 else 's'}"
