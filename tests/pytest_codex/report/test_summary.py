"""
What the terminal tells at the end of a run.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pytest_codex.report.facts import FACTS
from pytest_codex.report.summary import Summary


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


def test_leftovers_are_counted() -> None:
    """
    What was recorded and not played is summed up beside the messages.
    """
    summary = Summary()
    for leftovers in (2, 0, 1):
        report = report_of("teardown", "passed")
        setattr(report, FACTS, facts_of("replay", leftovers=leftovers))
        summary.pytest_runtest_logreport(report)

    assert summary.line() == "codex: 3 played (15 messages, 3 leftovers)"
