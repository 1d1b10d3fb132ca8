"""
Looking into cassettes: telling, checking, accepting an edit.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fake_server.errors import CassetteFormatError, SecretError
from fake_server.transcript import Event, Transcript
from pytest_codex.inspection import seal, tell, tell_difference, validate
from tests.pytest_codex.comparison.tales import Tale

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_sound_cassette_is_valid(cassette: Callable[..., Path]) -> None:
    """
    Effects, questions and strange lines of the client are all allowed.
    """
    path = cassette(
        Event(1, "workspace", {"write": {"a/b.txt": {"text": "x"}}, "delete": ["c"]}),
        Event(1, "server", {"method": "configWarning", "params": {}}),
        Event(1, "client", "not json"),
    )

    assert len(validate(path).events) == 6


@pytest.mark.parametrize(
    ("kind", "body", "complaint"),
    [
        ("spawn", {"args": "app-server"}, r"spawn\.args: Input should be a valid list"),
        ("server", {"method": 3}, r"server\.method: Input should be a valid string"),
        ("server", {"id": 1}, "neither a request, a notification nor an answer"),
        ("server", {"id": 1, "result": 1, "error": {}}, "neither a request"),
        ("server", {"result": {}}, "neither a request"),
        ("workspace", {"writes": {}}, r"workspace\.writes: Extra inputs"),
        ("workspace", {"write": []}, r"workspace\.write: Input should be a valid dict"),
        ("workspace", {"delete": ["../x"]}, r"workspace\.delete\.0: is not a path below"),
        ("workspace", {"delete": ["a/../../x"]}, r"workspace\.delete\.0: is not a path below"),
        ("workspace", {"mkdir": ["/etc"]}, r"workspace\.mkdir\.0: is not a path below"),
        ("workspace", {"write": {"a": {}}}, r"workspace\.write\.a\."),
        ("workspace", {"refs": {"HEAD": 1}}, r"workspace\.refs\.HEAD\."),
        ("workspace", {"head": "main"}, r"workspace\.head: String should match pattern"),
        ("workspace", {"commits": [{"id": 1}]}, r"workspace\.commits\.0\.\w+: Field required"),
    ],
)
def test_what_makes_no_sense_is_told(
    cassette: Callable[..., Path], kind: str, body: Any, complaint: str
) -> None:
    """
    A cassette that cannot be played is refused with its line.
    """
    path = cassette(Event(1, kind, body))

    with pytest.raises(CassetteFormatError, match=complaint) as caught:
        validate(path)

    assert caught.value.line == 5


def test_an_edit_is_sealed(cassette: Callable[..., Path]) -> None:
    """
    After sealing, an edited cassette is as good as a recorded one.
    """
    path = cassette()
    path.write_text(path.read_text().replace("0.163.0", "0.164.0"))
    with pytest.raises(CassetteFormatError):
        Transcript.load(path)

    assert seal(path) is True
    assert seal(path) is False
    assert Transcript.load(path).events[2].body["result"]["userAgent"] == "codex/0.164.0"


def test_nonsense_is_not_sealed(cassette: Callable[..., Path]) -> None:
    """
    An edit that could not be played stays refused, and the file stays as it was.
    """
    path = cassette()
    path.write_text(path.read_text().replace('"method": "initialize"', '"method": 7'))
    before = path.read_bytes()

    with pytest.raises(CassetteFormatError):
        seal(path)

    assert path.read_bytes() == before


def test_a_secret_is_not_sealed(cassette: Callable[..., Path]) -> None:
    """
    Whoever pastes a key into a cassette is stopped.
    """
    path = cassette()
    key = "sk-" + "proj-" + "Abc123" * 8
    path.write_text(path.read_text().replace('"userAgent"', f'"note": "{key}", "userAgent"'))

    with pytest.raises(SecretError):
        seal(path)


def test_a_cassette_is_told_line_by_line(cassette: Callable[..., Path]) -> None:
    """
    Every event is one short line with its number.
    """
    path = cassette(
        Event(1, "workspace", {"write": {"a": {"text": "x"}}, "delete": ["b"], "mkdir": ["c"]}),
        Event(1, "server", {"id": 2, "error": {"code": -32600, "message": "x" * 300}}),
        Event(1, "client", "not json"),
    )

    lines = list(tell(Transcript.load(path)))

    assert lines[0].startswith(str(path))
    assert lines[1] == "    2 1 $ --config a=b in {workspace}"
    assert lines[2] == "    3 1 > initialize #1 {}"
    assert lines[3] == '    4 1 < result #1 {"userAgent": "codex/0.163.0"}'
    assert lines[4] == "    5 1 * write a, delete b, mkdir c"
    assert lines[5].startswith("    6 1 < error #2")
    assert lines[5].endswith("…")
    assert lines[6] == "    7 1 > not JSON: 'not json'"


def test_two_cassettes_that_differ_on_the_wire_only(tmp_path: Path) -> None:
    """
    That the behaviour is the same is worth saying.
    """
    for name, fields in (("one", {}), ("two", {"more": 1})):
        Tale().said("note", **fields).transcript.save(tmp_path / name)

    lines = list(tell_difference(tmp_path / "one", tmp_path / "two"))

    assert lines[2:] == ["behaviour: the same", "wire:", "  note: new more"]
