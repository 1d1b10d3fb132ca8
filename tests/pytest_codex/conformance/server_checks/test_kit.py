"""
What the checks of turns share: the failure says what came.
"""

from __future__ import annotations

from typing import Any

import pytest

from pytest_codex.conformance.outcomes import ConformanceError
from pytest_codex.conformance.server_checks.kit import follow, has, only, same, word


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"id": 3, "result": {}}, "answer 3"),
        ({"method": "skills/changed"}, "skills/changed"),
        ({"method": "item/started", "params": {"item": {"type": "plan"}}}, "item/started plan"),
        (
            {
                "method": "thread/status/changed",
                "params": {"status": {"type": "active", "activeFlags": ["waitingOnApproval"]}},
            },
            "thread/status/changed active waitingOnApproval",
        ),
        (
            {"method": "turn/completed", "params": {"turn": {"status": "failed"}}},
            "turn/completed failed",
        ),
    ],
)
def test_a_message_in_a_word(message: dict[str, Any], expected: str) -> None:
    """
    A message is told by its method and what it is about.
    """
    assert expected == word(message)


def test_words_in_order_pass() -> None:
    """
    Others may come between them.
    """
    follow(["a", "x", "b", "c"], "a", "b", "c")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["b", "a"], r"'b' came before 'a': \['b', 'a'\]"),
        (["a"], r"'b' did not come; there came \['a'\]"),
    ],
)
def test_words_out_of_order_fail(words: list[str], said: str) -> None:
    """
    A word that is missing or too early fails with all words.
    """
    with pytest.raises(ConformanceError, match=said):
        follow(words, "a", "b")


def test_another_value_fails_with_both() -> None:
    """
    The failure tells what was expected, and where.
    """
    with pytest.raises(ConformanceError, match="b of the thing is 1, not 2"):
        has("the thing", {"a": 1, "b": 1}, a=1, b=2)
    with pytest.raises(ConformanceError, match="the thing is 'x', not None"):
        same("the thing", "x", None)


@pytest.mark.parametrize("found", [[], [1, 2]])
def test_only_one_is_one(found: list[int]) -> None:
    """
    None and several both fail, with their number.
    """
    with pytest.raises(ConformanceError, match=f"there came {len(found)} of things, not one"):
        only("things", found)
    assert 1 == only("things", [1])
