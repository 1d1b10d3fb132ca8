"""
The ways to be broken do what they say, and nothing else.
"""

from __future__ import annotations

import json

import pytest

from tests.pytest_codex.conformance.defects.kit import (
    Line,
    Message,
    Passage,
    Way,
    asks,
    at,
    both,
    change,
    drop,
    error,
    hears,
    instead,
    late,
    lose,
    put,
    result,
    rewrite,
    says,
    twice,
)


def notice(method: str, **params: object) -> Message:
    """
    A notification.
    """
    return {"method": method, "params": params}


def told(way: Way, *messages: Message, asked: tuple[Message, ...] = ()) -> list[Line]:
    """
    What a client gets of a server's messages, and what was kept back at their end.
    """
    passage = Passage(way())
    for message in asked:
        list(passage.from_client(json.dumps(message), lambda _: None))
    passed = [line for message in messages for line in passage.from_server(message)]
    return [*passed, *passage.behaviour.idle()]


def test_drop_leaves_out_what_is_meant() -> None:
    """
    Other messages pass; with a number, only so many are left out.
    """
    one, two = notice("a"), notice("b")

    assert [two] == told(drop(says("a")), one, two, one)
    assert [two, one] == told(drop(says("a"), times=1), one, two, one)


def test_answers_are_known_by_their_request() -> None:
    """
    An answer has no method: it is that of the request with its id, text or number.
    """
    asked = ({"id": 1, "method": "a"}, {"id": "1", "method": "b"})
    answers: list[Message] = [{"id": 1, "result": {}}, {"id": "1", "error": {"code": 1}}]

    assert answers[1:] == told(drop(result("a", "b")), *answers, asked=asked)
    assert answers[:1] == told(drop(error("b")), *answers, asked=asked)


def test_late_swaps_and_loses_nothing() -> None:
    """
    What is kept back comes after the other message, or at the end.
    """
    one, two, three = notice("a"), notice("b"), notice("c")

    assert [three, two, one] == told(late(says("a"), until=says("b")), one, three, two)
    assert [three, one] == told(late(says("a"), until=says("b")), one, three)


def test_twice_and_both() -> None:
    """
    Ways are composed: what the first makes, the second gets.
    """
    way = both(twice(says("a")), change(says("a"), put("params.x", 1)))

    assert [notice("a", x=1), notice("a", x=1), notice("b")] == told(way, notice("a"), notice("b"))


def test_an_edit_leaves_the_message_alone() -> None:
    """
    Only a copy is edited.
    """
    sound = notice("a", items=[{"text": "one"}])
    way = change(says("a"), rewrite("params.items.0.text", str.upper))

    assert [notice("a", items=[{"text": "ONE"}])] == told(way, sound)
    assert notice("a", items=[{"text": "one"}]) == sound


@pytest.mark.parametrize("path", ["params.x.y", "params.list.5", "params.list.x", "params.none.z"])
def test_an_edit_of_what_is_not_there_does_nothing(path: str) -> None:
    """
    A selector may mean messages of several shapes.
    """
    sound = notice("a", list=[1], none=None)

    assert [sound] == told(change(says("a"), lose(path)), sound)
    assert [sound] == told(change(says("a").where(at(path)), put(path, 1)), sound)


def test_requests_can_be_kept_from_the_server() -> None:
    """
    They are answered in its place, or with silence.
    """
    passage = Passage(instead(asks("a"), lambda m: ({"id": m["id"], "result": 1},))())
    replies: list[Line] = []
    lines = [json.dumps({"id": 7, "method": method}) for method in "ab"]

    passed = [line for each in lines for line in passage.from_client(each, replies.append)]

    assert [lines[1]] == passed
    assert [{"id": 7, "result": 1}] == replies


def test_what_is_not_touched_passes_as_it_was_written() -> None:
    """
    Blanks, odd orders and what is no JSON reach the server unchanged.
    """
    passage = Passage(hears(asks("a"), lambda m: ({**m, "method": "b"},))())
    lines = ['{ "params": {},  "method":"c" }', "no JSON", "[]", '{"method": "a"}']

    passed = [line for each in lines for line in passage.from_client(each, lambda _: None)]

    assert [*lines[:3], {"method": "b"}] == passed
