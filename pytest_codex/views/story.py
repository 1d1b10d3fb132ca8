"""
The compact transcript: what happened, a line for each thing, for people who look at a failure.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .items import ChatMessage, Command, FileChange, Item, Reasoning, Search, ToolCall
from .making import asked_of, plan_of, views_of
from .notes import Approval, Failure, Notice, Plan, Question
from .records import AskRecord, ItemRecord, turns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .records import ThreadRecord, TurnRecord

WIDTH = 110
"""Longest line, without its indentation."""

LINES = 120
"""Most lines of a story; what is between its beginning and its end is left out."""

OUTPUT = 3
"""How many of the last lines of a failed command's output are shown."""

_STEPS = {"completed": "x", "inProgress": ">"}


def clipped(text: str, width: int = WIDTH) -> str:
    """
    A text on one line, no longer than that.
    """
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 3] + "..."


def shortened(lines: list[str]) -> str:
    """
    A story short enough to be read: its beginning and, longer, its end.
    """
    if len(lines) > LINES:
        head = LINES // 4
        tail = LINES - head - 1
        left = len(lines) - head - tail
        lines = [*lines[:head], f"  ... {left} lines left out ...", *lines[-tail:]]
    return "\n".join(lines)


def tell_threads(threads: Iterable[ThreadRecord], loose: list[Any]) -> Iterator[str]:
    """
    Every thread with its turns; sub-agents name their parents.
    """
    threads = list(threads)
    numbers = {thread.id: thread.number for thread in threads}
    for entry in loose:
        yield from tell_entry(entry)
    for thread in threads:
        # A turn alone does not say whose it is: its thread has the empty name.
        parent = numbers.get(thread.parent) if thread.parent else None
        about = [f"thread {thread.number}"]
        about += [f"sub-agent of thread {parent}"] if parent else []
        about += [str(part) for part in (thread.body.get("model"), thread.cwd) if part]
        yield ", ".join(about)
        for entry in thread.log:
            yield from (f"  {line}" for line in tell_entry(entry))
        for turn in turns_of(thread):
            yield from (f"  {line}" for line in tell_turn(turn))


def tell_turn(turn: TurnRecord) -> Iterator[str]:
    """
    A turn and everything in it, in order.
    """
    spent = turn.usage
    tokens = f", {spent.total} tokens" if spent.total else ""
    status = "unfinished" if turn.status == "inProgress" else turn.status
    yield f"turn {turn.number}, {status}{tokens}"
    for entry in turn.log:
        yield from (f"  {line}" for line in tell_entry(entry))


def tell_entry(entry: Any) -> Iterator[str]:
    """
    The lines of one thing that happened.
    """
    if isinstance(entry, ItemRecord):
        if entry.raw.get("type") == "plan":
            yield from _plan(plan_of(entry))
            return
        for view in views_of(entry):
            yield line_of(view) + ("" if entry.finished else "  (unfinished)")
            if isinstance(view, Command) and view.ok is False and view.started:
                last = view.output.rstrip().splitlines()[-OUTPUT:]
                yield from (f"    {clipped(line, WIDTH - 4)}" for line in last)
    elif isinstance(entry, AskRecord):
        asked = asked_of(entry)
        # A tool that the client runs is an item, too.
        if asked is not None:
            yield line_of(asked)
    elif isinstance(entry, Plan):
        yield from _plan(entry)
    else:
        yield line_of(entry)


def line_of(view: Any) -> str:
    """
    One thing in one line.
    """
    for kind, tell in _LINES:
        if isinstance(view, kind):
            return clipped(str(tell(view)))
    return clipped(repr(view))


def _command(command: Command) -> str:
    end = f"exit {command.exit_code}" if command.exit_code is not None else command.status
    ending = "" if not command.finished else f" -> {end}"
    return f"$ {clipped(command.command, WIDTH - 4 - len(ending))}{ending}"


def _file_change(change: FileChange) -> str:
    ending = "" if change.status in ("completed", "inProgress") else f" -> {change.status}"
    return f"* {change.kind} {' -> '.join(change.names)}{_counts(change)}{ending}"


def _counts(change: FileChange) -> str:
    if change.kind != "update":
        return ""
    lines = change.diff.splitlines()
    added = sum(line.startswith("+") and not line.startswith("+++") for line in lines)
    gone = sum(line.startswith("-") and not line.startswith("---") for line in lines)
    return f" (+{added} -{gone})"


def _message(message: ChatMessage) -> str:
    phase = f" ({message.phase})" if message.phase not in (None, "final_answer") else ""
    return f"{message.role}{phase}: {message.text}"


def _tool_call(call: ToolCall) -> str:
    name = f"{call.server}.{call.tool}" if call.server else call.tool
    given = clipped(json.dumps(call.arguments, ensure_ascii=False), WIDTH // 2)
    got = f" -> {call.error if call.error is not None else _text(call.result)}"
    return f"tool {name} {given}{got if call.finished else ''}"


def _approval(approval: Approval) -> str:
    who = "reviewer asked" if approval.method.endswith("Review") else "asked"
    if approval.error is not None:
        said = f"error {approval.error.get('message', '')}"
    elif approval.answer is None:
        said = "no answer"
    else:
        said = str(_text(approval.decision if approval.decision is not None else approval.answer))
    return f"? {who} about {clipped(approval.subject, WIDTH // 2)} -> {clipped(said, 40)}"


def _question(question: Question) -> str:
    said = _text(question.answer) if question.answer is not None else "no answer"
    return f"? {clipped(question.text, WIDTH // 2)} -> {said}"


def _item(item: Item) -> str:
    raw = item.raw
    if item.type == "collabAgentToolCall":
        return f"sub-agent {raw.get('tool')} {raw.get('prompt') or ''}".rstrip()
    if item.type == "subAgentActivity":
        return f"sub-agent {raw.get('kind')} {raw.get('agentPath') or ''}".rstrip()
    shown = {key: value for key, value in raw.items() if value and key not in ("id", "type")}
    told = f" {json.dumps(shown, ensure_ascii=False)}" if shown else ""
    return f"{item.type or 'item'}{told}"


def _plan(plan: Plan) -> Iterator[str]:
    yield clipped(f"plan: {plan.text or plan.explanation or ''}".rstrip())
    for step in plan.steps:
        yield f"  [{_STEPS.get(step.status, ' ')}] {clipped(step.step)}"


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_LINES: tuple[tuple[type, Any], ...] = (
    (Command, _command),
    (FileChange, _file_change),
    (ChatMessage, _message),
    (Reasoning, lambda it: f"thought: {it.text or it.content}"),
    (ToolCall, _tool_call),
    (Search, lambda it: f"searched: {it.query}"),
    (Item, _item),
    (Approval, _approval),
    (Question, _question),
    (Failure, lambda it: f"! {'retrying, ' if it.will_retry else ''}{it.method}: {it.message}"),
    (Notice, lambda it: f"! {it.method}: {it.message}"),
)
