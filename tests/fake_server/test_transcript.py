"""
Cassettes on disk: whole, sealed, or an error that names the line.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from fake_server.errors import CassetteFormatError, CassetteNotFoundError, CassetteVersionError
from fake_server.transcript import FORMAT, Event, Transcript

from .playbook import Script


def sample() -> str:
    """
    The text of a small cassette with an effect and text that is not ASCII.
    """
    script = Script().hello().thread(1).begin(1, "grüße")
    return script.effect(write={"a": {"text": "ä\n"}}).end(1, "日本").transcript().dumps()


def test_what_is_written_is_read_back() -> None:
    """
    Events, header and lines survive the way to disk and back.
    """
    text = Transcript({"codex": "0.163.0"}, [Event(1, "server", {"method": "m"})]).dumps()

    again = Transcript.parse(text)

    assert again.header["codex"] == "0.163.0"
    assert again.header["codex_cassette"] == FORMAT
    assert [(e.conn, e.kind, e.body, e.line) for e in again.events] == [
        (1, "server", {"method": "m"}, 2)
    ]
    assert again.dumps() == text


def test_connections_are_named_only_when_there_are_several() -> None:
    """
    ``conn`` is left out of the file of a single connection.
    """
    alone = Script().hello().transcript().dumps()
    both = Script(1).hello().transcript(Script(2).hello()).dumps()

    assert '"conn"' not in alone
    assert {json.loads(line)["conn"] for line in both.splitlines()[1:]} == {1, 2}
    assert {event.conn for event in Transcript.parse(both).events} == {1, 2}


def test_a_messages_text_is_cut_out_of_its_line() -> None:
    """
    Sending needs no new encoding, and hand-made spacing is encoded anew.
    """
    text = Script(2).hello().transcript().dumps() + '{ "server" : {"method": "x"} }\n'

    for event in Transcript.parse(text, sealed=False).events:
        assert json.loads(event.message_text()) == event.body


def test_line_ends_of_another_system_do_not_break_the_seal() -> None:
    """
    A checkout that turns ``\\n`` into ``\\r\\n`` is the same cassette.
    """
    assert len(Transcript.parse(sample().replace("\n", "\r\n")).events) > 5


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    """
    The error names the path.
    """
    with pytest.raises(CassetteNotFoundError, match=r"no cassette at .*nowhere"):
        Transcript.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "is empty"),
        ("{}\n", 1, "no cassette"),
        ("[1]\n", 1, "no cassette"),
        ('{"codex_cassette": true}\n', 1, "no cassette"),
        ('{"codex_cassette": 0}\n', 1, "no format 0"),
        ('{"codex_cassette": 1}\n{"server": {}', 2, "cut off"),
        ('{"codex_cassette": 1}\nnope\n', 2, "is not JSON"),
        ('{"codex_cassette": 1}\n<<<<<<< HEAD\n', 2, "merge conflict"),
        ('{"codex_cassette": 1}\n\n', 2, "is not JSON"),
        ('{"codex_cassette": 1}\n{"server": {}},{"server": {}}\n', 2, "is not JSON"),
        ('{"codex_cassette": 1}\n3\n', 2, "is not a JSON object"),
        ('{"codex_cassette": 1}\n{}\n', 2, "has the keys"),
        ('{"codex_cassette": 1}\n{"server": {}, "client": {}}\n', 2, "has the keys"),
        ('{"codex_cassette": 1}\n{"sever": {}}\n', 2, "has the keys"),
        ('{"codex_cassette": 1}\n{"server": "x"}\n', 2, "is not an object"),
        ('{"codex_cassette": 1}\n{"conn": "1", "server": {}}\n', 2, '"conn" is'),
        ('{"codex_cassette": 1}\n{"conn": 0, "server": {}}\n', 2, '"conn" is'),
    ],
)
def test_a_damaged_cassette_names_its_line(text: str, line: int, reason: str) -> None:
    """
    Each kind of damage is told with file, line and reason.
    """
    with pytest.raises(CassetteFormatError, match=reason) as caught:
        Transcript.parse(text, "some.codex.jsonl", sealed=False)

    assert (caught.value.path, caught.value.line) == ("some.codex.jsonl", line)


def test_bytes_that_are_not_utf8_name_their_line(tmp_path: Path) -> None:
    """
    A binary accident is told with its line, too.
    """
    (tmp_path / "c").write_bytes(b'{"codex_cassette": 1}\n{"server": {"a": "\xff"}}\n')

    with pytest.raises(CassetteFormatError, match=":2: is not UTF-8"):
        Transcript.load(tmp_path / "c")


def test_a_newer_format_asks_for_an_update() -> None:
    """
    Newer is not corrupt: the message says what to update.
    """
    with pytest.raises(CassetteVersionError, match="update it: pip install -U"):
        Transcript.parse('{"codex_cassette": 2}\n')


def test_an_edit_breaks_the_seal_and_sealing_accepts_it() -> None:
    """
    An edited cassette is refused with the command that accepts the edit.
    """
    edited = sample().replace("grüße", "Grüße")

    with pytest.raises(CassetteFormatError, match="pytest-codex seal c"):
        Transcript.parse(edited, "c")
    sealed = Transcript.parse(edited, "c", sealed=False).dumps()

    assert "Grüße" in sealed
    assert Transcript.parse(sealed).dumps() == sealed


@pytest.mark.parametrize("seed", range(60))
def test_no_random_damage_goes_unnoticed(seed: int, tmp_path: Path) -> None:
    """
    A flipped byte, a lost, doubled or swapped line, a cut: each is an error.
    """
    random_ = random.Random(seed)
    raw = bytearray(sample().encode())
    lines = bytes(raw).split(b"\n")
    at = random_.randrange(1, len(lines) - 2)
    kind = seed % 5
    if kind == 0:
        place = random_.randrange(len(raw))
        raw[place] ^= 1 << random_.randrange(8)
        damaged = bytes(raw)
    elif kind == 1:
        damaged = b"\n".join(lines[:at] + lines[at + 1 :])
    elif kind == 2:
        damaged = b"\n".join([*lines[:at], lines[at], *lines[at:]])
    elif kind == 3:
        lines[at], lines[at + 1] = lines[at + 1], lines[at]
        damaged = b"\n".join(lines)
    else:
        damaged = bytes(raw[: random_.randrange(1, len(raw) - 1)])

    (tmp_path / "damaged").write_bytes(damaged)

    with pytest.raises((CassetteFormatError, CassetteVersionError)):
        Transcript.load(tmp_path / "damaged")


def test_saving_replaces_the_file_in_one_step(tmp_path: Path) -> None:
    """
    No temporary file stays behind, and directories are made.
    """
    path = tmp_path / "a" / "b" / "c.codex.jsonl"

    Transcript.parse(sample()).save(path)
    Transcript.parse(sample()).save(path)

    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert Transcript.load(path).dumps() == sample()
