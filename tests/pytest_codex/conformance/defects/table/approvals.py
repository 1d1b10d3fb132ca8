"""
Broken questions to the client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.pytest_codex.conformance.defects.kit import (
    Behaviour,
    Defect,
    Line,
    Message,
    Seen,
    change,
    done,
    drop,
    get,
    hears,
    lose,
    put,
    rewrite,
    says,
    send,
)

_COMMAND = "item/commandExecution/requestApproval"
_EDIT = "item/fileChange/requestApproval"
_TOOL = "item/tool/call"
_INPUT = "item/tool/requestUserInput"
_FORM = "mcpServer/elicitation/request"


def _decides(*decisions: Any) -> Callable[[Message], bool]:
    """
    Answers of the client that decide so.
    """
    return lambda m: "method" not in m and get(m, "result.decision") in decisions


def _to(decision: Any) -> Callable[[Message], Iterable[Line]]:
    return lambda m: ({"id": m["id"], "result": {"decision": decision}},)


def _undecided(message: Message) -> bool:
    """
    Answers of the client that decide nothing.
    """
    if "method" in message:
        return False
    told = get(message, "result")
    return "error" in message or told == {} or get(message, "result.decision") == "perhaps"


class _AsksOnce(Behaviour):
    """
    Forgets that it has asked: gives all its requests one id.
    """

    def __init__(self) -> None:
        self._asked: list[Any] = []

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        if isinstance(line, dict) and "method" not in line and line.get("id") == 0 and self._asked:
            return ({**line, "id": self._asked.pop(0)},)
        return (line,)

    def server(self, seen: Seen) -> Iterable[Line]:
        if seen.kind != "request":
            return (seen.message,)
        self._asked.append(seen.message["id"])
        return ({**seen.message, "id": 0},)


class _TakesAny(Behaviour):
    """
    Takes any answer for one to the question that is open.
    """

    def __init__(self) -> None:
        self._open: Message | None = None

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        if isinstance(line, dict) and "method" not in line and self._open is not None:
            params = {"threadId": self._open["params"]["threadId"], "requestId": self._open["id"]}
            if line.get("id") != self._open["id"]:
                reply({"method": "serverRequest/resolved", "params": params})
            self._open = None
        return (line,)

    def server(self, seen: Seen) -> Iterable[Line]:
        if seen.kind == "request" and "threadId" in seen.message["params"]:
            self._open = seen.message
        return (seen.message,)


def _asks_again(message: Message) -> list[Message]:
    return [message, {**message, "id": 100 + message["id"]}]


DEFECTS = (
    Defect(
        "asks-without-a-reason",
        "The question about a command does not tell the agent's reason.",
        change(says(_COMMAND), lose("params.reason")),
        fails={"approvals/command-question"},
    ),
    Defect(
        "asks-without-a-directory",
        "The question about a command does not tell the directory.",
        change(says(_COMMAND), lose("params.cwd")),
        fails={"approvals/command-question"},
    ),
    Defect(
        "asks-about-another-item",
        "The question about an edit names another item.",
        change(says(_EDIT), put("params.itemId", "nobody")),
        fails={"approvals/edit-accepted", "ordering/item-before-its-edit-approval"},
    ),
    Defect(
        "hears-no-yes",
        "An accepted command or edit is declined.",
        hears(_decides("accept"), _to("decline")),
        fails={"approvals/command-accepted", "approvals/edit-accepted"},
        live=True,
    ),
    Defect(
        "hears-no-no",
        "A declined command or edit is done.",
        hears(_decides("decline"), _to("accept")),
        fails={"approvals/command-declined", "approvals/edit-declined"},
        live=True,
    ),
    Defect(
        "cancels-by-declining",
        "A cancelled command or edit is declined only.",
        hears(_decides("cancel"), _to("decline")),
        fails={"approvals/command-cancelled", "approvals/edit-cancelled"},
        live=True,
    ),
    Defect(
        "forgets-the-session",
        "What is accepted for the session is accepted once.",
        hears(_decides("acceptForSession"), _to("accept")),
        fails={
            "approvals/command-accepted-for-the-session",
            "approvals/edit-accepted-for-the-session",
        },
        live=True,
    ),
    Defect(
        "accepts-for-ever",
        "What is accepted once is accepted for the session.",
        hears(_decides("accept"), _to("acceptForSession")),
        fails={"approvals/command-accepted-once-is-asked-again"},
        live=True,
    ),
    Defect(
        "forgets-the-rule",
        "A command accepted with a rule is accepted without it.",
        hears(
            lambda m: "method" not in m and isinstance(get(m, "result.decision"), dict),
            _to("accept"),
        ),
        fails={"approvals/command-rule-accepted"},
        live=True,
    ),
    Defect(
        "silence-is-a-yes",
        "An answer that decides nothing is taken for a yes.",
        hears(_undecided, _to("accept")),
        fails={
            "approvals/empty-answer-is-no-yes",
            "approvals/unknown-decision-is-no-yes",
            "approvals/error-answer-is-no-yes",
            "approvals/edit-empty-answer-is-no-yes",
        },
        live=True,
    ),
    Defect(
        "any-answer-will-do",
        "An answer with the id of no request resolves the open one.",
        _TakesAny,
        fails={"approvals/foreign-answer-decides-nothing"},
    ),
    Defect(
        "policy-never-asks-all-the-same",
        "A thread whose policy is never asks.",
        send(
            done("userMessage"),
            lambda m: (m, {"id": 77, "method": _COMMAND, "params": {"threadId": "x"}}),
        ),
        fails={"approvals/policy-never-never-asks"},
    ),
    Defect(
        "asks-twice",
        "Each question is asked twice, with two ids.",
        send(says(_COMMAND, _EDIT, _TOOL), _asks_again),
        fails={
            "approvals/command-accepted-for-the-session",
            "approvals/edit-accepted-for-the-session",
            "server-requests/ids-are-unique",
        },
    ),
    Defect(
        "one-id-for-all",
        "All requests of the server have one id.",
        _AsksOnce,
        fails={
            "server-requests/ids-are-unique",
            "approvals/command-accepted-once-is-asked-again",
            "concurrency/approvals-in-two-threads",
        },
    ),
    Defect(
        "declined-edits-fail",
        "A declined edit is told as completed.",
        change(done("fileChange"), put("params.item.status", "inProgress")),
        fails={"approvals/edit-declined", "approvals/edit-empty-answer-is-no-yes"},
    ),
    Defect(
        "tool-call-without-arguments",
        "A call of the client's tool comes without its arguments.",
        change(says(_TOOL), lose("params.arguments")),
        fails={
            "server-requests/dynamic-tool",
            "server-requests/dynamic-tool-fails",
            "server-requests/dynamic-tool-empty-answer",
            "server-requests/dynamic-tool-error-answer",
        },
    ),
    Defect(
        "tool-calls-never-fail",
        "A tool call that failed is told as completed.",
        change(done("dynamicToolCall"), put("params.item.success", True)),
        fails={
            "server-requests/dynamic-tool-fails",
            "server-requests/dynamic-tool-empty-answer",
            "server-requests/dynamic-tool-error-answer",
        },
    ),
    Defect(
        "tool-calls-always-fail",
        "A tool call that went well is told as failed.",
        change(done("dynamicToolCall"), put("params.item.status", "failed")),
        fails={"server-requests/dynamic-tool"},
    ),
    Defect(
        "question-without-options",
        "A question to the user comes without its options.",
        change(
            says(_INPUT),
            rewrite("params.questions", lambda told: [{**one, "options": []} for one in told]),
        ),
        fails={"server-requests/user-input", "server-requests/user-input-empty-answer"},
    ),
    Defect(
        "answers-for-the-user",
        "A user who does not answer is taken at another word.",
        change(done("agentMessage"), put("params.item.text", "Blue")),
        fails={"server-requests/user-input-empty-answer"},
    ),
    Defect(
        "form-without-fields",
        "A tool's question comes without its form.",
        change(says(_FORM), lose("params.requestedSchema")),
        fails={"server-requests/elicitation-accepted"},
    ),
    Defect(
        "tool-hears-yes",
        "A tool whose question was declined hears something else.",
        change(done("mcpToolCall"), put("params.item.result.content", [{"text": "accept"}])),
        fails={
            "server-requests/elicitation-declined",
            "server-requests/elicitation-accepted",
            "items/mcp-tool",
        },
    ),
    Defect(
        "destroys-without-asking",
        "The approval of a tool that destroys is never asked for.",
        drop(says(_FORM)),
        fails={
            "server-requests/mcp-tool-approval",
            "server-requests/elicitation-accepted",
            "server-requests/elicitation-declined",
        },
    ),
)
