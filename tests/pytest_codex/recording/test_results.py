"""
What becomes of tapes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_server.errors import SecretError
from fake_server.transcript import Event, Transcript
from pytest_codex.recording.results import DIFF_LINES, LINE_WIDTH, differences, join_tapes, save
from pytest_codex.recording.tape import Entry


def test_connections_are_joined_by_time_and_numbered_without_gaps() -> None:
    """
    Which connection began first decides its number; when things happened decides their order.
    """
    first = [Entry(1, "spawn", "a", at=0.1), Entry(1, "client", "b", at=0.5)]
    other = [Entry(1, "spawn", "c", at=0.3)]

    joined = join_tapes({5: other, 2: first})

    assert [(entry.conn, entry.body) for entry in joined] == [(1, "a"), (2, "c"), (1, "b")]


def transcript(*texts: str, codex: str = "0.163.0") -> Transcript:
    """
    A transcript with one notification per text.
    """
    events = [Event(1, "server", {"method": "note", "params": {"text": text}}) for text in texts]
    return Transcript({"codex": codex}, events)


def test_equal_behaviour_has_no_difference() -> None:
    """
    Another version of Codex is no other behaviour.
    """
    assert differences(transcript("a"), transcript("a", codex="0.164.0")) == ""


def test_a_difference_is_shown_from_both_sides() -> None:
    """
    The recorded line and the new one stand under each other.
    """
    lines = differences(transcript("a", "b"), transcript("a", "c")).splitlines()

    assert lines[:2] == ["--- recorded", "+++ this run"]
    assert '-{"server": {"method": "note", "params": {"text": "b"}}}' in lines
    assert '+{"server": {"method": "note", "params": {"text": "c"}}}' in lines


def test_a_large_difference_is_cut() -> None:
    """
    Neither many lines nor long ones fill the screen.
    """
    many = differences(transcript(), transcript(*map(str, range(100)))).splitlines()
    long = differences(transcript(), transcript("x" * 2 * LINE_WIDTH))

    assert len(many) == DIFF_LINES + 1
    assert many[-1].endswith("lines more")
    assert all(len(line) <= LINE_WIDTH + 1 for line in long.splitlines())


def test_a_clean_transcript_is_saved(tmp_path: Path) -> None:
    """
    What is written can be loaded.
    """
    save(transcript("a"), tmp_path / "one", "one")

    assert len(Transcript.load(tmp_path / "one").events) == 1


def test_a_secret_keeps_the_file_from_being_written(tmp_path: Path) -> None:
    """
    The last gate names the file by its short name and never the secret.
    """
    key = "AKIA" + "QWERTYUIOPASDFGH"

    with pytest.raises(SecretError) as caught:
        save(transcript(f"key {key}"), tmp_path / "one", "cassettes/one")

    assert "cassettes/one" in str(caught.value)
    assert key not in str(caught.value)
    assert not (tmp_path / "one").exists()
