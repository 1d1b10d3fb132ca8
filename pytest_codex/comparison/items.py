"""
What each kind of item says about the agent's behaviour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.comparison.facts import flatten
from pytest_codex.views.shells import unwrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    Described = tuple[str, str, dict[str, Any]]


def describe(item: dict[str, Any]) -> Described:
    """
    An item as its kind, its name and its telling values.

    An item type that this version does not know is told by its type and its texts.
    """
    kind = str(item.get("type", ""))
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(item)
    known = {key: item[key] for key in ("status", "text") if item.get(key) is not None}
    return kind or "item", "", known


def _text(item: dict[str, Any], key: str = "text") -> str:
    return str(item.get(key) or "")


def _user_message(item: dict[str, Any]) -> Described:
    parts = item.get("content")
    parts = parts if isinstance(parts, list) else []
    texts = [str(part.get("text") or part.get("type")) for part in parts if isinstance(part, dict)]
    return "prompt", "\n".join(texts), {}


def _agent_message(item: dict[str, Any]) -> Described:
    return "message", _text(item), {"phase": item.get("phase")}


def _command(item: dict[str, Any]) -> Described:
    return (
        "command",
        unwrapped(_text(item, "command")),
        {
            "status": item.get("status"),
            "exit code": item.get("exitCode"),
            "output": _text(item, "aggregatedOutput"),
            "directory": item.get("cwd"),
        },
    )


def _file_change(item: dict[str, Any]) -> Described:
    changes = [one for one in item.get("changes") or () if isinstance(one, dict)]
    values: dict[str, Any] = {"status": item.get("status")}
    for change in changes:
        kind = change.get("kind")
        told = kind if isinstance(kind, dict) else {"type": kind}
        path = str(change.get("path", ""))
        moved = told.get("move_path") or told.get("movePath")
        values[path] = f"{told.get('type')} {moved or ''}".strip()
        values[f"diff of {path}"] = change.get("diff") or ""
    return "file change", ", ".join(str(change.get("path", "")) for change in changes), values


def _reasoning(item: dict[str, Any]) -> Described:
    parts = [*(item.get("summary") or ()), *(item.get("content") or ())]
    return "reasoning", "\n".join(str(part) for part in parts), {}


def _tool_call(item: dict[str, Any]) -> Described:
    result = item.get("result")
    if isinstance(result, dict):
        result = result.get("content", result)
    if result is None:
        result = item.get("contentItems")
    values = {
        **{f"argument {path}": leaf for path, leaf in flatten(item.get("arguments")).items()},
        **{f"result {path}".strip(): leaf for path, leaf in flatten(result).items()},
        "status": item.get("status"),
        "error": item.get("error"),
    }
    name = "/".join(str(item[key]) for key in ("server", "namespace", "tool") if item.get(key))
    return "tool call", name, values


def _web_search(item: dict[str, Any]) -> Described:
    return "search", _text(item, "query"), flatten({"action": item.get("action")})


def _sub_agent(item: dict[str, Any]) -> Described:
    values = {key: item.get(key) for key in ("status", "prompt", "kind") if item.get(key)}
    return "sub-agent", str(item.get("tool") or item.get("agentPath") or ""), values


_READERS: dict[str, Callable[[dict[str, Any]], Described]] = {
    "userMessage": _user_message,
    "agentMessage": _agent_message,
    "commandExecution": _command,
    "fileChange": _file_change,
    "reasoning": _reasoning,
    "plan": lambda item: ("plan", _text(item), {}),
    "mcpToolCall": _tool_call,
    "dynamicToolCall": _tool_call,
    "functionCallOutput": lambda item: (
        "tool output",
        _text(item, "name"),
        flatten({"output": item.get("output")}),
    ),
    "webSearch": _web_search,
    "imageView": lambda item: ("image", _text(item, "path"), {}),
    "enteredReviewMode": lambda item: ("review begins", _text(item, "review"), {}),
    "exitedReviewMode": lambda item: ("review ends", _text(item, "review"), {}),
    "contextCompaction": lambda _: ("compaction", "", {}),
    "collabAgentToolCall": _sub_agent,
    "subAgentActivity": _sub_agent,
}
