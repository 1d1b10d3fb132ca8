"""
Model cassettes as text: nothing executable, nothing half, nothing from the future.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fake_server.errors import CassetteFormatError, CassetteVersionError
from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.relay.cassette_text import Serializer
from pytest_codex.relay.server import open_relay

TALK = [{"user": "hi"}, {"assistant": "line\nline\n"}, {"user": "more 😀"}, {"call": "x", "n": 1}]


def data(*conversations: list[Any]) -> dict[str, Any]:
    """
    Interactions as vcrpy hands them over.
    """
    return {
        "version": 1,
        "interactions": [
            {
                "request": {
                    "method": "POST",
                    "uri": "/responses",
                    "headers": {},
                    "body": json.dumps({"kind": "turn", "conversation": said}, ensure_ascii=False),
                },
                "response": {
                    "status": {"code": 200, "message": "OK"},
                    "headers": {},
                    "body": {"string": "event: a\ndata: {}\n"},
                },
            }
            for said in conversations
        ],
    }


@pytest.mark.parametrize("as_json", [False, True])
def test_round_trip(as_json: bool) -> None:
    """
    Only what is new in a conversation is written, and all of it is read.
    """
    made = Serializer("a.yaml", as_json=as_json)
    given = data(TALK[:1], TALK[:3], TALK[:1], TALK, [])

    text = made.serialize(given)

    assert given["interactions"] == made.deserialize(text)["interactions"]
    assert 1 == text.count("hi")
    assert 1 == text.count("more")
    if not as_json:
        assert "after: 2" in text
        assert "string: |\n        event: a\n        data: {}\n" in text


def test_yaml_is_no_program(tmp_path: Path) -> None:
    """
    A file that would run something is refused, and nothing runs.
    """
    proof = tmp_path / "proof"
    text = f"codex_model_cassette: !!python/object/apply:pathlib.Path.touch [{proof}]\n"

    with pytest.raises(CassetteFormatError, match=r"a\.yaml:1: it is no YAML: could not determine"):
        Serializer("a.yaml", as_json=False).deserialize(text)

    assert not proof.exists()


def broken(text: str) -> dict[str, tuple[str, str]]:
    """
    Ways to break a file, with what is told.
    """
    return {
        "empty": ("", r"a\.yaml:1: it is no model cassette: 'codex_model_cassette' is missing"),
        "cut": (text[: text.rindex("- request")], r"says it holds 2 calls, and holds 1"),
        "conflict": (text.replace("calls: 2", "<<<<<<< HEAD"), r"a\.yaml:\d+: it is no YAML"),
        "list": ("- 1\n", r"a\.yaml:1: it is no model cassette"),
        "head": ("codex_model_cassette: 1\n", r"a\.yaml:1: .*no list of interactions"),
        "body": (text.replace("conversation", "talk"), r"a\.yaml:4: .*interaction 1 has no conv"),
        "after": (text.replace("after: 1", "after: 2"), r"a\.yaml:\d\d: interaction 2 goes on aft"),
        "status": (text.replace("code: 200", "code: x"), r"a\.yaml:4: the status code of inter"),
        "uri": (text.replace("uri:", "url:"), r"a\.yaml:4: .*needs method, uri, body"),
        "answer": (text.replace("string:", "text:"), r"a\.yaml:4: .*interaction 1 has no body"),
    }


@pytest.mark.parametrize("how", broken("- request"))
def test_a_broken_file_is_an_error(how: str, tmp_path: Path) -> None:
    """
    File and line are named, and nothing is ever taken for an empty cassette.
    """
    text, expected = broken(Serializer("", as_json=False).serialize(data(TALK[:1], TALK[:2])))[how]
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(CassetteFormatError, match=expected):
        open_relay(path, "none", None, places=Places(), redactor=Redactor(), name="a.yaml")


def test_broken_json_names_its_line() -> None:
    """
    JSON, too, is read as a whole or not at all.
    """
    made = Serializer("a.json", as_json=True)
    text = made.serialize(data(TALK))

    with pytest.raises(CassetteFormatError, match=r"a\.json:5: it is no JSON"):
        made.deserialize(text.replace('"interactions": [', '"interactions": [\n,', 1))
    with pytest.raises(CassetteFormatError, match=r"a\.json:5: the response of interaction 1"):
        made.deserialize(text.replace('"string"', '"text"'))


def test_not_text(tmp_path: Path) -> None:
    """
    A file of other bytes is an error.
    """
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(CassetteFormatError, match="it is not UTF-8"):
        open_relay(path, "once", "http://x", places=Places(), redactor=Redactor())


def test_the_future_is_refused() -> None:
    """
    A newer format tells to update.
    """
    made = Serializer("a.yaml", as_json=False)

    with pytest.raises(
        CassetteVersionError, match=r"a\.yaml has format 2 .* pip install --upgrade"
    ):
        made.deserialize(made.serialize(data(TALK)).replace("cassette: 1", "cassette: 2"))
