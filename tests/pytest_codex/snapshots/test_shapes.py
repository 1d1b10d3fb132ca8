"""
What of an object is in a snapshot, and what is not.
"""

from __future__ import annotations

import dataclasses
import enum
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai_codex.generated.v2_all import ThreadItem, ThreadReadResponse
from openai_codex.models import Notification, UnknownNotification
from pydantic import BaseModel, Field
from syrupy.extensions.amber import AmberDataSerializer

from fake_server.placeholders import Places
from pytest_codex.snapshots import CodexSnapshotExtension
from pytest_codex.snapshots.emitting import TooDeepError, emit
from pytest_codex.snapshots.extension import CodexSerializer
from pytest_codex.snapshots.settling import settle
from pytest_codex.views import transcript_of
from tests.pytest_codex.views.storyteller import Storyteller, command, edit, says
from tests.pytest_codex.views.test_sources import CASSETTES, EDITS, result_of

UUIDS = ["01a1fcb0-7e21-7ba2-a6ba-37741bc7c3b1", "01a1fcb0-7e3d-73d0-b057-549bba9f65d3"]


def text(data: Any, **filters: Any) -> str:
    """
    What a snapshot of it stores, where nothing is known of the directories.
    """
    return CodexSnapshotExtension().serialize(data, **filters)


def unchanged(*, data: Any, path: Any) -> Any:
    """
    A matcher that changes nothing.
    """
    return data


def slow(data: Any) -> str:
    """
    The same by syrupy's own way through the data.
    """
    return text(data, matcher=unchanged)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.tuples(st.integers()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_plain_data_is_written_as_amber_writes_it(data: Any) -> None:
    """
    What is not ours is syrupy's: one text by either way, and that of plain amber.
    """
    written = CodexSerializer.serialize(data)

    assert written == CodexSerializer.serialize(data, matcher=unchanged)
    if not any(mark in str(data) for mark in ("{", "[", "diff --git")):
        assert written == AmberDataSerializer.serialize(data)


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.name.partition(".codex")[0])
def test_both_ways_write_the_same(path: Path) -> None:
    """
    With filters or without, a recording's views are written alike, and hold no id and no time.
    """
    transcript = transcript_of(path)

    for data in (transcript, transcript.turns, transcript.wire):
        assert text(data) == slow(data)
    assert "00000001-" not in text(transcript)
    for turn in transcript.turns:
        if turn.finished:
            result = result_of(turn)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                assert text(result) == slow(result)


def test_a_result_and_its_turn_read_alike() -> None:
    """
    The items of a ``TurnResult`` are told as those of the turn.
    """
    (turn,) = transcript_of(EDITS).turns

    result = text(result_of(turn)).splitlines()

    told = text(turn).splitlines()
    assert result[0] == "TurnResult("
    assert result[1:-2] == [line for line in told[1:] if line in result][: len(result) - 3]
    assert "      command='cat hello.py'," in result
    assert "    Command(" in result


def test_json_and_diffs_are_readable() -> None:
    """
    JSON has a line for each part, a diff its own lines; other texts stay as they are.
    """
    assert text('{"a": [1], "b": "é"}') == (
        "'''\n{\n  \"a\": [\n    1\n  ],\n  \"b\": \"é\"\n}\n'''"
    )
    assert text("{not json}") == "'{not json}'"
    assert text("Done.") == "'Done.'"
    diff = (
        "diff --git a/a b/a\nindex 9f1b437..75d9766 100644\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+2\n"
    )
    assert text(diff).splitlines()[1:4] == ["diff --git a/a b/a", "--- a/a", "+++ b/a"]


def test_an_approval() -> None:
    """
    The question, what it is about, and the decision.
    """
    told = Storyteller().start().began().opens(edit("/ws/a.py", "inProgress"))
    about = {"threadId": "t1", "turnId": "u1", "itemId": "f/ws/a.py", "reason": "Because."}
    told.server({"id": 0, "method": "item/fileChange/requestApproval", "params": about})
    told.client({"id": 0, "result": {"decision": "accept"}})

    assert text(told.transcript.approvals) == (
        "list([\n"
        "  Approval(\n"
        "    method='item/fileChange/requestApproval',\n"
        "    files=tuple(\n"
        "      'a.py',\n"
        "    ),\n"
        "    reason='Because.',\n"
        "    decision='accept',\n"
        "  ),\n"
        "])"
    )


def test_what_is_unfinished_or_unknown_says_so() -> None:
    """
    An open item is told as one, an unknown one with everything but its id.
    """
    told = Storyteller().start().began().opens(command("make", None, status="inProgress"))
    told.done({"type": "teleport", "id": "x", "to": "Mars", "durationMs": 9})

    shown = text(told.transcript.items)

    assert "finished=False" in shown
    assert "  teleport(\n    to='Mars',\n    durationMs=0,\n  )," in shown


def test_models_of_the_sdk() -> None:
    """
    Times and durations are constant, what is empty is left out, ids are numbered.
    """
    thread = transcript_of(EDITS).threads[0].raw
    response = ThreadReadResponse.model_validate(
        {"thread": {**thread, "id": UUIDS[0], "createdAt": 123456, "turns": []}}
    )

    shown = text(response)

    assert shown == slow(response)
    assert shown.startswith("ThreadReadResponse(\n  thread=Thread(\n")
    assert "    id='{id1}'," in shown
    assert "created_at=1700000000" in shown
    assert "None" not in shown


def test_single_items_and_notifications() -> None:
    """
    An item of the SDK is told like any other; other objects of it by their fields.
    """
    item = ThreadItem.model_validate(command("ls", aggregatedOutput="a", commandActions=[]))

    assert text(item).startswith("Command(\n  command='ls',")
    assert "Notification(" in text(Notification("x", payload=UnknownNotification({})))


class Colour(enum.Enum):
    """
    A user's own.
    """

    RED = 1


class Note(BaseModel):
    """
    A user's own.
    """

    created_at: int = Field(alias="createdAt")
    tags: list[str]


@dataclasses.dataclass
class Pair:
    """
    A user's own.
    """

    one: int
    two: Colour


def test_users_own_objects_stay_as_they_are() -> None:
    """
    Enums and dataclasses are amber's; a pydantic model is told by its fields, times and all.
    """
    assert text(Pair(1, Colour.RED)) == AmberDataSerializer.serialize(Pair(1, Colour.RED))
    shown = text(Note(createdAt=5, tags=["a"]))
    assert shown == "Note(\n  created_at=5,\n  tags=list([\n    'a',\n  ]),\n)"


def test_deep_data_and_cycles() -> None:
    """
    What goes deeper than usual is written as amber writes it, and a cycle ends.
    """
    deep: list[Any] = []
    for _ in range(70):
        deep = [deep]
    endless: list[Any] = []
    endless.append(endless)

    assert text(deep) == AmberDataSerializer.serialize(deep)
    assert text(endless) == AmberDataSerializer.serialize(endless)
    with pytest.raises(TooDeepError):
        emit(endless, lambda *_: "")


def test_settled() -> None:
    """
    Directories have names, ids numbers in order of appearance, ports and clock times are gone.
    """
    places = Places()
    places.bind("workspace", "/tmp/x/ws")
    before = (
        f"/tmp/x/ws/a {UUIDS[0]} msg_{UUIDS[1]} {UUIDS[0]} {{workspace}}/b\nhttp://127.0.0.1:5123/"
    )

    after = settle(before, places)

    assert after == ("{workspace}/a {id1} msg_{id2} {id1} {workspace}/b\nhttp://127.0.0.1:0/")
    assert settle(after, places) == after
    assert settle("/tmp/x/ws", None) == "/tmp/x/ws"


def test_matches_and_views_of_a_part() -> None:
    """
    What was found is a list; a thread, a turn and a plan have shapes of their own.
    """
    told = Storyteller().start().began().done(command("ls")).done(says("Yes"))
    told.notify("warning", threadId="t9", message="Heads up.")

    transcript = told.transcript
    assert text(transcript.ran("ls")) == text(transcript.commands)
    assert text(transcript.threads[0]).startswith("Thread(\n  cwd='/ws',\n  turns=")
    assert "notes=list([\n        Notice(" in text(transcript)
