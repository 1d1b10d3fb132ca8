"""
A comparison in words.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from pytest_codex.comparison.changes import Change
from pytest_codex.comparison.facts import Fact
from pytest_codex.comparison.telling import (
    DIFF_LINES,
    FIELDS,
    LONG,
    tell_changes,
    tell_examples,
    tell_kinds,
)
from pytest_codex.comparison.wire import Example, WireDifference


def changed(old: Any, new: Any, kind: str = "command", field: str = "output") -> list[str]:
    """
    How the change of one value is told, without place and headline.
    """
    facts = Fact("here", kind, "ls", line=7), Fact("here", kind, "ls", line=9)
    lines = list(tell_changes([Change(*facts, [(field, old, new)])]))
    assert lines[:2] == ["  here", f'    {kind} "ls", line 7 -> 9']
    return [line[6:] for line in lines[2:]]


def test_short_values_stand_in_one_line() -> None:
    """
    Old and new beside each other.
    """
    assert changed(0, None, field="exit code") == ["exit code 0 -> null"]
    assert changed("a", "b", kind="message", field="") == ['text "a" -> "b"']


def test_long_values_stand_under_each_other() -> None:
    """
    Long values are cut, around the place where they part.
    """
    same = "x" * 2 * LONG

    title, old, new = changed(same + "old", same + "new")

    assert title == "output"
    assert old.startswith("  - …x")
    assert old.endswith('old"')
    assert new.endswith('new"')
    assert all(len(line) < LONG + 10 for line in changed("a" * 9000, "b" * 9000))


def test_texts_of_several_lines_show_the_lines_that_differ() -> None:
    """
    Of two outputs only what differs is shown, and not all of that without end.
    """
    assert changed("same\n" * 30 + "old\n", "same\n" * 30 + "new\n") == [
        "output",
        "   same",
        "  -old",
        "  +new",
    ]
    many = changed("", "".join(f"{number}\n" for number in range(100)))
    assert len(many) == DIFF_LINES + 2
    assert many[-1] == f"  … and {100 - DIFF_LINES} lines more"


def test_texts_that_differ_in_their_last_newline() -> None:
    """
    A difference that no line shows is shown all the same.
    """
    text = "a line that is long enough to stand alone, and then some more\n"

    _, old, new = changed(text, text.rstrip("\n"))

    assert old != new


def test_lists_show_the_entries_that_came_and_went() -> None:
    """
    Of two lists of models only the difference matters.
    """
    shared = [f"a rather long name of a model {number}" for number in range(3)]

    assert changed([*shared, "old"], ["new", *shared]) == ["output", '  - "old"', '  + "new"']
    assert changed(shared, shared[::-1])[1].startswith('  - ["a rather')


def test_new_and_gone() -> None:
    """
    What stands alone says what it is, how it went and where.
    """
    gone = Fact("turn 1", "command", "ls", {"status": "failed", "exit code": 2}, line=4)
    come = Fact("turn 2", "turn", "", {"status": "completed"}, line=9)

    assert list(tell_changes([Change(gone, None), Change(None, come)])) == [
        "  turn 1",
        '    gone command "ls" (status "failed"; exit code 2), line 4',
        "  turn 2",
        "    new  turn, line 9",
    ]


def test_moved() -> None:
    """
    A move is told as one.
    """
    fact = Fact("here", "plan", "Look", line=3)

    lines = list(tell_changes([Change(fact, Fact("here", "plan", "Look", line=5), [], True)]))

    assert lines[1:] == ['    plan "Look", moved, line 3 -> 5']


@pytest.mark.parametrize(("limit", "last"), [(2, "  … and 3 more"), (5, "    gone plan, line 0")])
def test_changes_are_limited(limit: int, last: str) -> None:
    """
    A failure does not fill the screen, and says that there is more.
    """
    changes = [Change(Fact("here", "plan", ""), None) for _ in range(5)]

    assert list(tell_changes(changes, limit))[-1] == last


def test_kinds_of_messages_come_by_number() -> None:
    """
    What is met most often is told first, each kind in one line.
    """
    counts = Counter({("a", "new", "x"): 1, ("b", "differs", "y"): 3, ("b", "gone", ""): 2})

    assert list(tell_kinds(counts)) == [
        "  b: differs y (3 times), gone message (2 times)",
        "  a: new x",
    ]
    assert list(tell_kinds(counts, 1))[-1] == "  … and 1 more kinds of message"


def test_many_fields_of_one_kind_are_limited() -> None:
    """
    A list of models that changed everywhere is one line.
    """
    counts = Counter({("a", "new", f"field{number}"): 1 for number in range(FIELDS + 2)})

    (line,) = tell_kinds(counts, 1)

    assert line.endswith(", … and 2 fields more")
    (line,) = tell_kinds(counts)
    assert f"field{FIELDS + 1}" in line


def test_examples_show_values_and_lines() -> None:
    """
    Everything that differs on the wire has one example.
    """
    found = WireDifference()
    found.note("turn", "differs", "a", Example(1, 2, 3, 4))
    found.note("turn", "differs", "a", Example(5, 6, 7, 8))
    found.note("turn", "new", "b", Example(None, True, 3, 4))
    found.note("turn", "gone", "", Example({}, None, 3, 0))

    assert list(tell_examples(found)) == [
        "  turn",
        "    differs a, 2 times, line 3 -> 4",
        "      - 1",
        "      + 2",
        "    gone message, line 3",
        "      - {}",
        "    new b, line 3 -> 4",
        "      + true",
    ]
