"""
Facts of two sessions side by side.
"""

from __future__ import annotations

from typing import Any

import pytest

from pytest_codex.comparison.changes import Change, changes
from pytest_codex.comparison.facts import Fact


def between(old: list[Fact], new: list[Fact]) -> list[Change]:
    """
    The changes of one place.
    """
    return changes({"here": old}, {"here": new})


def fact(kind: str = "command", name: str = "ls", **values: Any) -> Fact:
    """
    A fact.
    """
    return Fact("here", kind, name, values)


def test_the_same_is_no_change() -> None:
    """
    Where nothing differs nothing is told.
    """
    assert between([fact(status="ok")], [fact(status="ok")]) == []


def test_values_are_told_from_both_sides() -> None:
    """
    A value that changed, came or went is one field each.
    """
    (change,) = between([fact(status="ok", code=0, old=1)], [fact(status="ok", code=1, new=2)])

    assert change.fields == [("code", 0, 1), ("old", 1, None), ("new", None, 2)]


def test_a_value_that_is_not_there_is_none() -> None:
    """
    A missing value and an empty one say the same.
    """
    assert between([fact(phase=None)], [fact()]) == []


def test_loose_values_count_only_on_both_sides() -> None:
    """
    A field that one version does not know is no behaviour; a field with another value is.
    """
    old = Fact("here", "request", "thread/start", loose={"model": "a", "gone": 1})
    new = Fact("here", "request", "thread/start", loose={"model": "b", "came": 1})

    (change,) = between([old], [new])

    assert change.fields == [("model", "a", "b")]


def test_another_name_is_a_change_of_the_same_thing() -> None:
    """
    A message with another text is that message, changed.
    """
    (change,) = between([fact("message", "Hi")], [fact("message", "Hello")])

    assert change.fields == [("", "Hi", "Hello")]


def test_things_come_and_go() -> None:
    """
    What has no counterpart is new or gone; what follows it is still paired.
    """
    gone, come = fact("plan", "Look"), fact("error", "no")

    found = between([gone, fact(code=0)], [come, fact(code=1)])

    assert [(change.old, change.new) for change in found[:2]] == [(gone, None), (None, come)]
    assert found[2].fields == [("code", 0, 1)]


def test_order_is_behaviour() -> None:
    """
    Two things that changed places are one move.
    """
    one, two = fact(name="one"), fact("plan", "two")

    (change,) = between([one, two], [two, one])

    assert change.moved
    assert change.fields == []


@pytest.mark.parametrize("swapped", [False, True])
def test_places_of_one_side_only(swapped: bool) -> None:
    """
    A turn that only one session had is told whole.
    """
    places = {"turn 1": [fact()]}, {"turn 1": [fact()], "turn 2": [fact(), fact("plan")]}
    old, new = reversed(places) if swapped else places

    found = changes(old, new)

    assert [(change.old is None, change.new is None) for change in found] == [
        (not swapped, swapped)
    ] * 2
