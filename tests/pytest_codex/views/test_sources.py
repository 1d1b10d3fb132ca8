"""
Where a transcript can come from.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import openai_codex
import pytest
from openai_codex.generated.notification_registry import NOTIFICATION_MODELS
from openai_codex.generated.v2_all import ThreadItem, ThreadReadResponse, TurnError, TurnStatus
from openai_codex.models import Notification, UnknownNotification
from pydantic import ValidationError

from fake_server.errors import CassetteNotFoundError
from fake_server.transcript import Transcript
from pytest_codex.views import Turn, View, transcript_of
from pytest_codex.wire import Message

CASSETTES = sorted(Path(__file__).parents[3].glob("cassettes/*/*.codex.jsonl"))
PROPERTIES = [
    name for name in dir(View) if isinstance(getattr(View, name), property) and name[0] != "_"
]


def test_there_are_cassettes() -> None:
    """
    The project's own recordings are found, and so are the properties to try on them.
    """
    assert len(CASSETTES) > 100
    assert {"commands", "diff", "usage", "story"} <= set(PROPERTIES)


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.name.partition(".codex")[0])
def test_every_recording_can_be_viewed(path: Path) -> None:
    """
    Over the real wire every view answers, and every item that was told of is there.
    """
    transcript = transcript_of(path)
    for view in (transcript, *transcript.threads, *transcript.turns):
        for name in PROPERTIES:
            getattr(view, name)
        assert repr(view) == view.story

    told: dict[tuple[str, str, str], bool] = {}
    for message in transcript.wire:
        if message.body.get("method") in ("item/started", "item/completed"):
            params = message.body["params"]
            key = (params["threadId"], params["turnId"], params["item"]["id"])
            told[key] = message.body["method"] == "item/completed" or told.get(key, False)
    shown = {(item.thread, item.turn, item.id): item.finished for item in transcript.items}
    assert shown == told
    assert all(thread.id for thread in transcript.threads)


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.name.partition(".codex")[0])
def test_a_turn_result_is_told_like_its_turn(path: Path) -> None:
    """
    What the SDK hands over for a turn has the same view as the turn on the wire.
    """
    for turn in transcript_of(path).turns:
        if not turn.finished or turn.status == "inProgress":
            continue
        view = transcript_of(result_of(turn))
        finished = [item for item in turn.items if item.finished]
        assert view.items == finished
        assert view.final_response == turn.final_response
        assert view.turns[0].status == turn.status
        failed = [each.message for each in turn.errors if each.method == "error"]
        assert [each.message for each in view.errors] == failed[-1:]


def result_of(turn: Turn) -> openai_codex.TurnResult:
    """
    The turn as the SDK would collect it.
    """
    raws = {id(item.raw): item.raw for item in turn.items if item.finished}
    error = turn.raw.get("error")
    try:
        items = [ThreadItem.model_validate(raw) for raw in raws.values()]
        known = [item.root.model_dump(by_alias=True, warnings=False) for item in items]
    except ValidationError:
        pytest.skip("a newer server than this SDK")
    if any(raw.keys() - item.keys() for raw, item in zip(raws.values(), known, strict=True)):
        pytest.skip("a newer server than this SDK: it leaves out fields that it does not know")
    return openai_codex.TurnResult(
        id=turn.id,
        status=TurnStatus(turn.status),
        error=None if error is None else TurnError.model_validate(error),
        started_at=None,
        completed_at=None,
        duration_ms=3,
        final_response=turn.final_response,
        items=items,
        usage=None,
    )


EDITS = next(path for path in CASSETTES if path.name.startswith("test_command_and_edits."))


def test_without_a_directory_any_may_be_meant() -> None:
    """
    A ``TurnResult`` does not say where the thread works; globs match all the same.
    """
    result = result_of(transcript_of(EDITS).turns[0])

    view = transcript_of([result, result])

    assert view.changed("docs/*.txt")
    assert view.changed("hello.py")
    assert not view.changed("docs")
    assert "+print('hello')" in view.diff


def test_a_turn_result_is_nobodys_sub_agent() -> None:
    """
    A ``TurnResult`` does not say whose thread it is of, so its story names no parent.
    """
    turn = next(t for path in CASSETTES for t in transcript_of(path).turns if t.final_response)

    assert "thread 1" == transcript_of(result_of(turn)).story.partition("\n")[0]


def test_notifications() -> None:
    """
    The events of a stream, known to the SDK or not, make a transcript.
    """
    wire = [message.body for message in transcript_of(EDITS).wire]
    told = [body for body in wire if "method" in body and "id" not in body and "params" in body]
    events = [
        Notification(
            method=body["method"],
            payload=NOTIFICATION_MODELS[body["method"]].model_validate(body["params"])
            if body["method"] in NOTIFICATION_MODELS and number % 2
            else UnknownNotification(body["params"]),
        )
        for number, body in enumerate(told)
    ]

    expected = transcript_of(EDITS)
    assert transcript_of(events).commands == expected.commands
    assert transcript_of(events).final_response == expected.final_response
    assert transcript_of(told).story == expected.story
    assert len(transcript_of(events[0]).wire) == 1


def test_a_read_thread() -> None:
    """
    A thread that was read with its turns is told like one that was heard.
    """
    heard = transcript_of(EDITS)
    raws = {item.id: item.raw for item in heard.items}
    turn = {**heard.turns[0].raw, "items": list(raws.values())}
    thread = {**heard.threads[0].raw, "turns": [turn]}
    read = ThreadReadResponse.model_validate({"thread": thread})

    for told in (read, read.thread):
        assert transcript_of(told).commands == heard.commands
        assert transcript_of(told).changed("docs/new.txt")
    assert transcript_of(read.thread.turns[0]).final_response == heard.final_response


def test_cassettes_and_messages() -> None:
    """
    A path, a loaded cassette and its messages are the same transcript.
    """
    loaded = Transcript.load(EDITS)
    messages = [Message(e.conn, e.kind, e.body) for e in loaded.events if e.kind != "workspace"]

    stories = {transcript_of(told).story for told in (EDITS, str(EDITS), loaded, messages)}

    assert len(stories) == 1


@pytest.mark.parametrize("told", [3, object(), [3], None])
def test_what_is_no_transcript_is_refused(told: Any) -> None:
    """
    Anything else is an error that says what can be given.
    """
    with pytest.raises(TypeError, match="no transcript in a"):
        transcript_of(told)


def test_a_missing_cassette_is_an_error(tmp_path: Path) -> None:
    """
    A path that leads nowhere is no empty transcript.
    """
    with pytest.raises(CassetteNotFoundError):
        transcript_of(tmp_path / "none.codex.jsonl")


def test_recordings_hold_what_views_are_about() -> None:
    """
    The recordings cover the kinds of items that have views of their own, and some that have none.
    """
    kinds: Counter[str] = Counter()
    for path in CASSETTES:
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            item = json.loads(line).get("server", {}).get("params", {}).get("item")
            kinds.update([item["type"]] if isinstance(item, dict) else [])
    assert {"commandExecution", "fileChange", "mcpToolCall", "dynamicToolCall", "webSearch"} <= {
        *kinds
    }
    assert {"contextCompaction", "imageView", "functionCallOutput"} <= {*kinds}
