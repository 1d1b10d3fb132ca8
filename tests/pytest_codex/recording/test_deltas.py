"""
Streams are masked as a whole and told in the pieces they came in.
"""

from __future__ import annotations

import base64
import itertools
import random
from typing import Any

import pytest

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.recording.deltas import Deltas

KEY = "sk-proj-" + "q7Rz2Lw9Vt4Xk8Np3Ys6"


@pytest.fixture
def deltas() -> Deltas:
    """
    Deltas that are masked as a recorder masks them.
    """
    redactor, places = Redactor(), Places()
    places.bind("workspace", "/var/base/ws")
    return Deltas(lambda message: places.mask(redactor.message(message)))


def delta(text: str, thread: str = "t", item: str = "m") -> dict[str, Any]:
    """
    A piece of the agent's message.
    """
    params = {"threadId": thread, "itemId": item, "delta": text}
    return {"method": "item/agentMessage/delta", "params": params}


def message(thread: str | None = "t") -> dict[str, Any]:
    """
    Something that follows a stream.
    """
    return {"method": "item/completed", "params": {"threadId": thread}}


def told(deltas: Deltas, *texts: str, following: dict[str, Any] | None = None) -> list[str]:
    """
    What is told of a stream.
    """
    for text in texts:
        assert deltas.hold(delta(text))
    return [each["params"]["delta"] for each in deltas.release(following)]


def test_ordinary_deltas_are_told_as_they_came(deltas: Deltas) -> None:
    """
    Nothing is joined or moved where there is nothing to hide.
    """
    words = ["Once", " upon", " a", " ti", "me"]

    assert told(deltas, *words, following=message()) == words
    assert deltas.release(None) == []


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Use ", KEY[:10], KEY[10:], " now"], ["Use ", "sk-REDACTED", " now"]),
        ([*KEY], [*"sk-", "REDACTED"]),
        (["Use ", KEY, " now"], ["Use ", "sk-REDACTED", " now"]),
        (["In /var", "/base/ws", "/a.py."], ["In {workspace}", "/a.py."]),
        (["a", KEY[:9], KEY[9:]], ["a", KEY[:9], KEY[9:]]),
    ],
)
def test_what_is_cut_is_masked_as_a_whole(
    deltas: Deltas, texts: list[str], expected: list[str]
) -> None:
    """
    The deltas together are what the whole text is when it is masked.
    """
    assert told(deltas, *texts) == expected


def test_any_cut_gives_the_same_text(deltas: Deltas) -> None:
    """
    However a text with secrets is cut, no piece of a secret is left.
    """
    text = f"Use {KEY} in /var/base/ws/a.py or write to grace@example.org, twice: {KEY}."
    [whole] = told(deltas, text)
    dice = random.Random(7)
    for _ in range(200):
        cuts = sorted({0, len(text), *(dice.randrange(len(text)) for _ in range(9))})
        texts = [text[i:j] for i, j in itertools.pairwise(cuts)]

        assert "".join(told(deltas, *texts)) == whole


def test_another_thread_does_not_cut_a_word(deltas: Deltas) -> None:
    """
    Only whole words are told before what another thread does; the rest comes later.
    """
    assert told(deltas, "Use ", KEY[:10], following=message("other")) == ["Use "]
    assert told(deltas, KEY[10:], " now", following=message()) == ["sk-REDACTED", " now"]


def test_streams_are_told_in_the_order_they_came(deltas: Deltas) -> None:
    """
    Two streams at once stay interleaved as they were.
    """
    for text, thread in (("a ", "1"), ("b ", "2"), ("c ", "1"), ("d ", "2")):
        deltas.hold(delta(text, thread))

    assert [each["params"]["delta"] for each in deltas.release(None)] == ["a ", "b ", "c ", "d "]


def test_output_of_a_process_is_masked_as_a_whole(deltas: Deltas) -> None:
    """
    Bytes are looked at behind their base64, across all pieces.
    """
    for piece in (b"key ", KEY[:12].encode(), KEY[12:].encode() + b"\n"):
        code = base64.b64encode(piece).decode()
        params = {"processId": "p", "stream": "stdout", "deltaBase64": code, "capReached": False}
        deltas.hold({"method": "command/exec/outputDelta", "params": params})

    [output] = deltas.release({"id": 1, "result": {}})

    assert base64.b64decode(output["params"]["deltaBase64"]) == b"key sk-REDACTED\n"


def test_other_messages_are_not_held(deltas: Deltas) -> None:
    """
    Only streams are.
    """
    assert not deltas.hold(message())
    assert not deltas.hold({"id": 1, "result": {"delta": "x"}})
    assert not deltas.hold({"method": "item/agentMessage/delta", "params": None})
