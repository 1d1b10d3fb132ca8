"""
One thing that happened, as the page shows it.

An entry has a ``kind`` (its colour), a ``title``, and where there is more a ``note`` beside it
and a ``body`` below; ``bad`` marks what went wrong.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_codex.views.items import (
    ChatMessage,
    Command,
    FileChange,
    Item,
    Reasoning,
    Search,
    ToolCall,
)
from pytest_codex.views.making import asked_of, plan_of, views_of
from pytest_codex.views.notes import Approval, Failure, Notice, Plan, Question
from pytest_codex.views.records import AskRecord, ItemRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MISMATCH = "matches no interaction"
"""What the error says with which a replay refuses a request."""


def entries_of(thing: Any) -> Iterator[dict[str, Any]]:
    """
    The entries of one thing in a reader's log.
    """
    if isinstance(thing, ItemRecord):
        views = [plan_of(thing)] if thing.raw.get("type") == "plan" else views_of(thing)
        for view in views:
            entry = _entry(view)
            if not thing.finished:
                entry["note"] = ", ".join(filter(None, (entry.get("note"), "unfinished")))
            yield entry
    elif isinstance(thing, AskRecord):
        asked = asked_of(thing)
        if asked is not None:
            yield _entry(asked)
    else:
        yield _entry(thing)


def _entry(view: Any) -> dict[str, Any]:
    for kind, make in _ENTRIES:
        if isinstance(view, kind):
            return {key: value for key, value in make(view).items() if value not in (None, "")}
    return {"kind": "item", "title": repr(view)}


def _command(command: Command) -> dict[str, Any]:
    end = f"exit {command.exit_code}" if command.exit_code is not None else command.status
    spent = f"{command.duration:g} s" if command.duration else ""
    return {
        "kind": "command",
        "title": f"$ {command.command}",
        "note": ", ".join(filter(None, (end, spent, command.cwd))),
        "body": command.output,
        "bad": command.ok is False,
    }


def _change(change: FileChange) -> dict[str, Any]:
    return {
        "kind": "change",
        "title": f"{change.kind} {' -> '.join(change.names)}",
        "note": "" if change.status == "completed" else change.status,
        "body": change.diff,
        "diff": change.kind == "update",
        "bad": change.status in ("failed", "declined"),
    }


def _message(message: ChatMessage) -> dict[str, Any]:
    said = {"kind": message.role, "title": message.role, "body": message.text, "open": True}
    return {**said, "note": message.phase or ""}


def _tool(call: ToolCall) -> dict[str, Any]:
    got = call.error if call.error is not None else call.result
    return {
        "kind": "tool",
        "title": f"tool {'.'.join(filter(None, (call.server, call.tool)))}",
        "note": call.status,
        "body": f"{_text(call.arguments)}\n-> {_text(got)}",
        "bad": call.ok is False,
    }


def _approval(approval: Approval) -> dict[str, Any]:
    who = "reviewer asked" if approval.method.endswith("Review") else "asked"
    said = approval.error if approval.error is not None else approval.decision
    if said is None:
        said = approval.answer if approval.answer is not None else "no answer"
    return {
        "kind": "approval",
        "title": f"{who} about {approval.subject}",
        "note": _text(said),
        "body": _text(approval.params),
        "bad": approval.error is not None or not approval.answered,
    }


def _question(question: Question) -> dict[str, Any]:
    said = "no answer" if question.answer is None else _text(question.answer)
    return {"kind": "approval", "title": question.text, "note": said}


def _plan(plan: Plan) -> dict[str, Any]:
    steps = [f"{step.status:12}{step.step}" for step in plan.steps]
    lines = [*filter(None, (plan.text, plan.explanation)), *steps]
    return {"kind": "plan", "title": "plan", "body": "\n".join(lines), "open": True}


def _failure(failure: Failure) -> dict[str, Any]:
    note = "retrying" if failure.will_retry else ""
    kind = "mismatch" if MISMATCH in failure.message else "failure"
    # The details of a mismatch repeat its message.
    body = "" if kind == "mismatch" or failure.details is None else _text(failure.details)
    title, _, rest = failure.message.partition("\n")
    return {
        "kind": kind,
        "title": f"{failure.method}: {title}",
        "note": note,
        "body": "\n".join(filter(None, (rest, body))),
        "bad": True,
        "open": kind == "mismatch",
    }


def _item(item: Item) -> dict[str, Any]:
    return {"kind": "item", "title": item.type or "item", "body": _text(item.raw)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


_ENTRIES: tuple[tuple[type, Callable[[Any], dict[str, Any]]], ...] = (
    (Command, _command),
    (FileChange, _change),
    (ChatMessage, _message),
    (Reasoning, lambda it: {"kind": "thought", "title": "thought", "body": it.text or it.content}),
    (ToolCall, _tool),
    (Search, lambda it: {"kind": "tool", "title": f"searched: {it.query}", "note": it.action}),
    (Item, _item),
    (Approval, _approval),
    (Question, _question),
    (Plan, _plan),
    (Failure, _failure),
    (Notice, lambda it: {"kind": "notice", "title": f"{it.method}: {it.message}"}),
)
