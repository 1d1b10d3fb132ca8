"""
The parts of a fact.
"""

from __future__ import annotations

from pytest_codex.comparison.facts import flatten, is_id, lasting


def test_leaves_have_paths() -> None:
    """
    A nested value becomes one value per leaf; lists also count.
    """
    value = {"a": {"b": 1, "c": None}, "d": ["x", {"e": False}]}

    assert flatten(value) == {"a.b": 1, "number of d": 2, "d[0]": "x", "d[1].e": False}
    assert flatten("plain") == {"": "plain"}


def test_what_does_not_last_is_left_out() -> None:
    """
    Ids, times, cursors and places of storage are no behaviour; a user's path is.
    """
    thread = {
        "id": "00000001-0000-7000-8000-000000000000",
        "sessionId": "00000001-0000-7000-8000-000000000000",
        "createdAt": 1700000000,
        "path": "/sessions/rollout.jsonl",
        "historyMode": "legacy",
        "preview": "Fix it.",
        "turns": [{"items": [{"type": "agentMessage", "id": "item-2", "text": "Fixed."}]}],
    }
    value = {"thread": thread, "backwardsCursor": "abc", "path": "notes.txt"}

    assert flatten(lasting(value)) == {
        "thread.preview": "Fix it.",
        "number of thread.turns": 1,
        "number of thread.turns[0].items": 1,
        "thread.turns[0].items[0].type": "agentMessage",
        "thread.turns[0].items[0].text": "Fixed.",
        "path": "notes.txt",
    }


def test_an_id_is_a_whole_uuid() -> None:
    """
    A text that only mentions an id is a text.
    """
    name = "00000001-0000-7000-8000-000000000000"

    assert [is_id(one) for one in (name, f"{name}-plan", f"no thread {name}", 7)] == [
        True,
        True,
        False,
        False,
    ]
