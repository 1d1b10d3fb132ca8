"""
Streams as they are kept, and how they are told from broken ones.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.relay import events
from pytest_codex.relay.wording import Wording
from tests.pytest_codex.relay.upstreams import completed, event, message


def wording() -> Wording:
    """
    Words of a run in ``/tmp/x/ws``.
    """
    places = Places()
    places.bind("workspace", "/tmp/x/ws")
    return Wording(places, Redactor())


def test_a_path_in_pieces_is_one_piece() -> None:
    """
    Deltas that share a directory are joined, others stay, and each stream is its own.
    """
    pieces = ["see ", "/tm", "p/x/", "ws", "/a.py", " now"]
    stream = [event("x.delta", item_id="a_1", delta=piece) for piece in pieces]
    other = [event("x.delta", item_id="b_1", delta=piece) for piece in ("/tm", "p/y")]
    mixed = b"".join([stream[0], stream[1], other[0], *stream[2:], other[1]]).decode()

    kept = [value for _, value in events.events_of(events.stored(mixed, wording()))]

    said = {
        name: [each["delta"] for each in kept if each["item_id"] == name] for name in ("a_1", "b_1")
    }
    assert {"a_1": ["see ", "{workspace}", "/a.py", " now"], "b_1": ["/tm", "p/y"]} == said


@given(st.lists(st.text("/tmpxws .a", max_size=6), max_size=8))
def test_joined_pieces_lose_nothing(pieces: list[str]) -> None:
    """
    Whatever is joined, together the pieces are the masked text.
    """
    mask = wording().answer_text

    masked = events.masked_pieces(pieces, mask)

    assert len(pieces) == len(masked)
    assert mask("".join(pieces)) == "".join(piece or "" for piece in masked)


def test_stored_and_filled() -> None:
    """
    What is kept has no dates, padding or echoes of the request, and fills to what was said.
    """
    begin = {"id": "resp_1a", "created_at": 1, "instructions": "long", "tools": [1]}
    text = b"".join(
        [
            event("response.created", response=begin),
            event("x.delta", item_id="m_1", delta="in /tmp/x/ws 😀", obfuscation="abc"),
            b": comment /tmp/x/ws\r\n\r\n",
            b"data: {junk\n\ndata: [DONE]\n\n",
            b'event: cut\ndata: {"type":',
        ]
    ).decode()

    kept = events.stored(text, wording())

    assert kept == (
        'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1a"}}\n\n'
        'event: x.delta\ndata: {"type":"x.delta","item_id":"m_1","delta":"in {workspace} '
        '\\ud83d\\ude00"}\n\n'
        ": comment {workspace}\n\ndata: {junk\n\ndata: [DONE]\n"
    )
    filled = events.filled(kept, wording())
    assert filled.endswith("data: [DONE]\n\n")
    assert "in /tmp/x/ws 😀" in [
        value["delta"] for _, value in events.events_of(filled) if value and "delta" in value
    ]
    assert "" == events.filled(events.stored("", wording()), wording())


def test_ids_are_counted_per_kind() -> None:
    """
    Every id a model gave is renamed where it stands for itself, and nowhere in a text.
    """
    names: dict[str, str] = {}
    item = {"id": "fc_9", "call_id": "call_Zq8", "arguments": '{"id":"msg_77"}'}
    text = json.dumps({"item": item, "response_id": "resp_a1"}, separators=(",", ":"))
    more = '{"id":"fc_10","item_id":"fc_9","encrypted_content":"%s","id":"plain"}' % ("x" * 50)

    renamed = events.rename_ids(text, names) + events.rename_ids(more, names)

    assert {"fc_9", "call_Zq8", "resp_a1", "fc_10", "x" * 50} == set(names)
    assert '"id":"fc_1","call_id":"call_1","arguments":"{\\"id\\":\\"msg_77\\"}"' in renamed
    assert '"id":"fc_2","item_id":"fc_1","encrypted_content":"encrypted_1","id":"plain"' in renamed


def test_tokens() -> None:
    """
    Tokens are counted from the end of a stream, or from an answer in one piece.
    """
    stream = (message("x") + completed()).decode()
    usage = json.loads(completed().split(b"data: ")[1])["response"]

    counted = {"input": 100, "cached": 40, "output": 7, "reasoning": 3}
    assert counted == events.token_usage(stream) == events.token_usage(json.dumps(usage))
    nothing = dict.fromkeys(counted, 0)
    for text in (
        "",
        "junk",
        "[1]",
        '{"error":1}',
        'data: {"response":{"usage":{"input_tokens":"x"}}}',
    ):
        assert nothing == events.token_usage(text)


@pytest.mark.parametrize("type_", events.ENDINGS)
def test_a_stream_has_an_end(type_: str) -> None:
    """
    Completed, failed and incomplete are ends; a stream without one says so.
    """
    assert events.unfinished(event(type_).decode()) is None
    assert "ended without" in str(events.unfinished(message("x").decode()))
