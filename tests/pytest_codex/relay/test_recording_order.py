"""
Whatever raced, a recording has one order.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.relay.conversation import Said
from pytest_codex.relay.model_cassette import Exchange
from pytest_codex.relay.recording_order import settle
from pytest_codex.relay.wording import Wording

WORDING = Wording(Places(), Redactor())


def exchange(thread: str, *texts: str, kind: str = "turn", method: str = "POST") -> Exchange:
    """
    A call whose answer has an id of its own.
    """
    talk: list[dict[str, Any]] = [{"user": text} for text in texts]
    said = Said("/responses", method, kind, "m", None, talk, WORDING)
    body = f'data: {{"id":"msg_{thread}{len(texts)}x9"}}\n'
    return Exchange(said, {"body": {"string": body}}, thread, {})


def test_threads_in_any_order() -> None:
    """
    The calls of one thread stay together and in order; reviews and reads come last.
    """
    threads = [
        [exchange("a", "ant"), exchange("a", "ant", "more")],
        [exchange("b", "bee")],
        [exchange("g", "aaa", kind="review")],
        [exchange("", method="GET"), exchange("", method="GET")],
    ]
    orders = [[call for thread in order for call in thread] for order in permutations(threads)]

    found = [settle(order) for order in orders]

    said = [[each.said.conversation for each in calls] for calls, _ in found]
    bodies = [[each.response["body"]["string"] for each in calls] for calls, _ in found]
    assert all(one == said[0] for one in said)
    assert all(one == bodies[0] for one in bodies)
    assert [len(talk) for talk in said[0]] == [1, 2, 1, 1, 0]
    assert {"msg_a1x9": "msg_1", "msg_a2x9": "msg_2", "msg_b1x9": "msg_3"}.items() <= found[0][
        1
    ].items()


def test_threads_that_begin_alike_stay_in_order() -> None:
    """
    Of equal calls the first one is the first when it is played again.
    """
    first, second = exchange("z", "hi"), exchange("a", "hi")

    assert ["z", "a"] == [each.thread for each in settle([first, second])[0]]
