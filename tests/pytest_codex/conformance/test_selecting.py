"""
Which checks are run.
"""

from __future__ import annotations

import pytest

from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.selecting import select
from pytest_codex.errors import HarnessError

CHECKS: list[Check[None]] = [
    Check(name, "Holds.", "somewhere", lambda _: None)
    for name in ("turns/one", "turns/two", "items/one")
]


@pytest.mark.parametrize(
    ("only", "skip", "expected"),
    [
        ([], [], ["turns/one", "turns/two", "items/one"]),
        (["turns"], [], ["turns/one", "turns/two"]),
        (["*/one"], [], ["turns/one", "items/one"]),
        (["items/one", "turns/two"], [], ["turns/two", "items/one"]),
        ([], ["turns"], ["items/one"]),
        (["turns"], ["*/two"], ["turns/one"]),
    ],
)
def test_patterns_choose(only: list[str], skip: list[str], expected: list[str]) -> None:
    """
    Patterns are ids with stars, or areas; the order stays that of the suite.
    """
    assert [check.id for check in select(CHECKS, only, skip)] == expected


@pytest.mark.parametrize(
    ("only", "skip", "text"),
    [
        (["turn"], [], "--only turn: no check has such an id; the areas are turns, items"),
        ([], ["x/*"], "--skip x/\\*: no check has such an id"),
        (["turns"], ["turns"], "leave no check to run"),
    ],
)
def test_a_pattern_that_fits_nothing_is_an_error(
    only: list[str], skip: list[str], text: str
) -> None:
    """
    A misspelt pattern must not look like a run in which all is well.
    """
    with pytest.raises(HarnessError, match=text):
        select(CHECKS, only, skip)
