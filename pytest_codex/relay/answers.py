"""
What a real model answered, on its way into a cassette.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_codex.relay import events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_codex.relay.conversation import Said

EVENTS = "text/event-stream"


class Heard(NamedTuple):
    """
    What came of a real model's answer.

    Args:
        status: The HTTP status.
        reason: Its words.
        headers: Names in lower case.
        text: The body.
        gone: Whether the agent hung up before its end.
        fault: Why it came to no end; None when it did.
    """

    status: int
    reason: str
    headers: dict[str, str]
    text: str
    gone: bool
    fault: str | None


def kept(heard: Heard, said: Said) -> dict[str, Any]:
    """
    An answer as vcrpy keeps it.
    """
    if is_stream(heard.headers, heard.text):
        body = events.stored(heard.text, said.wording)
    else:
        body = _masked_body(heard.text, said)
    kept = {
        "status": {"code": heard.status, "message": heard.reason},
        "headers": {name: [said.wording.answer_text(v)] for name, v in heard.headers.items()},
        "body": {"string": body},
    }
    # As long as it was until the agent had enough; played again, it must not end either.
    return {**kept, "interrupted": True} if heard.fault is not None else kept


def _masked_body(text: str, said: Said) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return said.wording.answer_text(text)
    return json.dumps(said.wording.answer(value), ensure_ascii=False, separators=(",", ":"))


def is_stream(headers: Mapping[str, str], text: str) -> bool:
    """
    Whether an answer is a stream of events; not every upstream says so.
    """
    return EVENTS in headers.get("content-type", "") or text.startswith(("event:", "data:"))
