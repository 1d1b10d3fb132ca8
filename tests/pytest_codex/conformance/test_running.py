"""
Many checks at once.
"""

from __future__ import annotations

import threading

from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.outcomes import Outcome, Result
from pytest_codex.conformance.running import default_workers, run_checks

PATIENCE = 20.0


def checks(*names: str) -> list[Check[None]]:
    """
    Checks that do nothing by themselves: the judge decides.
    """
    return [Check(name, "Holds.", "somewhere", lambda _: None) for name in names]


def test_results_come_in_the_order_of_the_suite() -> None:
    """
    Which check ends first decides nothing; each is told as it ends.
    """
    second = threading.Event()
    heard: list[str] = []

    def judge(check: Check[None]) -> Result:
        if check.id == "a/1":
            assert second.wait(PATIENCE)
        else:
            second.set()
        return Result(check.id, Outcome.PASSED)

    found = run_checks(
        checks("a/1", "a/2"),
        judge,
        workers=2,
        limit=PATIENCE,
        tell=lambda result: heard.append(result.check),
    )

    assert [result.check for result in found] == ["a/1", "a/2"]
    assert heard == ["a/2", "a/1"]


def test_no_more_run_at_once_than_there_are_workers() -> None:
    """
    One worker runs one check after the other.
    """
    running: list[str] = []

    def judge(check: Check[None]) -> Result:
        running.append(check.id)
        assert running == [check.id]
        running.remove(check.id)
        return Result(check.id, Outcome.PASSED)

    found = run_checks(checks("a/1", "a/2", "a/3"), judge, workers=1, limit=PATIENCE)

    assert [result.outcome for result in found] == [Outcome.PASSED] * 3


def test_a_check_that_does_not_end_is_given_up() -> None:
    """
    It is an error of the suite, and another worker runs what is left.
    """
    over = threading.Event()

    def judge(check: Check[None]) -> Result:
        if check.id == "a/stuck":
            over.wait(PATIENCE)
        return Result(check.id, Outcome.PASSED)

    found = run_checks(checks("a/stuck", "a/2"), judge, workers=1, limit=0.1)
    over.set()

    assert [result.outcome for result in found] == [Outcome.ERROR, Outcome.PASSED]
    assert "did not end within 0.1 s" in found[0].text


def test_a_judge_that_breaks_down_is_an_error_of_that_check() -> None:
    """
    The others are run all the same.
    """

    def judge(check: Check[None]) -> Result:
        if check.id == "a/1":
            raise KeyError("oh")
        return Result(check.id, Outcome.PASSED)

    found = run_checks(checks("a/1", "a/2"), judge, workers=2, limit=PATIENCE)

    assert [result.outcome for result in found] == [Outcome.ERROR, Outcome.PASSED]
    assert found[0].text == "KeyError: 'oh'"


def test_at_least_two_checks_run_at_once() -> None:
    """
    A check mostly waits for a process.
    """
    assert default_workers() >= 2
