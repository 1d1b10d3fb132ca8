"""
What differs on the wire.
"""

from __future__ import annotations

from pytest_codex.comparison.wire import ORDER, Example, WireDifference, wire
from tests.pytest_codex.comparison.tales import Tale


def between(old: Tale, new: Tale) -> WireDifference:
    """
    The difference of two tales.
    """
    return wire(old.transcript, new.transcript)


def test_the_same_messages_do_not_differ() -> None:
    """
    Nothing is found where nothing is; the version of Codex itself does not count.
    """

    def tale(version: str) -> Tale:
        return (
            Tale(version)
            .asked("initialize", {}, result={"userAgent": f"py/{version} (os) terminal (py; 1)"})
            .said("thread/started", thread={"cliVersion": version})
            .event("client", "junk")
            .event("workspace", {"delete": ["a"]})
        )

    assert not between(tale("0.155.1"), tale("0.163.0")).counts
    assert between(tale("0.155.1"), tale("0.163.0").said("more")).counts


def test_fields_are_counted_per_kind_of_message() -> None:
    """
    One new field in many messages is one entry; entries of a list share it.
    """
    old, new = Tale(), Tale()
    for _ in range(3):
        old.said("turn/started", turn={"id": "1", "old": {"deep": 1}})
        new.said("turn/started", turn={"id": "1", "root": {"deep": 1}})
    old.said("list", data=[{"a": 1}, {"a": 1}])
    new.said("list", data=[{"a": 2}, {"a": True}, {"a": 3}])

    assert between(old, new).counts == {
        ("turn/started", "gone", "turn.old"): 3,
        ("turn/started", "new", "turn.root"): 3,
        ("list", "differs", "data[].a"): 2,
        ("list", "new", "data[]"): 1,
    }


def test_answers_are_called_by_their_requests() -> None:
    """
    Result and error name what they answer, in both directions; items name their type.
    """
    old = Tale().asked("account/read", {}, result={"a": 1}).asked("login", {}, error={"code": 1})
    new = Tale().asked("account/read", {}, result={"a": 2}).asked("login", {}, error={"code": 2})
    old.approval({}, "ask", result={"yes": 1}).command(output="a")
    new.approval({}, "ask", result={"yes": 2}).command(output="b")

    assert set(between(old, new).counts) == {
        ("account/read result", "differs", "a"),
        ("login error", "differs", "code"),
        ("ask result", "differs", "yes"),
        ("item/completed (commandExecution)", "differs", "item.output"),
    }


def test_whole_messages_come_and_go() -> None:
    """
    A message without a counterpart of its kind is told with its line.
    """
    found = between(Tale().said("gone"), Tale().said("kept").said("kept"))

    assert found.counts == {("gone", "gone", ""): 1, ("kept", "new", ""): 2}
    assert found.examples["kept", "new", ""] == Example(
        None, {"method": "kept", "params": {}}, 0, 2
    )


def test_order_counts_when_nothing_else_differs() -> None:
    """
    The same messages in another order are a difference of order.
    """
    old, new = Tale().said("a").said("a").said("b"), Tale().said("a").said("b").said("a")

    found = between(old, new)

    assert found.counts == {(ORDER, "differs", "a"): 1}
    assert found.examples[ORDER, "differs", "a"] == Example("first", "after b", 2, 4)
