"""
What a run amounts to.
"""

from __future__ import annotations

import pytest

from pytest_codex.conformance.outcomes import Outcome
from tests.pytest_codex.conformance.telling import GOOD, check, result, run


def test_passed_and_warned_is_conformant() -> None:
    """
    A run is good when all its checks passed, warnings included.
    """
    assert run(GOOD).ok


@pytest.mark.parametrize("bad", [Outcome.FAILED, Outcome.ERROR])
def test_a_failure_or_an_error_is_not(bad: Outcome) -> None:
    """
    One failure, or one check that broke down, spoils the run.
    """
    assert not run({**GOOD, "turns/steer": bad}).ok


def test_an_expected_failure_is_forgiven() -> None:
    """
    What is known to fail may fail.
    """
    told = run({**GOOD, "turns/known": Outcome.FAILED})

    assert told.ok
    assert () == told.failed


def test_an_expected_failure_that_breaks_down_is_not_forgiven() -> None:
    """
    An error of the harness is no failure of the peer, expected or not.
    """
    assert not run({**GOOD, "turns/known": Outcome.ERROR}).ok


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.WARNING])
def test_an_expected_failure_that_passes_is_stale(outcome: Outcome) -> None:
    """
    A check that no longer fails has to leave the file.
    """
    told = run({**GOOD, "turns/known": outcome})

    assert ("turns/known",) == told.stale
    assert not told.ok


def test_an_expected_failure_that_was_skipped_is_not_stale() -> None:
    """
    What was not tested says nothing about what was expected of it.
    """
    assert run({**GOOD, "turns/known": Outcome.SKIPPED}).ok


def test_a_missing_verdict_never_passes() -> None:
    """
    A check without a result is an error of the harness.
    """
    told = run(GOOD, checks=tuple(map(check, (*GOOD, "turns/lost"))))

    assert ["turns/lost"] == [error.check for error in told.errors]
    assert not told.ok


def test_no_checks_prove_nothing() -> None:
    """
    A run of nothing is not good.
    """
    assert not run({}).ok


def test_skipped_checks_prove_nothing() -> None:
    """
    A run in which nothing was looked at is not good, whatever was expected.
    """
    told = run({"turns/base": Outcome.SKIPPED, "turns/known": Outcome.SKIPPED})

    assert not told.ok
    assert told.judged == 0


def test_results_are_told_in_the_order_of_the_suite() -> None:
    """
    Whoever ended first, the suite's order is kept.
    """
    results = tuple(result(name, outcome) for name, outcome in reversed(GOOD.items()))

    assert list(GOOD) == list(run(GOOD, results=results).by_check)
