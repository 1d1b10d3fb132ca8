"""
From what the reader noted to what a reader sees.

Nothing is believed of a message's shape: what is missing or strange is left out, and an item
of an unknown kind is shown as it was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .items import ChatMessage, Command, FileChange, Item, Reasoning, Search, ToolCall, relative
from .notes import Approval, Plan, Question
from .records import ItemRecord, ThreadRecord, TurnRecord
from .shells import unwrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import AskRecord


def views_of(record: ItemRecord) -> list[Any]:
    """
    What a reader sees of an item: one thing, or one per file of a file change.
    """
    if record.views is None:
        raw = record.raw
        kind = str(raw.get("type", ""))
        about: dict[str, Any] = {
            "type": kind,
            "id": str(raw.get("id", "")),
            "thread": record.turn.thread.id,
            "turn": record.turn.id,
            "finished": record.finished,
            "raw": raw,
        }
        maker = _MAKERS.get(kind)
        found = [] if maker is None else maker(record, raw, about)
        record.views = found or [Item(**about)]
    return record.views


def views_of_raw(raw: dict[str, Any]) -> list[Any]:
    """
    What a reader sees of a single item, as the server sent it.
    """
    record = ItemRecord(raw, TurnRecord("", ThreadRecord("", 1), 1))
    record.finished = raw.get("status") != "inProgress"
    return views_of(record)


def _command(record: ItemRecord, raw: dict[str, Any], about: dict[str, Any]) -> list[Any]:
    return [
        Command(
            command=unwrapped(str(raw.get("command", ""))),
            status=_status(record, raw),
            exit_code=raw.get("exitCode"),
            output=raw.get("aggregatedOutput") or record.text("output"),
            cwd=raw.get("cwd"),
            duration=_seconds(raw),
            **about,
        )
    ]


def _file_changes(record: ItemRecord, raw: dict[str, Any], about: dict[str, Any]) -> list[Any]:
    changes = raw.get("changes")
    base = record.turn.cwd or record.turn.thread.cwd
    found = []
    for change in changes if isinstance(changes, list) else ():
        if not isinstance(change, dict):
            continue
        kind = change.get("kind")
        facts = kind if isinstance(kind, dict) else {"type": kind}
        found.append(
            FileChange(
                path=str(change.get("path", "")),
                kind=str(facts.get("type", "")),
                diff=change.get("diff") or "",
                moved_to=facts.get("move_path") or facts.get("movePath"),
                status=_status(record, raw),
                base=base,
                **about,
            )
        )
    return found


def _user_message(_: ItemRecord, raw: dict[str, Any], about: dict[str, Any]) -> list[Any]:
    content = raw.get("content")
    inputs = content if isinstance(content, list) else []
    parts = [_input(one) for one in inputs if isinstance(one, dict)]
    return [ChatMessage("user", "\n".join(parts), **about)]


def _input(part: dict[str, Any]) -> str:
    if isinstance(part.get("text"), str):
        return str(part["text"])
    where = part.get("path") or part.get("name") or ""
    return f"[{' '.join(filter(None, (str(part.get('type', 'input')), str(where))))}]"


def _agent_message(record: ItemRecord, raw: dict[str, Any], about: dict[str, Any]) -> list[Any]:
    text = str(raw.get("text") or record.text("text"))
    return [ChatMessage("agent", text, raw.get("phase"), **about)]


def _reasoning(record: ItemRecord, raw: dict[str, Any], about: dict[str, Any]) -> list[Any]:
    summary = _lines(raw.get("summary")) or record.text("text")
    return [Reasoning(summary, _lines(raw.get("content")) or record.text("content"), **about)]


def _mcp_call(record: ItemRecord, raw: dict[str, Any], about: dict[str, Any]) -> list[Any]:
    result = raw.get("result")
    error = raw.get("error")
    content: Any = None
    if isinstance(result, dict):
        content = result.get("structuredContent")
        content = _content(result.get("content")) if content is None else content
    if raw.get("status") == "failed" and error is None:
        error = content
    return [_tool_call(record, raw, about, raw.get("server"), content, error)]


def _dynamic_call(record: ItemRecord, raw: dict[str, Any], about: dict[str, Any]) -> list[Any]:
    content = _content(raw.get("contentItems"))
    error = content if raw.get("success") is False else None
    return [_tool_call(record, raw, about, raw.get("namespace"), content, error)]


def _tool_call(
    record: ItemRecord,
    raw: dict[str, Any],
    about: dict[str, Any],
    server: str | None,
    result: Any,
    error: Any,
) -> ToolCall:
    said = error.get("message") if isinstance(error, dict) else error
    return ToolCall(
        server=server,
        tool=str(raw.get("tool", "")),
        arguments=raw.get("arguments"),
        result=result,
        error=None if said is None else str(said),
        status=_status(record, raw),
        duration=_seconds(raw),
        **about,
    )


def _search(_: ItemRecord, raw: dict[str, Any], about: dict[str, Any]) -> list[Any]:
    action = raw.get("action")
    facts = action if isinstance(action, dict) else {}
    query = raw.get("query") or facts.get("query") or facts.get("url") or facts.get("pattern")
    return [Search(str(query or ""), facts.get("type"), raw.get("results"), **about)]


_MAKERS: dict[str, Callable[[ItemRecord, dict[str, Any], dict[str, Any]], list[Any]]] = {
    "commandExecution": _command,
    "fileChange": _file_changes,
    "userMessage": _user_message,
    "agentMessage": _agent_message,
    "reasoning": _reasoning,
    "mcpToolCall": _mcp_call,
    "dynamicToolCall": _dynamic_call,
    "webSearch": _search,
}


def asked_of(ask: AskRecord) -> Approval | Question | None:
    """
    A request of the server as the approval or the question that it is; None for other requests.
    """
    meta = ask.params.get("_meta")
    kind = meta.get("codex_approval_kind") if isinstance(meta, dict) else None
    if not (ask.method.endswith(("Approval", "autoApprovalReview")) or kind):
        if ask.method.endswith(("requestUserInput", "elicitation/request")):
            return Question(ask.method, ask.params, ask.answer, error=ask.error)
        return None
    params, turn = ask.params, ask.turn
    action = params.get("action")
    command = (action if isinstance(action, dict) else params).get("command")
    return Approval(
        ask.method,
        params,
        ask.answer,
        error=ask.error,
        command=None if command is None else unwrapped(_line(command)),
        files=_files(ask),
        thread="" if ask.thread is None else ask.thread.id,
        turn="" if turn is None else turn.id,
    )


def _files(ask: AskRecord) -> tuple[str, ...]:
    """
    The files an approval is about; the request itself only names their item.
    """
    name = ask.params.get("itemId") or ask.params.get("targetItemId")
    record = None if ask.turn is None else ask.turn.latest(str(name))
    if record is None:
        return ()
    base = record.turn.cwd
    changes = [view for view in views_of(record) if isinstance(view, FileChange)]
    paths = [path for one in changes for path in (one.path, one.moved_to) if path]
    return tuple(relative(path, base) for path in paths)


def plan_of(record: ItemRecord) -> Plan:
    """
    A plan proposed in plan mode.
    """
    return Plan(text=str(record.raw.get("text") or record.text("text")))


def _status(record: ItemRecord, raw: dict[str, Any]) -> str:
    return str(raw.get("status") or ("completed" if record.finished else "inProgress"))


def _seconds(raw: dict[str, Any]) -> float | None:
    spent = raw.get("durationMs")
    return spent / 1000 if isinstance(spent, (int, float)) else None


def _line(command: Any) -> str:
    if isinstance(command, list):
        import shlex

        return shlex.join(map(str, command))
    return str(command)


def _lines(parts: Any) -> str:
    return "\n\n".join(map(str, parts)) if isinstance(parts, list) else str(parts or "")


def _content(parts: Any) -> Any:
    """
    The text of a tool's result; what is no text stays as it was sent.
    """
    if not isinstance(parts, list):
        return parts
    texts = [one.get("text") for one in parts if isinstance(one, dict)]
    if len(texts) == len(parts) and all(isinstance(text, str) for text in texts):
        return "\n".join(map(str, texts))
    return parts
