"""
What items say.
"""

from __future__ import annotations

from typing import Any

import pytest

from pytest_codex.comparison.items import describe


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            {"type": "userMessage", "content": [{"type": "text", "text": "Hi"}, {"type": "image"}]},
            ("prompt", "Hi\nimage", {}),
        ),
        (
            {"type": "agentMessage", "text": "Done.", "phase": "final_answer", "delivery": None},
            ("message", "Done.", {"phase": "final_answer"}),
        ),
        (
            {
                "type": "commandExecution",
                "command": "/bin/bash -lc ls",
                "status": "completed",
                "exitCode": 2,
                "aggregatedOutput": "no\n",
                "cwd": "{workspace}",
                "processId": "7",
            },
            (
                "command",
                "ls",
                {
                    "status": "completed",
                    "exit code": 2,
                    "output": "no\n",
                    "directory": "{workspace}",
                },
            ),
        ),
        (
            {"type": "reasoning", "summary": ["So"], "content": ["it is"]},
            ("reasoning", "So\nit is", {}),
        ),
        ({"type": "plan", "text": "Look"}, ("plan", "Look", {})),
        (
            {"type": "webSearch", "query": "pytest", "action": {"type": "search"}},
            ("search", "pytest", {"action.type": "search"}),
        ),
        ({"type": "contextCompaction"}, ("compaction", "", {})),
        ({"type": "imageView", "path": "a.png"}, ("image", "a.png", {})),
        (
            {"type": "functionCallOutput", "name": "f", "output": "4"},
            ("tool output", "f", {"output": "4"}),
        ),
        (
            {"type": "collabAgentToolCall", "tool": "spawn", "status": "failed", "prompt": "Count"},
            ("sub-agent", "spawn", {"status": "failed", "prompt": "Count"}),
        ),
        ({"type": "tomorrow", "id": "1", "text": "New"}, ("tomorrow", "", {"text": "New"})),
        ({}, ("item", "", {})),
    ],
)
def test_items_are_described(item: dict[str, Any], expected: Any) -> None:
    """
    Each type by what a test could assert on; a type of the future by its texts.
    """
    assert describe(item) == expected


def test_file_changes_have_kind_target_and_diff() -> None:
    """
    Both forms of a kind are understood, and a move names its target.
    """
    item = {
        "type": "fileChange",
        "status": "completed",
        "changes": [
            {"path": "a", "kind": "add", "diff": "new\n"},
            {"path": "b", "kind": {"type": "update", "move_path": "c"}, "diff": "@@"},
        ],
    }

    kind, name, values = describe(item)

    assert (kind, name) == ("file change", "a, b")
    assert values == {
        "status": "completed",
        "a": "add",
        "diff of a": "new\n",
        "b": "update c",
        "diff of b": "@@",
    }


def test_tool_calls_keep_what_was_asked_and_answered() -> None:
    """
    Tools of MCP servers and of the client tell arguments, results and errors alike.
    """
    mcp = {
        "type": "mcpToolCall",
        "server": "files",
        "tool": "read",
        "arguments": {"path": "a"},
        "status": "completed",
        "result": {"content": [{"text": "x"}], "_meta": {"new": 1}},
    }
    own = {
        "type": "dynamicToolCall",
        "tool": "ask",
        "arguments": None,
        "status": "failed",
        "contentItems": ["no"],
    }

    assert describe(mcp) == (
        "tool call",
        "files/read",
        {
            "argument path": "a",
            "result number of": 1,
            "result [0].text": "x",
            "status": "completed",
            "error": None,
        },
    )
    assert describe(own)[2]["result [0]"] == "no"
