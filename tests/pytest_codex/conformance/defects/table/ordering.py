"""
Messages in the wrong order, too often, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.pytest_codex.conformance.defects.kit import (
    Behaviour,
    Defect,
    Line,
    Message,
    Seen,
    became,
    begun,
    change,
    done,
    drop,
    late,
    put,
    result,
    says,
    turned,
    twice,
)

_COMMAND = "item/commandExecution/requestApproval"
_EDIT = "item/fileChange/requestApproval"
_OTHER = "01a1fcaa-0000-7000-8000-000000000002"


class _Early(Behaviour):
    """
    Says that a request was resolved as soon as it is asked.
    """

    def server(self, seen: Seen) -> Iterable[Line]:
        if seen.kind != "request" or "threadId" not in seen.message["params"]:
            return (seen.message,)
        thread, number = seen.message["params"]["threadId"], seen.message["id"]
        resolved: Message = {
            "method": "serverRequest/resolved",
            "params": {"threadId": thread, "requestId": number},
        }
        return (seen.message, resolved)


DEFECTS = (
    Defect(
        "thread-before-its-answer",
        "thread/started comes before the answer to thread/start.",
        late(result("thread/start"), until=says("thread/started")),
        fails={"ordering/answer-before-thread-started"},
    ),
    Defect(
        "turn-before-its-answer",
        "turn/started comes before the answer to turn/start.",
        late(result("turn/start"), until=says("turn/started")),
        fails={"ordering/answer-before-turn-started"},
    ),
    Defect(
        "thread-started-is-lost",
        "thread/started is never sent.",
        drop(says("thread/started")),
        fails={"ordering/answer-before-thread-started", "turns/base-sequence"},
    ),
    Defect(
        "turn-started-is-lost",
        "turn/started is never sent.",
        drop(says("turn/started")),
        fails={
            "ordering/answer-before-turn-started",
            "ordering/status-around-a-turn",
            "turns/base-sequence",
        },
    ),
    Defect(
        "active-after-the-turn-began",
        "The thread becomes active after turn/started.",
        late(became("active"), until=says("turn/started")),
        fails={"ordering/status-around-a-turn", "turns/base-sequence"},
    ),
    Defect(
        "idle-after-the-turn-ended",
        "The thread becomes idle after turn/completed.",
        late(became("idle"), until=turned("completed", "interrupted")),
        fails={
            "ordering/status-around-a-turn",
            "turns/base-sequence",
            "interrupts/ends-the-turn",
        },
    ),
    Defect(
        "error-after-the-failed-turn",
        "error comes after the turn that failed.",
        late(says("error"), until=turned("failed")),
        fails={"ordering/error-before-failed-turn"},
    ),
    Defect(
        "delta-after-completion",
        "A message goes on after it was completed.",
        late(says("item/agentMessage/delta"), until=done("agentMessage")),
        fails={"ordering/message-deltas-inside-the-item"},
    ),
    Defect(
        "delta-before-its-item",
        "A message is told before it began.",
        late(begun("agentMessage"), until=says("item/agentMessage/delta")),
        fails={"ordering/message-deltas-inside-the-item"},
    ),
    Defect(
        "reasoning-after-its-end",
        "Pieces of a reasoning summary come after it was completed.",
        late(says("item/reasoning/summaryTextDelta"), until=done("reasoning")),
        fails={"ordering/reasoning-deltas-inside-the-item"},
    ),
    Defect(
        "plan-after-its-end",
        "Pieces of a plan come after it was completed.",
        late(says("item/plan/delta"), until=done("plan")),
        fails={"ordering/plan-deltas-inside-the-item"},
    ),
    Defect(
        "output-after-the-command",
        "What a command prints is told after it was completed.",
        late(says("item/commandExecution/outputDelta"), until=done("commandExecution")),
        fails={"ordering/output-inside-the-command"},
    ),
    Defect(
        "items-end-twice",
        "item/completed of an edit is sent twice.",
        twice(done("fileChange")),
        fails={"ordering/items-begin-once-and-end-once"},
    ),
    Defect(
        "items-begin-twice",
        "item/started of a command is sent twice.",
        twice(begun("commandExecution")),
        fails={"ordering/items-begin-once-and-end-once"},
    ),
    Defect(
        "items-do-not-begin",
        "item/started is never sent.",
        drop(says("item/started")),
        fails={"ordering/items-begin-once-and-end-once", "turns/base-sequence"},
    ),
    Defect(
        "items-of-another-turn",
        "Commands name another turn.",
        change(begun("commandExecution"), put("params.turnId", _OTHER)),
        fails={"ordering/messages-name-their-turn"},
    ),
    Defect(
        "asks-before-the-command",
        "The client is asked about a command that has not begun.",
        late(begun("commandExecution"), until=says(_COMMAND)),
        fails={"ordering/item-before-its-command-approval"},
    ),
    Defect(
        "asks-before-the-edit",
        "The client is asked about an edit that has not begun.",
        late(begun("fileChange"), until=says(_EDIT)),
        fails={"ordering/item-before-its-edit-approval"},
    ),
    Defect(
        "waits-without-a-word",
        "The thread's status does not tell that it waits for an approval.",
        change(became("active"), put("params.status.activeFlags", [])),
        fails={"ordering/item-before-its-command-approval"},
    ),
    Defect(
        "resolved-at-once",
        "serverRequest/resolved comes before the client has answered.",
        _Early,
        fails={
            "ordering/resolved-after-the-answer",
            "approvals/foreign-answer-decides-nothing",
            "steering/while-an-approval-is-open",
        },
    ),
    Defect(
        "never-resolved",
        "serverRequest/resolved is never sent.",
        drop(says("serverRequest/resolved")),
        fails={"ordering/resolved-after-the-answer", "approvals/interrupt-while-open"},
    ),
    Defect(
        "resolved-twice",
        "serverRequest/resolved is sent twice.",
        twice(says("serverRequest/resolved")),
        fails={"ordering/resolved-after-the-answer"},
    ),
)
