"""
Runs made by hand, for the tests of what is told of them.
"""

from __future__ import annotations

from typing import Any

from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.outcomes import Outcome, Result
from pytest_codex.conformance.runs import Coverage, Run

AREAS = {
    "turns/base": Outcome.PASSED,
    "turns/steer": Outcome.FAILED,
    "turns/known": Outcome.FAILED,
    "limits/input": Outcome.WARNING,
    "limits/flood": Outcome.ERROR,
    "gating/absent": Outcome.SKIPPED,
    "gating/mended": Outcome.PASSED,
}
"""One check of every outcome; ``turns/known`` and ``gating/mended`` are expected to fail."""

TEXTS = {
    "turns/steer": "expected <b>3</b> & got 'two'",
    "turns/known": "turn/completed did not come",
    "limits/input": "answers late",
    "limits/flood": "OSError: no pipes \x1b[31m left",
    "gating/absent": "this version has no thread/goal/set",
}

EXPECTED = {"turns/known": "a fact <about> it", "gating/mended": "was broken"}


def check(name: str) -> Check[Any]:
    """
    A check with an id; it is never run.
    """
    return Check(name, f"The title of {name} & more.", f"protocol-facts: {name}", lambda _: None)


def result(name: str, outcome: Outcome, **more: Any) -> Result:
    """
    What it found, with its text above.
    """
    text = TEXTS.get(name, "")
    if outcome not in (Outcome.PASSED, Outcome.SKIPPED):
        more = {"wire": ('1> {"id":1,"method":"<m>"}',), "stderr": ("panicked",), **more}
    return Result(name, outcome, text, 0.25, **more)


def run(outcomes: dict[str, Outcome] | None = None, **more: Any) -> Run:
    """
    A run with these outcomes, by default all of those above.
    """
    outcomes = AREAS if outcomes is None else outcomes
    given: dict[str, Any] = {
        "side": "server",
        "target": "my-codex app-server",
        "version": "0.163.0",
        "schema": "0.163.0",
        "checks": tuple(check(name) for name in outcomes),
        "results": tuple(result(name, outcome) for name, outcome in outcomes.items()),
        "seconds": 12.34,
        "expected": {name: why for name, why in EXPECTED.items() if name in outcomes},
        "coverage": (
            Coverage("client requests", ("a/b", "a/c"), {"a/d": "needs an <account>"}, ("a/e",)),
        ),
    }
    return Run(**{**given, **more})


GOOD = {"turns/base": Outcome.PASSED, "limits/input": Outcome.WARNING}
"""Outcomes of a server that is all right."""
