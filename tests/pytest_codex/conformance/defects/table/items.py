"""
Broken items.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    Message,
    before,
    change,
    done,
    drop,
    lose,
    put,
    result,
    rewrite,
    says,
    send,
)

_COMMAND = done("commandExecution")
_EDIT = done("fileChange")
_TOOL = done("mcpToolCall")


def _kinds(message: Message) -> None:
    for each in message["params"]["item"]["changes"]:
        each["kind"] = {"type": "update", "move_path": None}


DEFECTS = (
    Defect(
        "command-without-a-code",
        "A command's exit code is not told.",
        change(_COMMAND, put("params.item.exitCode", None)),
        fails={"items/command", "items/command-that-fails", "items/commands-side-by-side"},
    ),
    Defect(
        "command-without-output",
        "A command's output is not told.",
        change(_COMMAND, put("params.item.aggregatedOutput", None)),
        fails={"items/command", "items/terminal"},
    ),
    Defect(
        "commands-never-fail",
        "Every command is completed.",
        change(_COMMAND, put("params.item.status", "completed")),
        fails={
            "items/command-that-fails",
            "approvals/command-declined",
            "approvals/empty-answer-is-no-yes",
            "approvals/unknown-decision-is-no-yes",
            "approvals/error-answer-is-no-yes",
        },
    ),
    Defect(
        "commands-in-a-row",
        "Of two commands only one is completed.",
        change(_COMMAND, put("params.item.exitCode", 1)),
        fails={"items/commands-side-by-side"},
    ),
    Defect(
        "typing-is-not-told",
        "item/commandExecution/terminalInteraction is never sent.",
        drop(says("item/commandExecution/terminalInteraction")),
        fails={"items/terminal"},
    ),
    Defect(
        "every-change-is-an-update",
        "Each changed file is told as an update.",
        change(_EDIT, _kinds),
        fails={"items/file-added", "items/files-updated-deleted-renamed"},
    ),
    Defect(
        "changes-without-a-diff",
        "Changes are told without their text.",
        change(
            _EDIT,
            rewrite("params.item.changes", lambda made: [{**one, "diff": ""} for one in made]),
        ),
        fails={"items/file-added", "items/files-updated-deleted-renamed"},
    ),
    Defect(
        "edits-never-fail",
        "An edit that did not fit is told as completed.",
        send(
            done("agentMessage"),
            lambda m: (
                m,
                {
                    "method": "item/completed",
                    "params": {
                        **m["params"],
                        "item": {
                            "type": "fileChange",
                            "id": "e",
                            "status": "completed",
                            "changes": [],
                        },
                    },
                },
            ),
        ),
        fails={"items/edit-that-does-not-fit"},
    ),
    Defect(
        "reasoning-without-a-summary",
        "A reasoning item has no summary.",
        change(done("reasoning"), put("params.item.summary", [])),
        fails={"items/reasoning"},
    ),
    Defect(
        "reasoning-in-one-part",
        "item/reasoning/summaryPartAdded is never sent.",
        drop(says("item/reasoning/summaryPartAdded")),
        fails={"items/reasoning"},
    ),
    Defect(
        "plan-has-another-id",
        "The plan's id is not that of its turn.",
        change(done("plan"), put("params.item.id", "plan")),
        fails={"items/plan", "ordering/plan-deltas-inside-the-item"},
    ),
    Defect(
        "to-do-list-once",
        "Only the first update of the to-do list is told.",
        drop(says("turn/plan/updated"), times=1),
        fails={"items/to-do-list"},
    ),
    Defect(
        "to-do-list-unexplained",
        "The to-do list comes without its explanation.",
        change(says("turn/plan/updated"), lose("params.explanation")),
        fails={"items/to-do-list"},
    ),
    Defect(
        "searches-for-nothing",
        "A search does not tell what was searched for.",
        change(done("webSearch"), put("params.item.query", "")),
        fails={"items/web-search"},
    ),
    Defect(
        "shows-no-images",
        "Images are left out of the user's item.",
        change(
            done("userMessage"),
            rewrite(
                "params.item.content",
                lambda parts: [part for part in parts if part["type"] == "text"],
            ),
        ),
        fails={"items/images"},
    ),
    Defect(
        "image-without-a-path",
        "An image that was opened has no path.",
        change(done("imageView"), put("params.item.path", "dot.png")),
        fails={"items/image-view"},
    ),
    Defect(
        "tool-without-a-result",
        "The result of an MCP tool is not told.",
        change(_TOOL, put("params.item.result", None)),
        fails={"items/mcp-tool"},
    ),
    Defect(
        "tools-never-fail",
        "A tool that reports an error is told as completed.",
        change(_TOOL, put("params.item.status", "completed")),
        fails={"items/mcp-tool-that-fails"},
    ),
    Defect(
        "timeline-is-empty",
        "The timeline of a thread with a turn is empty.",
        change(result("thread/timeline/list"), put("result.data", [])),
        fails={"methods/timeline"},
    ),
    Defect(
        "runs-hooks-of-nobody",
        "A hook is run before each turn, trusted or not.",
        before(
            says("turn/started"),
            {"method": "hook/started", "params": {"run": {"id": "h", "eventName": "stop"}}},
        ),
        fails={"hooks/untrusted-is-not-run"},
    ),
    Defect(
        "mcp-starts-without-a-word",
        "mcpServer/startupStatus/updated is never sent.",
        drop(says("mcpServer/startupStatus/updated")),
        fails={"items/mcp-startup"},
    ),
)
