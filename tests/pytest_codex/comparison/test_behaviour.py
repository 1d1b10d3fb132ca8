"""
A transcript as facts.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from fake_server.transcript import Transcript
from pytest_codex.comparison.behaviour import behaviour
from pytest_codex.comparison.facts import Fact
from tests.pytest_codex.comparison.tales import THREAD, Tale, turn_id

CASSETTES = Path(__file__).parents[3] / "cassettes"
FIRST = "thread 1, turn 1"


def facts(tale: Tale, place: str = FIRST) -> list[Fact]:
    """
    The facts of one place.
    """
    return behaviour(tale.transcript)[place]


def test_a_turn_sums_up() -> None:
    """
    Status, final response, tokens and diff belong to the turn, and stand before its items.
    """
    usage = {"total": {"inputTokens": 3}, "last": {"inputTokens": 1}}
    tale = (
        Tale()
        .message("Done.")
        .said("thread/tokenUsage/updated", threadId=THREAD, turnId=turn_id(1), tokenUsage=usage)
        .said("turn/diff/updated", threadId=THREAD, turnId=turn_id(1), diff="+x")
        .end()
    )

    turn, message = facts(tale)

    assert turn.values == {"status": "completed", "final response": "Done."}
    assert turn.loose == {"tokens, inputTokens": 3, "diff": "+x"}
    assert turn.line == 5
    assert (message.kind, message.name, message.line) == ("message", "Done.", 2)


def test_a_failed_turn_has_its_error() -> None:
    """
    The error that ended a turn is told with it, and the notification on its own.
    """
    error = {"message": "overloaded", "codexErrorInfo": "serverOverloaded"}
    tale = (
        Tale()
        .said("error", threadId=THREAD, turnId=turn_id(1), error=error, willRetry=False)
        .end(status="failed", error=error)
    )

    turn, told = facts(tale)

    assert turn.values == {"status": "failed", "error": "overloaded"}
    assert (told.kind, told.name) == ("error", "overloaded")
    assert told.values == {"code": "serverOverloaded", "will retry": False}


def test_what_never_ended_says_so() -> None:
    """
    A turn and an item that were cut off keep what had been said until then.
    """
    tale = (
        Tale()
        .began("agentMessage", text="")
        .said(
            "item/agentMessage/delta",
            threadId=THREAD,
            turnId=turn_id(1),
            itemId="item",
            delta="Roses",
        )
    )

    turn, message = facts(tale)

    assert turn.values == {"status": "never completed"}
    assert (message.name, message.values) == ("Roses", {"status": "never completed"})


def test_an_item_is_told_once() -> None:
    """
    Beginning and end of an item are one fact, at the place of its end.
    """
    tale = Tale().began("agentMessage", id="a", text="").command().item("agentMessage", id="a")

    assert [fact.kind for fact in facts(tale)] == ["turn", "command", "message"]


def test_threads_and_turns_are_counted() -> None:
    """
    Places are called by their order, not by ids.
    """
    tale = Tale().message("one", 1).message("two", 2)
    tale.said("item/completed", threadId="other", turnId="t", item={"type": "plan"})

    assert list(behaviour(tale.transcript)) == [FIRST, "thread 1, turn 2", "thread 2, turn 1"]


def test_approvals_have_question_and_answer() -> None:
    """
    What was asked is told as the agent meant it, with the decision.
    """
    method = "item/commandExecution/requestApproval"
    tale = Tale().approval(
        {"command": "bash -lc 'rm x'", "reason": "to tidy"}, method, result={"decision": "decline"}
    )

    (asked,) = [fact for fact in facts(tale) if fact.kind == "approval"]

    assert asked.name == "rm x"
    assert asked.values == {"asked by": method, "answer.decision": "decline"}
    assert asked.loose == {"command": "rm x", "reason": "to tidy"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({}, "none"),
        ({"result": {}}, "empty"),
        ({"error": {"code": -1, "message": "no"}}, "error -1: no"),
    ],
)
def test_questions_without_a_decision(answer: dict[str, object], expected: str) -> None:
    """
    No answer, an empty one and an error are three things.
    """
    tale = Tale().approval({}, "item/fileChange/requestApproval", **answer)

    asked = facts(tale)[-1]

    assert (asked.name, asked.values["answer"]) == ("file change", expected)


def test_requests_have_answers() -> None:
    """
    A refused request tells code and text; one without an answer says that.
    """
    tale = (
        Tale()
        .asked("thread/start", {}, result={"thread": {"id": THREAD}, "model": "m"})
        .asked("turn/steer", {"threadId": THREAD}, error={"code": -32600, "message": "no turn"})
        .asked("account/logout", {})
    )

    told = behaviour(tale.transcript)

    started, steered = told["thread 1"]
    assert (started.values, started.loose) == ({"answer": "ok"}, {"result model": "m"})
    assert steered.values == {"answer": "error -32600: no turn"}
    assert [fact.values for fact in told["session"]] == [{"answer": "none"}]


def test_the_same_read_is_told_once() -> None:
    """
    How often a client polls is chance; what it got to see is not.
    """
    tale = Tale()
    for name in ("busy", "busy", "idle"):
        tale.asked("thread/read", {"threadId": THREAD}, result={"thread": {"name": name}})

    assert [fact.loose["result thread.name"] for fact in facts(tale, "thread 1")] == [
        "busy",
        "idle",
    ]


def test_an_unanswered_read_is_told() -> None:
    """
    A read that got no answer at all is behaviour.
    """
    tale = Tale().asked("thread/read", {"threadId": THREAD})

    assert [fact.values for fact in facts(tale, "thread 1")] == [{"answer": "none"}]


def test_the_prompt_is_told_by_its_item() -> None:
    """
    Input that was accepted comes back as an item; only other parameters are the request's.
    """
    params = {"threadId": THREAD, "input": [{"type": "text", "text": "Hi"}], "effort": "low"}
    tale = Tale().asked("turn/start", params, result={"turn": {"id": turn_id(1)}})

    request = facts(tale)[0]

    assert request.loose == {"effort": "low"}


def test_the_disk_shows_the_outcome() -> None:
    """
    What a turn wrote in several steps is told as it was in the end, below its own root.
    """
    tale = (
        Tale()
        .event("workspace", {"write": {"a": {"text": "1"}}, "delete": ["b"], "mkdir": ["d"]})
        .command()
        .event("workspace", {"write": {"a": {"text": "2", "mode": "755"}}, "root": "workspace"})
        .event("workspace", {"write": {"x": {"base64": "AAE="}}, "root": "cwd1"})
        .end()
        .event("workspace", {"write": {"late": {"symlink": "a"}}})
    )

    told = behaviour(tale.transcript)

    disk = {fact.name: fact.values for fact in told[FIRST] if fact.kind == "on disk"}
    assert disk == {
        "a": {"content": "2", "mode": "755"},
        "b": {"content": "deleted"},
        "d": {"content": "a directory"},
        "{cwd1}/x": {"content": "2 bytes: AAE="},
    }
    assert [fact.values for fact in told["at the end"]] == [{"content": "a link to a"}]


def test_warnings_and_notices() -> None:
    """
    What the server warns of counts, wherever it stands; of repeated states the last does.
    """
    tale = (
        Tale()
        .said("configWarning", summary="odd", details="very")
        .said("mcpServer/startupStatus/updated", name="files", status="starting", error=None)
        .said("mcpServer/startupStatus/updated", name="files", status="failed", error="no")
        .said("thread/readState/changed", readState={})
        .said("thread/name/updated", threadId=THREAD, threadName="Poems")
    )

    told = behaviour(tale.transcript)

    warning, server = told["session"]
    assert (warning.name, warning.values) == ("odd", {"details": "very"})
    assert (server.name, server.values) == ("files", {"status": "failed", "error": "no"})
    assert [fact.loose for fact in told["thread 1"]] == [{"threadName": "Poems"}]


def test_output_of_a_process_is_joined() -> None:
    """
    How output was cut is chance.
    """
    tale = Tale()
    for piece in (b"one ", b"two"):
        tale.said(
            "command/exec/outputDelta",
            processId="p",
            stream="stdout",
            deltaBase64=base64.b64encode(piece).decode(),
        )

    assert [fact.values for fact in facts(tale, "session")] == [{"text": "one two"}]


def test_connections_have_numbers_when_there_are_several() -> None:
    """
    With one connection there is no need to number it.
    """
    spawn = {"args": [], "cwd": "{workspace}"}
    tale = Tale().event("spawn", spawn).event("spawn", spawn, conn=2).event("client", "junk")

    assert list(behaviour(tale.transcript)) == ["connection 1", "connection 2"]


@pytest.mark.parametrize(
    "path",
    sorted(CASSETTES.rglob("*.codex.jsonl")),
    ids=lambda path: f"{path.parent.name}-{path.name.partition('.')[0]}",
)
def test_every_recording_has_a_story(path: Path) -> None:
    """
    Each of the project's recordings can be read, and each fact lies on a line of it.
    """
    transcript = Transcript.load(path)

    told = behaviour(transcript)

    lines = {fact.line for each in told.values() for fact in each}
    assert told
    assert lines <= {event.line for event in transcript.events}
