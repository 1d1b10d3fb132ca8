"""
Threads, turns and items, read off the wire.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_codex.views import Item, SessionTranscript, transcript_of
from pytest_codex.wire import Wire

from .storyteller import Storyteller, asks, command, edit, says


def test_final_responses_belong_to_their_turns() -> None:
    """
    Turns that overlap keep their own answers; a silent one has None.
    """
    told = Storyteller().began("u1").began("u2")
    told.done(says("two"), "u2").done(says("one"), "u1").ended("u1").ended("u3").ended("u2")

    assert told.transcript.final_responses == ["one", None, "two"]
    assert told.transcript.final_response == "two"
    assert [turn.final_response for turn in told.transcript.turns] == ["one", "two", None]


def test_a_sub_agent_does_not_have_the_last_word() -> None:
    """
    The final response is the parent's, also when its sub-agent goes on longer.
    """
    told = Storyteller().start().began().done(says("It is done."))
    told.notify("thread/started", thread={"id": "t2", "parentThreadId": "t1"})
    told.ended().began("u2", "t2").done(says("Late."), "u2", "t2").ended("u2", "t2")

    assert told.transcript.final_response == "It is done."
    parent, child = told.transcript.threads
    assert child.parent is parent
    assert parent.children == [child]
    assert parent.parent is None
    assert child.final_response == "Late."


def test_a_thread_is_found_by_its_prompt() -> None:
    """
    The whole prompt wins over a part of another; what is not clear is an error that tells why.
    """
    told = Storyteller().start()
    assert told.transcript.threads[0].prompt is None
    told.began().done(asks("Fix it")).done(asks("Hurry"))
    told.ended().began("u2").done(asks("Go on"), "u2").ended("u2")
    told.start("t2").began("u3", "t2").done(asks("Fix it all"), "u3", "t2").ended("u3", "t2")

    transcript = told.transcript
    assert [thread.prompt for thread in transcript.threads] == ["Fix it", "Fix it all"]
    assert [turn.prompt for turn in transcript.turns] == ["Fix it", "Go on", "Fix it all"]
    assert transcript.thread("Fix it").id == "t1"
    assert transcript.thread("all").id == "t2"
    with pytest.raises(LookupError, match="2 threads began with 'Fix'; prompts: 'Fix it', 'Fix it"):
        transcript.thread("Fix")
    with pytest.raises(LookupError, match="no thread began with 'Go on'; prompts: 'Fix it', "):
        transcript.thread("Go on")


def test_a_fork_knows_its_source() -> None:
    """
    A fork names the thread it was made of; that is no parent.
    """
    told = Storyteller().start()
    fork = {"id": "t2", "forkedFromId": "t1"}
    told.ask("thread/fork", {"threadId": "t1"}, {"thread": fork})
    told.ask("thread/fork", {"threadId": "t0"}, {"thread": {"id": "t3", "forkedFromId": "t0"}})

    source, fork_, stranger = told.transcript.threads
    assert fork_.forked_from is source
    assert fork_.parent is None
    assert source.forked_from is None
    assert stranger.forked_from is None


@pytest.mark.parametrize(
    "item",
    [
        {"type": "collabAgentToolCall", "tool": "spawnAgent", "receiverThreadIds": ["t2"]},
        {"type": "subAgentActivity", "kind": "started", "agentThreadId": "t2"},
    ],
)
def test_an_item_names_the_parent_too(item: dict[str, object]) -> None:
    """
    The parent is known also where no notification named it.
    """
    told = Storyteller().start().done({"id": "c1", **item}).began("u9", "t2")

    parent, child = told.transcript.threads
    assert child.parent is parent


def test_a_resumed_thread_is_one_thread() -> None:
    """
    A thread that is resumed on another connection goes on with its next turn.
    """
    told = Storyteller().start().began().ended()
    told.ask("thread/resume", {"threadId": "t1"}, {"thread": {"id": "t1"}, "cwd": "/ws2"}, conn=2)
    told.began("u2", conn=2).done(says("Again."), "u2", conn=2).ended("u2", conn=2)

    (thread,) = told.transcript.threads
    assert [turn.number for turn in thread.turns] == [1, 2]
    assert thread.turns[1].final_response == "Again."
    assert thread.turns[1].thread is thread
    assert thread.cwd == "/ws2"


def test_a_review_is_one_turn() -> None:
    """
    A review begins under another id than it was asked for; it is one turn all the same.
    """
    told = Storyteller().start()
    told.ask("review/start", {"threadId": "t1"}, {"turn": {"id": "u1"}, "reviewThreadId": "t1"})
    told.notify("turn/started", threadId="t1", turn={"id": "other", "rootTurnId": "u1"})
    told.done(says("Fine.")).ended()

    (turn,) = told.transcript.turns
    assert (turn.id, turn.status, turn.final_response) == ("u1", "completed", "Fine.")


def test_what_never_ended_is_unfinished() -> None:
    """
    An item without its end stays, with what it had said until then; nothing is dropped.
    """
    told = Storyteller().start().began()
    told.opens({"type": "agentMessage", "id": "m", "text": ""})
    told.notify("item/agentMessage/delta", threadId="t1", turnId="u1", itemId="m", delta="I am ")
    told.notify("item/agentMessage/delta", threadId="t1", turnId="u1", itemId="m", delta="half")
    told.opens(command("sleep 9", None, status="inProgress", processId="1"))
    told.notify(
        "item/commandExecution/outputDelta",
        threadId="t1", turnId="u1", itemId="csleep 9", delta="zzz",
    )  # fmt: skip
    told.ended(status="interrupted")

    (message,) = told.transcript.messages
    assert (message.text, message.finished) == ("I am half", False)
    (running,) = told.transcript.commands
    assert (running.output, running.ok, running.started) == ("zzz", None, True)
    assert told.transcript.turns[0].status == "interrupted"
    assert told.transcript.final_response is None


def test_a_late_end_counts() -> None:
    """
    A background command that ends after its turn is finished.
    """
    told = Storyteller().start().began().opens(command("make", None, status="inProgress"))
    told.ended()
    assert not told.transcript.commands[0].finished

    told.done(command("make", 2))

    (ended,) = told.transcript.commands
    assert (ended.finished, ended.exit_code) == (True, 2)


def test_an_unknown_item_is_shown_as_it_was_sent() -> None:
    """
    What a newer Codex brings is there, raw.
    """
    raw = {"type": "teleport", "id": "x", "to": "Mars"}
    told = Storyteller().start().began().done(raw).ended()

    assert told.transcript.items == [Item(raw={**raw, "id": "y"})]
    assert told.transcript.items != [Item(raw={**raw, "to": "Venus"})]
    assert told.transcript.items[0].raw == raw
    assert told.transcript.items[0].type == "teleport"
    assert "teleport" in repr(told.transcript.items[0])
    assert 'teleport {"to": "Mars"}' in told.transcript.story


def test_an_id_may_be_used_twice() -> None:
    """
    A model that gives two items of a turn the same id still made two.
    """
    told = Storyteller().start().began()
    told.opens(says("one", name="")).done({**says("one"), "id": "m"})
    told.done({**says("two"), "id": "m"})

    assert [message.text for message in told.transcript.messages] == ["one", "one", "two"]


def test_two_listeners_hear_everything_once() -> None:
    """
    Clients that listen to one thread together make no second item, token or error.
    """
    told = Storyteller().start()
    for conn in (1, 2):
        told.began(conn=conn).opens(says("Hi"), conn=conn).done(says("Hi"), conn=conn)
        usage = {"last": {"inputTokens": 10, "outputTokens": 5}}
        told.notify("thread/tokenUsage/updated", conn, threadId="t1", turnId="u1", tokenUsage=usage)
        error = {"message": "slow"}
        told.notify("error", conn, threadId="t1", turnId="u1", error=error, willRetry=True)
        told.server(
            {"id": 7, "method": "item/fileChange/requestApproval",
             "params": {"threadId": "t1", "turnId": "u1"}},
            conn,
        )  # fmt: skip
    told.client({"id": 7, "result": {"decision": "accept"}}, 2)

    transcript = told.transcript
    assert [message.text for message in transcript.messages] == ["Hi"]
    assert (transcript.usage.total, transcript.usage.calls) == (15, 1)
    assert [error.message for error in transcript.errors] == ["slow"]
    assert [approval.decision for approval in transcript.approvals] == ["accept"]


def test_a_listener_may_overtake_another() -> None:
    """
    Which of two clients is told first makes no second item, plan or warning.
    """
    told = Storyteller().start().began(conn=1).began(conn=2)
    plan = [{"step": "Look", "status": "pending"}]
    for text in ("Hi", "Bye"):
        told.opens({**says(text), "id": "m"}, conn=1).opens({**says(text), "id": "m"}, conn=2)
        told.done({**says(text), "id": "m"}, conn=2).done({**says(text), "id": "m"}, conn=1)
    for conn in (2, 1):
        told.notify("turn/plan/updated", conn, threadId="t1", turnId="u1", plan=plan)
        told.notify("warning", conn, threadId="t1", message="Heads up.")

    transcript = told.transcript
    assert [message.text for message in transcript.messages] == ["Hi", "Bye"]
    assert transcript.story.count("[ ] Look") == 1
    assert [warning.message for warning in transcript.warnings] == ["Heads up."]


def test_every_retry_is_told() -> None:
    """
    A server that tries again and again says the same each time, and each time counts.
    """
    told = Storyteller().start().began()
    about: dict[str, Any] = {"threadId": "t1", "turnId": "u1", "error": {"message": "Lost."}}
    for conn in (1, 2, 1, 1, 2, 2):
        told.notify("error", conn, **about, willRetry=True)
    told.notify("error", **about, willRetry=False)
    told.ended(status="failed", error={"message": "Lost."})

    assert [error.will_retry for error in told.transcript.errors] == [True, True, True, False]


def test_the_view_follows_the_session() -> None:
    """
    What passes later is seen later, by the same object and by views taken before.
    """
    told = Storyteller()
    assert told.transcript.turns == []

    told.start().began()
    (turn,) = told.transcript.turns
    assert (turn.status, turn.finished, turn.duration) == ("inProgress", False, None)

    told.done(says("Yes")).ended(durationMs=1500)
    assert (turn.final_response, turn.finished, turn.duration) == ("Yes", True, 1.5)
    assert len(told.transcript.wire) == 5


def test_lists_are_the_readers_own() -> None:
    """
    Who changes a list that was given changes nothing for others.
    """
    told = Storyteller().start().began().done(command("ls"))

    told.transcript.commands.clear()

    assert len(told.transcript.commands) == 1


def test_reported_paths() -> None:
    """
    Files of completed changes count under both names; a declined change changed nothing.
    """
    moved = edit("/ws/a", kind={"type": "update", "move_path": "/ws/b"})
    told = Storyteller().done(moved).done(edit("/ws/c", "declined"))

    assert told.transcript.reported_paths == ["/ws/a", "/ws/b"]


def test_broken_messages_are_passed_by() -> None:
    """
    Lines that are no objects, and parts that are missing or strange, break no view.
    """
    wire = Wire()
    odd: list[dict[str, object]] = [
        {"type": kind} for kind in ("commandExecution", "fileChange", "userMessage", "plan")
    ]
    odd += [{"type": "fileChange", "changes": [3]}, {"type": "mcpToolCall", "result": []}]
    odd += [{"type": "userMessage", "content": 3}, {"type": "webSearch", "action": 3}, {}]
    for line in (
        "[]",
        "oops",
        '{"method": "turn/completed"}',
        '{"method": "item/completed", "params": {}}',
        '{"method": "item/completed", "params": 3}',
        '{"method": "turn/plan/updated", "params": {"plan": 3}}',
        '{"id": 1, "method": "item/x/requestApproval"}',
        *(json.dumps({"method": "item/completed", "params": {"item": item}}) for item in odd),
    ):
        wire.add(1, "server", line)
    wire.add(1, "client", '{"id": 1, "error": 3}')

    transcript = SessionTranscript(wire)

    assert transcript.final_responses == [None]
    assert len(transcript.items) == len(odd) - 1
    assert transcript.story
    assert transcript.diff == ""


def test_the_transcript_of_a_session_is_its_own() -> None:
    """
    Asked for the transcript of what has one, or is one, nothing is read anew.
    """
    told = Storyteller()

    assert transcript_of(told) is told.transcript
    assert transcript_of(told.transcript) is told.transcript


def test_a_long_session_is_read_once() -> None:
    """
    However often somebody looks, each message is parsed once.
    """
    told = Storyteller().start().began()
    parsed: list[int] = []
    messages_since = told.wire.messages_since

    def count(seen: int) -> list[object]:
        found = messages_since(seen)
        parsed.append(len(found))
        return list(found)

    told.wire.messages_since = count  # type: ignore[method-assign,assignment]
    for number in range(300):
        told.done(command(f"ls {number}"))
        assert len(told.transcript.commands) == number + 1
        assert told.transcript.ran(f"ls {number}", ok=True)

    assert sum(parsed) == len(told.wire)
