"""
What the agent did, read off the wire.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_codex.views import Approval, Command, FileChange, SessionTranscript, final_response
from pytest_codex.wire import Wire


def seen(*messages: tuple[str, Any]) -> SessionTranscript:
    """
    The view of a session in which these messages passed on one connection.
    """
    wire = Wire()
    for sender, body in messages:
        wire.add(1, sender, json.dumps(body))
    return SessionTranscript(wire)


def completed(item: dict[str, Any], turn: str = "u1") -> tuple[str, Any]:
    """
    The notification that an item is complete.
    """
    return "server", {"method": "item/completed", "params": {"turnId": turn, "item": item}}


def ended(turn: str = "u1") -> tuple[str, Any]:
    """
    The notification that a turn is over.
    """
    return "server", {"method": "turn/completed", "params": {"turn": {"id": turn}}}


def says(text: str, phase: str | None = None) -> dict[str, Any]:
    """
    A message of the agent.
    """
    return {"type": "agentMessage", "text": text, "phase": phase}


def test_final_responses_belong_to_their_turns() -> None:
    """
    Turns that overlap keep their own answers; a silent one has None.
    """
    story = seen(
        completed(says("two"), "u2"),
        completed(says("one"), "u1"),
        ended("u1"),
        ended("u3"),
        ended("u2"),
    )

    assert story.final_responses == ["one", None, "two"]


def test_the_final_response_is_the_sdks() -> None:
    """
    A final answer wins over later remarks, and remarks without a phase over commentary.
    """
    assert final_response([says("a", "final_answer"), says("b")]) == "a"
    assert final_response([says("a"), says("b"), says("c", "commentary")]) == "b"
    assert final_response([says("c", "commentary")]) is None
    assert final_response([]) is None


def test_commands() -> None:
    """
    A command shows what ran, where, and how it ended.
    """
    item = {
        "type": "commandExecution",
        "command": "ls",
        "status": "completed",
        "exitCode": 0,
        "aggregatedOutput": "a\n",
        "cwd": "/ws",
    }
    declined = {"type": "commandExecution", "command": "rm", "status": "declined"}

    assert seen(completed(item), completed(declined)).commands == [
        Command("ls", "completed", 0, "a\n", "/ws"),
        Command("rm", "declined", None, "", None),
    ]


def test_file_changes() -> None:
    """
    Each file of a change is told by itself, in the shapes old and new servers use.
    """
    changes = [
        {"path": "/ws/a", "kind": {"type": "update", "move_path": "/ws/b"}, "diff": "@@"},
        {"path": "/ws/c", "kind": "add", "diff": "text"},
    ]
    item = {"type": "fileChange", "changes": changes, "status": "completed"}

    assert seen(completed(item)).file_changes == [
        FileChange("/ws/a", "update", "@@", "/ws/b", "completed"),
        FileChange("/ws/c", "add", "text", None, "completed"),
    ]


def test_reported_paths() -> None:
    """
    Files of completed changes count under both names; a declined change changed nothing.
    """
    moved = {"path": "/ws/a", "kind": {"type": "update", "move_path": "/ws/b"}}
    other = {"path": "/ws/c", "kind": {"type": "add"}}

    story = seen(
        completed({"type": "fileChange", "changes": [moved], "status": "completed"}),
        completed({"type": "fileChange", "changes": [other], "status": "declined"}),
    )

    assert story.reported_paths == ["/ws/a", "/ws/b"]


def asks(number: int, method: str = "item/fileChange/requestApproval") -> tuple[str, Any]:
    """
    A question of the server.
    """
    return "server", {"id": number, "method": method, "params": {"itemId": "i"}}


def test_approvals_have_their_answers() -> None:
    """
    Questions and answers are matched by id; other requests of either side are not mixed in.
    """
    story = seen(
        ("client", {"id": 0, "method": "turn/start"}),
        asks(0),
        asks(1),
        asks(2, "item/tool/call"),
        ("server", {"id": 0, "result": {}}),
        ("client", {"id": 1, "result": {"decision": "decline"}}),
        ("client", {"id": 0, "result": {"decision": "accept"}}),
        asks(0),
    )

    decisions = [approval.decision for approval in story.approvals]
    assert decisions == ["accept", "decline", None]
    assert story.approvals[0].method == "item/fileChange/requestApproval"
    assert story.approvals[2] == Approval("item/fileChange/requestApproval", {"itemId": "i"}, None)


def test_the_view_follows_the_session() -> None:
    """
    What passes later is seen later, by the same object.
    """
    wire = Wire()
    story = SessionTranscript(wire)
    assert story.messages == []

    wire.add(1, "server", json.dumps(ended()[1]))

    assert story.final_responses == [None]
    assert len(story.messages) == 1


def test_broken_messages_are_passed_by() -> None:
    """
    Lines that are no objects, and params that are missing, break no view.
    """
    wire = Wire()
    wire.add(1, "server", "[]")
    wire.add(1, "server", "oops")
    wire.add(1, "server", '{"method": "turn/completed"}')
    wire.add(1, "server", '{"method": "item/completed", "params": {}}')

    story = SessionTranscript(wire)

    assert story.final_responses == [None]
    assert story.commands == []
