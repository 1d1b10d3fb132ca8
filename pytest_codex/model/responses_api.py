"""
The events of the Responses API, as plain dicts.

Only what the agent reads is sent, and nothing that changes between two runs: no
timestamps, no random ids.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Event = dict[str, Any]

DEFAULT_USAGE = {"input": 10, "cached": 0, "output": 5, "reasoning": 0}


def encode(event: Event) -> bytes:
    """
    One server-sent event as it goes over the wire.
    """
    data = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return f"event: {event['type']}\ndata: {data}\n\n".encode()


def created(response_id: str) -> Event:
    """
    The response begins.
    """
    return {"type": "response.created", "response": {"id": response_id}}


def completed(response_id: str, usage: Mapping[str, int] | None) -> Event:
    """
    The response ends well and says what it cost.
    """
    return {
        "type": "response.completed",
        "response": {"id": response_id, "usage": token_usage(usage)},
    }


def incomplete(response_id: str, reason: str, usage: Mapping[str, int] | None) -> Event:
    """
    The model stopped before it was done.
    """
    return {
        "type": "response.incomplete",
        "response": {
            "id": response_id,
            "incomplete_details": {"reason": reason},
            "usage": token_usage(usage),
        },
    }


def failed(response_id: str, code: str, message: str) -> Event:
    """
    The service gives up after it had begun to answer.
    """
    return {
        "type": "response.failed",
        "response": {"id": response_id, "error": {"code": code, "message": message}},
    }


def token_usage(usage: Mapping[str, int] | None) -> dict[str, Any]:
    """
    Token counts in the names of the API.

    Args:
        usage: Any of ``input``, ``cached``, ``output``, ``reasoning``; the rest keeps
            its default.

    Raises:
        ValueError: A name is not one of these.
    """
    unknown = sorted(set(usage or {}) - set(DEFAULT_USAGE))
    if unknown:
        known = ", ".join(DEFAULT_USAGE)
        raise ValueError(f"usage has no {', '.join(unknown)}; it knows {known}")
    count = {**DEFAULT_USAGE, **(usage or {})}
    return {
        "input_tokens": count["input"],
        "input_tokens_details": {"cached_tokens": count["cached"]},
        "output_tokens": count["output"],
        "output_tokens_details": {"reasoning_tokens": count["reasoning"]},
        "total_tokens": count["input"] + count["output"],
    }


def item_added(item: dict[str, Any]) -> Event:
    """
    An output item begins.
    """
    return {"type": "response.output_item.added", "item": item}


def item_done(item: dict[str, Any]) -> Event:
    """
    An output item is complete.
    """
    return {"type": "response.output_item.done", "item": item}


def message(item_id: str, text: str, phase: str | None = None) -> dict[str, Any]:
    """
    An assistant message.
    """
    item = {
        "type": "message",
        "role": "assistant",
        "id": item_id,
        "content": [{"type": "output_text", "text": text}],
    }
    return {**item, "phase": phase} if phase else item


def text_delta(item_id: str, text: str) -> Event:
    """
    A piece of a message.
    """
    return {"type": "response.output_text.delta", "item_id": item_id, "delta": text}


def refusal(item_id: str, text: str) -> list[Event]:
    """
    A message in which the model declines.
    """
    done = {**message(item_id, ""), "content": [{"type": "refusal", "refusal": text}]}
    return [
        item_added(message(item_id, "")),
        {"type": "response.refusal.delta", "item_id": item_id, "delta": text},
        item_done(done),
    ]


def reasoning(item_id: str, text: str) -> list[Event]:
    """
    A reasoning summary, streamed in one piece.
    """
    summary = [{"type": "summary_text", "text": text}]
    done = {"type": "reasoning", "id": item_id, "summary": summary}
    return [
        item_added({"type": "reasoning", "id": item_id, "summary": []}),
        {"type": "response.reasoning_summary_part.added", "summary_index": 0},
        {"type": "response.reasoning_summary_text.delta", "delta": text, "summary_index": 0},
        item_done({**done, "encrypted_content": "scripted"}),
    ]


def function_call(
    call_id: str, name: str, args: Mapping[str, Any], namespace: str | None = None
) -> dict[str, Any]:
    """
    A call of a tool that takes JSON.
    """
    item = {
        "type": "function_call",
        "call_id": call_id,
        "name": name,
        "arguments": json.dumps(args, ensure_ascii=False),
    }
    return {**item, "namespace": namespace} if namespace else item


def custom_call(call_id: str, name: str, text: str) -> dict[str, Any]:
    """
    A call of a tool that takes free text.
    """
    return {"type": "custom_tool_call", "call_id": call_id, "name": name, "input": text}


def web_search(item_id: str, query: str) -> list[Event]:
    """
    A search that the model's own service ran.
    """
    item: dict[str, Any] = {"type": "web_search_call", "id": item_id}
    action = {"type": "search", "query": query, "queries": [query]}
    return [
        item_added({**item, "status": "in_progress"}),
        item_done({**item, "status": "completed", "action": action}),
    ]


def tool_search(call_id: str, query: str) -> dict[str, Any]:
    """
    A search that the agent runs, among the tools it did not list.
    """
    return {
        "type": "tool_search_call",
        "call_id": call_id,
        "execution": "client",
        "status": "completed",
        "arguments": {"query": query},
    }
