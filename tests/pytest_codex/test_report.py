"""
What a report tells about a session.
"""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_codex.report import FACTS, LINE_WIDTH, WIRE_LINES, Summary, annotate, sections
from pytest_codex.report import thread_stacks as stacks
from pytest_codex.surroundings import Problem
from pytest_codex.views import SessionTranscript
from pytest_codex.wire import Wire


def session_with(**facts: Any) -> Any:
    """
    Something with the parts of a session that a report reads.
    """
    wire = Wire()
    usual: dict[str, Any] = {
        "problems": [],
        "notes": [],
        "wire": wire,
        "transcript": SessionTranscript(wire),
        "mask": lambda text: text.replace("hunter2", "***"),
        "kept": [],
        "facts": {},
        "passed": None,
        "look_back": list,
    }
    return SimpleNamespace(**{**usual, **facts})


def report_of(when: str, outcome: Any, longrepr: Any = None) -> pytest.TestReport:
    """
    A report of one phase.
    """
    return pytest.TestReport("test_it", ("test.py", 1, "test_it"), {}, outcome, longrepr, when)  # type: ignore[arg-type]


def facts_of(action: str, **more: Any) -> dict[str, Any]:
    """
    The facts of a session.
    """
    usual = {"messages": 5, "saved": False, "cassette": "c", "kept": 0, "real": None}
    return {"action": action, **usual, **more}


def test_a_quiet_session_has_no_sections() -> None:
    """
    Nothing is shown where nothing happened.
    """
    assert sections(session_with()) == []


def test_sections_are_masked_and_short() -> None:
    """
    Only the last lines are shown, without secrets, and none is endless.
    """
    session = session_with(notes=["POST / was answered with 500", "and again"])
    for number in range(WIRE_LINES + 5):
        session.wire.add(1, "client", f"{number} hunter2")
    session.wire.add(2, "server", "x" * (LINE_WIDTH + 1))
    session.wire.add_stderr("said hunter2")

    shown = dict(sections(session))

    lines = shown["wire tail"].splitlines()
    assert lines[0].startswith(f"last {WIRE_LINES} of {WIRE_LINES + 6} messages")
    assert lines[-2] == f"1 > {WIRE_LINES + 4} ***"
    assert lines[-1] == f"2 < {'x' * LINE_WIDTH}… ({LINE_WIDTH + 1} characters)"
    assert shown["stderr tail"] == "said ***"
    assert shown["model"] == "POST / was answered with 500\nand again"


def test_the_wire_tail_leaves_out_what_no_failure_is_about() -> None:
    """
    Remarks on machine and account push no telling line out; how many there were is said.
    """
    session = session_with()
    session.wire.add(1, "client", '{"id": 1, "method": "account/rateLimits/read"}')
    noise = ("configWarning", "remoteControl/status/changed", "account/rateLimits/updated")
    for method in noise * WIRE_LINES:
        session.wire.add(1, "server", f'{{"method":"{method}","params":{{}}}}')

    head, line = dict(sections(session))["wire tail"].splitlines()

    assert line == '1 > {"id": 1, "method": "account/rateLimits/read"}'
    assert head.startswith(f"last 1 of {len(session.wire)} messages, ")
    assert f"left out: {len(session.wire) - 1} on configuration" in head


def test_standard_error_is_shown_without_colours() -> None:
    """
    What a terminal would colour is plain text in a report.
    """
    session = session_with()
    session.wire.add_stderr("\x1b[2m12:00\x1b[0m \x1b[31mERROR\x1b[0m no \x1b[1;4mway")

    assert dict(sections(session))["stderr tail"] == "12:00 ERROR no way"


def test_a_stall_shows_the_threads() -> None:
    """
    A problem's details have a section of their own.
    """
    session = session_with(problems=[Problem("stalled", "nobody spoke", "thread MainThread")])

    assert sections(session) == [("stalled", "nobody spoke"), ("threads", "thread MainThread")]


def test_what_is_shown_already_is_not_repeated() -> None:
    """
    A failure that is the problem itself needs no section about it.
    """
    session = session_with(problems=[Problem("mismatch", "differs"), Problem("client", "other")])
    report = report_of("call", "failed", "MismatchError: differs")

    annotate(report, session)

    assert report.sections == [("codex client", "other")]


def test_a_rehearsal_tells_what_came_before_the_failure() -> None:
    """
    What another version did otherwise stands first among the sections of the test itself.
    """
    session = session_with(look_back=lambda: [("behaviour", "otherwise")])
    call, teardown = report_of("call", "failed", "no"), report_of("teardown", "failed", "no")

    annotate(call, session)
    annotate(teardown, session)

    assert call.sections == [("codex behaviour", "otherwise")]
    assert teardown.sections == []


def test_a_passed_phase_has_no_sections() -> None:
    """
    Passing is noted and not commented.
    """
    session = session_with(problems=[Problem("mismatch", "differs")])
    report = report_of("call", "passed")

    annotate(report, session)

    assert session.passed is True
    assert report.sections == []


def test_facts_travel_with_the_teardown() -> None:
    """
    Facts survive the way from a worker to the controller.
    """
    facts = facts_of("replay", real={"calls": 1})
    report = report_of("teardown", "passed")
    annotate(report, session_with(facts=facts))

    arrived = pytest.TestReport._from_json(report._to_json())

    assert getattr(arrived, FACTS) == facts


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ([], ""),
        ([("replay", False, 0)], "codex: 1 played (5 messages)"),
        (
            [("replay", False, 0), ("record", True, 0), ("record", False, 1)],
            "codex: 1 played, 2 recorded (15 messages, 1 cassette changed, 1 left artifacts)",
        ),
        ([("verify", False, 0), ("run", False, 0)], "codex: 1 verified, 1 run (10 messages)"),
    ],
)
def test_the_summary_is_one_line(facts: list[tuple[str, bool, int]], line: str) -> None:
    """
    The run's sessions are summed up by what was done in them.
    """
    summary = Summary()
    for action, saved, kept in facts:
        report = report_of("teardown", "passed")
        values = facts_of(action, saved=saved, kept=kept)
        setattr(report, FACTS, values)
        summary.pytest_runtest_logreport(report)

    assert summary.line() == line


def test_the_summary_tells_of_rehearsals() -> None:
    """
    What another version does otherwise is summed up below the line.
    """
    summary = Summary()
    rehearsal = {"outcome": "wire", "recorded": "1", "run": "2", "wire": [["turn", "new", "x", 1]]}
    facts = {"action": "verify", "messages": 5, "saved": False, "cassette": "c", "kept": 0}
    report = report_of("teardown", "passed")
    setattr(report, FACTS, {**facts, "rehearsal": rehearsal})
    written: list[str] = []

    summary.pytest_runtest_logreport(pytest.TestReport._from_json(report._to_json()))
    summary.pytest_terminal_summary(SimpleNamespace(write_line=written.append))  # type: ignore[arg-type]

    assert written[0] == "codex: 1 verified (5 messages)"
    assert written[1] == "model calls that were real: 0"
    assert written[2].startswith("codex: rehearsal of 2 with cassettes of 1: 0 unchanged, ")
    assert written[3:] == ["  turn: new x"]


REAL = {"calls": 1, "turns": 1, "input": 1_000, "cached": 400, "output": 234, "reasoning": 30}


@pytest.mark.parametrize(
    ("real", "line"),
    [
        ([None, None], "model calls that were real: 0"),
        (
            [None, REAL],
            "1 call, 1,234 tokens (1,000 input, 400 cached, 234 output, 30 reasoning), 1 turn",
        ),
        (
            [REAL, dict.fromkeys(REAL, 1)],
            "2 calls, 1,236 tokens (1,001 input, 401 cached, 235 output, 31 reasoning), 2 turns",
        ),
    ],
)
def test_the_summary_tells_what_a_real_model_did(real: list[Any], line: str) -> None:
    """
    Calls, tokens and turns of all live sessions; and that there was none where there was none.
    """
    summary = Summary()
    for each in real:
        report = report_of("teardown", "passed")
        setattr(report, FACTS, facts_of("run", real=each))
        summary.pytest_runtest_logreport(report)

    assert summary.real_line().removeprefix("real model: ") == line


def test_attempts_before_the_last_count() -> None:
    """
    The report of a repeated test brings the facts of all its sessions.
    """
    summary = Summary()
    report = report_of("teardown", "passed")
    earlier = [facts_of("run", real=REAL), facts_of("replay", saved=True)]
    setattr(report, FACTS, {**facts_of("run", real=REAL), "earlier": earlier})
    summary.pytest_runtest_logreport(report)

    assert summary.line() == "codex: 1 played, 2 run (15 messages)"
    assert summary.real_line().startswith("real model: 2 calls, 2,468 tokens")


def test_stacks_name_every_other_thread() -> None:
    """
    Asked from a thread, the main thread comes first, with the line where it stands.
    """
    told: list[str] = []
    thread = threading.Thread(target=lambda: told.append(stacks()), name="asking")
    thread.start()
    thread.join(10)

    assert told[0].startswith("thread MainThread\n")
    assert "thread.join(10)" in told[0] or "thread.start()" in told[0]
    assert "thread asking" not in told[0]
