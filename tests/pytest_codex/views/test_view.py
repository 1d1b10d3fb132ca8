"""
What a view answers.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from pytest_codex.views import (
    Approval,
    Command,
    Failure,
    FileChange,
    Notice,
    Plan,
    PlanStep,
    Search,
    Usage,
    final_response,
)

from .storyteller import Storyteller, command, edit, says


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
    A command shows what the agent meant, where it ran, and how it ended.
    """
    told = Storyteller().done(command("ls -l", aggregatedOutput="a\n", durationMs=250))
    told.done(command("rm x", None, status="declined", cwd=None))

    listed, declined = told.transcript.commands
    assert listed == Command("ls -l", "completed", 0, "a\n", "/ws")
    assert (listed.ok, listed.started, listed.duration) == (True, True, 0.25)
    assert listed.raw["command"] == "/bin/bash -lc 'ls -l'"
    assert declined == Command("rm x", "declined", None, "", None)
    assert (declined.ok, declined.started) == (False, False)


def test_ran() -> None:
    """
    Words of a command are found as words, expressions as they are, and success can be wanted.
    """
    told = Storyteller().done(command("pytest -q tests", 1)).done(command("black --format x"))
    told.done(command("pytest -q tests", 0, id="again"))
    ran = told.transcript.ran

    assert [found.exit_code for found in ran("pytest")] == [1, 0]
    assert [found.exit_code for found in ran("pytest", ok=True)] == [0]
    assert [found.exit_code for found in ran("pytest", ok=False)] == [1]
    assert ran("pytest -q")
    assert ran("--format")
    assert ran(re.compile(r"^black\b"))
    assert not ran("rm")
    assert not ran("test")
    assert not ran("pytest.*")


@pytest.mark.parametrize(
    ("facts", "started"),
    [
        ({"status": "declined", "exitCode": None}, False),
        ({"status": "declined", "exitCode": None, "processId": "5"}, False),
        ({"status": "failed", "exitCode": None}, False),
        ({"status": "inProgress", "exitCode": None}, False),
        ({"status": "inProgress", "exitCode": None, "processId": "5"}, True),
        ({"status": "failed", "exitCode": 1}, True),
    ],
)
def test_what_never_started_did_not_run(facts: dict[str, Any], started: bool) -> None:
    """
    A command that was declined, or that nobody has allowed yet, did not run.
    """
    told = Storyteller().opens({**command("rm -r x"), **facts})

    assert bool(told.transcript.ran("rm")) is started


def test_file_changes() -> None:
    """
    Each file of a change is told by itself, in the shapes old and new servers use.
    """
    changes = [
        {"path": "/ws/a", "kind": {"type": "update", "move_path": "/ws/b"}, "diff": "@@"},
        {"path": "/ws/c", "kind": "add", "diff": "text"},
    ]
    item = {"type": "fileChange", "id": "f", "changes": changes, "status": "completed"}
    told = Storyteller().start().began().done(item)

    moved, added = told.transcript.file_changes
    assert moved == FileChange("/ws/a", "update", "@@", "/ws/b", "completed")
    assert added == FileChange("/ws/c", "add", "text", None, "completed")
    assert (moved.name, moved.names, added.name) == ("a", ["a", "b"], "c")


def test_changed() -> None:
    """
    Globs match relative paths under either name; what was declined did not change.
    """
    told = Storyteller().start(cwd="/ws").began()
    told.done(edit("/ws/src/a.py", kind={"type": "update", "move_path": "/ws/lib/b.py"}))
    told.done(edit("/ws/docs/x.md", "declined"))
    changed = told.transcript.changed

    assert [found.name for found in changed("src/**")] == ["src/a.py"]
    assert changed("lib/*.py")
    assert changed("**/*.py")
    assert not changed("*.py")
    assert not changed("docs/**")


def test_the_turns_own_directory_counts() -> None:
    """
    A turn that works elsewhere names its files from there.
    """
    told = Storyteller().start(cwd="/ws")
    told.ask("turn/start", {"threadId": "t1", "cwd": "/other"}, {"turn": {"id": "u1"}})
    told.began().done(edit("/other/a.py"))

    assert told.transcript.changed("a.py")


def test_tool_calls() -> None:
    """
    Calls of MCP servers and of the client's tools are told alike.
    """
    told = Storyteller().began()
    mcp = {
        "type": "mcpToolCall",
        "id": "1",
        "server": "tiny",
        "tool": "echo",
        "arguments": {"a": 1},
    }
    text = {"content": [{"type": "text", "text": "yo"}]}
    told.done({**mcp, "status": "completed", "result": text, "durationMs": 500})
    told.done({**mcp, "id": "2", "status": "failed", "error": {"message": "no such word"}})
    told.done({**mcp, "id": "3", "status": "completed", "result": {"structuredContent": {"b": 2}}})
    dynamic = {"type": "dynamicToolCall", "id": "4", "namespace": None, "tool": "lookup"}
    items = [{"type": "inputText", "text": "result"}]
    told.done({**dynamic, "status": "failed", "success": False, "contentItems": items})

    calls = told.transcript.tool_calls
    assert [call.result for call in calls] == ["yo", None, {"b": 2}, "result"]
    assert [call.error for call in calls] == [None, "no such word", None, "result"]
    assert [call.ok for call in calls] == [True, False, True, False]
    assert (calls[0].arguments, calls[0].duration) == ({"a": 1}, 0.5)
    called = told.transcript.called
    assert len(called("tiny", "echo")) == 3
    assert len(called(tool="lookup")) == 1
    assert len(called()) == 4
    assert not called("tiny", "lookup")
    assert not called("other")


def test_messages_thoughts_searches() -> None:
    """
    What was said, thought and looked for.
    """
    told = Storyteller().began()
    content = [{"type": "text", "text": "Look"}, {"type": "localImage", "path": "/ws/i.png"}]
    told.done({"type": "userMessage", "id": "1", "content": content})
    told.done({"type": "reasoning", "id": "2", "summary": ["hm", "ah"], "content": []})
    told.done({"type": "webSearch", "id": "3", "query": "codex", "action": {"type": "search"}})
    told.done(says("Seen.", "commentary"))

    transcript = told.transcript
    spoken = [(message.role, message.text, message.phase) for message in transcript.messages]
    assert spoken == [
        ("user", "Look\n[localImage /ws/i.png]", None),
        ("agent", "Seen.", "commentary"),
    ]
    assert [thought.text for thought in transcript.reasoning] == ["hm\n\nah"]
    assert transcript.searches == [Search("codex", "search")]


def test_plan() -> None:
    """
    The plan told last counts, a list of steps or the text of plan mode.
    """
    told = Storyteller().began()
    assert told.transcript.threads[0].plan is None
    steps = [{"step": "Look", "status": "completed"}, {"step": "Leap", "status": "pending"}]
    told.notify("turn/plan/updated", threadId="t1", turnId="u1", plan=steps, explanation="Careful.")
    expected = Plan((PlanStep("Look", "completed"), PlanStep("Leap", "pending")), "Careful.")
    assert told.transcript.plan == expected

    told.done({"type": "plan", "id": "p", "text": "# Plan"})

    assert told.transcript.plan == Plan(text="# Plan")
    assert "[x] Look" in told.transcript.story


def asks(number: int, method: str = "item/fileChange/requestApproval", **more: Any) -> Any:
    """
    A question of the server.
    """
    about = {"threadId": "t1", "turnId": "u1", "itemId": "f/ws/a.py"}
    return {"id": number, "method": method, "params": {**about, **more}}


def test_approvals_have_their_answers() -> None:
    """
    Questions and answers are matched by connection and id; other requests are not mixed in.
    """
    told = Storyteller().start().began().client({"id": 0, "method": "turn/start"})
    told.server(asks(0)).server(asks(1)).server(asks(2, "item/tool/call"))
    told.server(asks(0, n=2), conn=2).server({"id": 0, "result": {}})
    told.client({"id": 1, "result": {"decision": "decline"}})
    told.client({"id": 0, "result": {"decision": "cancel"}}, conn=2)
    told.client({"id": 0, "result": {"decision": "accept"}}).server(asks(0, n=3))

    approvals = told.transcript.approvals
    assert [one.decision for one in approvals] == ["accept", "decline", "cancel", None]
    assert [one.accepted for one in approvals] == [True, False, False, False]
    assert [one.answered for one in approvals] == [True, True, True, False]
    assert approvals[0] == Approval(
        "item/fileChange/requestApproval", asks(0)["params"], {"decision": "accept"}
    )


def test_approvals_say_what_they_are_about() -> None:
    """
    A command is in the question, files are in the item that the question names.
    """
    told = Storyteller().start().began().opens(edit("/ws/a.py", "inProgress"))
    told.server(asks(0))
    ask = asks(1, "item/commandExecution/requestApproval", command="/bin/zsh -lc 'rm x'")
    told.server({**ask, "params": {**ask["params"], "reason": "It is old."}})
    told.client({"id": 1, "error": {"message": "no idea"}})

    files, order = told.transcript.approvals
    assert (files.files, files.command) == (("a.py",), None)
    assert (order.command, order.files, order.reason) == ("rm x", ("a.py",), "It is old.")
    assert (order.decision, order.answered) == (None, True)


@pytest.mark.parametrize(
    ("decision", "accepted"),
    [
        ("accept", True),
        ("acceptForSession", True),
        ({"acceptWithExecpolicyAmendment": {"execpolicy_amendment": []}}, True),
        ("decline", False),
        ("cancel", False),
        (None, False),
    ],
)
def test_every_way_to_accept(decision: Any, accepted: bool) -> None:
    """
    Whatever opens with acceptance accepts.
    """
    told = Storyteller().server(asks(0)).client({"id": 0, "result": {"decision": decision}})

    assert told.transcript.approvals[0].accepted is accepted


def test_questions_reviews_and_tool_approvals() -> None:
    """
    A form is a question, unless it asks for approval; the reviewer's decisions are apart.
    """
    told = Storyteller().start().began()
    told.server(asks(0, "mcpServer/elicitation/request", message="Your name?"))
    meta = {"codex_approval_kind": "mcp_tool_call"}
    told.server(asks(1, "mcpServer/elicitation/request", message="Allow it?", _meta=meta))
    told.client({"id": 0, "result": {"action": "accept", "content": {"name": "Ada"}}})
    told.client({"id": 1, "result": {"action": "decline"}})
    about: dict[str, Any] = {
        "threadId": "t1",
        "turnId": "u1",
        "reviewId": "r",
        "action": {"command": "rm x"},
    }
    for status in ("inProgress", "denied"):
        told.notify("item/autoApprovalReview/started", **about, review={"status": status})

    (question,) = told.transcript.questions
    assert question.text == "Your name?"
    assert question.answer is not None
    assert question.answer["content"] == {"name": "Ada"}
    (approval,) = told.transcript.approvals
    assert (approval.reason, approval.decision) == ("Allow it?", "decline")
    (review,) = told.transcript.reviews
    assert (review.command, review.decision, review.accepted) == ("rm x", "denied", False)


def test_usage_is_what_turns_spent() -> None:
    """
    Model calls add up; estimates and what a resumed thread had spent before do not count.
    """
    told = Storyteller().start().began()
    counts: dict[str, Any] = {"inputTokens": 10, "cachedInputTokens": 4, "outputTokens": 5}
    about: dict[str, Any] = {"threadId": "t1", "turnId": "u1"}
    for last in (counts, {**counts, "reasoningOutputTokens": 2}, {"totalTokens": 99}):
        told.notify("thread/tokenUsage/updated", **about, tokenUsage={"last": last})
    told.ended()
    told.notify("thread/tokenUsage/updated", **about, tokenUsage={"last": counts})

    assert told.transcript.usage == Usage(20, 8, 10, 2, 2)
    assert told.transcript.usage.total == 30
    assert told.transcript.turns[0].usage == told.transcript.threads[0].usage


def test_errors() -> None:
    """
    Retries, failed turns and refused requests are told, each once.
    """
    told = Storyteller().start().began()
    told.notify("error", threadId="t1", turnId="u1", error={"message": "wait"}, willRetry=True)
    told.notify("error", threadId="t1", turnId="u1", error={"message": "over"}, willRetry=False)
    told.ended(status="failed", error={"message": "over"})
    told.client({"id": "x", "method": "turn/steer", "params": {"threadId": "t1"}})
    told.server({"id": "x", "error": {"code": -32600, "message": "no active turn"}})
    told.client({"id": "y", "method": "turn/start", "params": {"threadId": "unknown"}})
    told.server({"id": "y", "error": {"code": -32600, "message": "not found"}})

    assert sorted(told.transcript.errors, key=lambda each: each.message) == [
        Failure("no active turn", "turn/steer"),
        Failure("not found", "turn/start"),
        Failure("over"),
        Failure("wait", will_retry=True),
    ]
    assert [error.message for error in told.transcript.turns[0].errors] == ["wait", "over"]
    assert len(told.transcript.threads) == 1


def test_warnings() -> None:
    """
    Warnings of all kinds; a remark on what is installed here is none of the story.
    """
    told = Storyteller().start()
    told.notify("configWarning", summary="Codex could not find bubblewrap on PATH.")
    told.notify("configWarning", summary="Unknown key.")
    told.notify("warning", threadId="t1", message="Heads up.")
    told.notify("deprecationNotice", summary="Old.")
    told.notify("mcpServer/startupStatus/updated", name="tiny", status="failed", error="gone")
    told.notify("mcpServer/startupStatus/updated", name="big", status="ready")

    assert sorted(told.transcript.warnings, key=lambda each: each.message) == [
        Notice("Heads up.", "warning"),
        Notice("MCP server tiny: gone", "mcpServer/startupStatus/updated"),
        Notice("Old.", "deprecationNotice"),
        Notice("Unknown key.", "configWarning"),
    ]
    assert told.transcript.threads[0].warnings == [Notice("Heads up.", "warning")]
