"""
JSON-RPC as the app-server speaks it: one JSON object per line, no ``jsonrpc`` member.

Client ids and server ids are two spaces: both sides count from 0 or 1, so an id alone
never says who chose it.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Message: TypeAlias = dict[str, Any]

INVALID_REQUEST = -32600
"""What the app-server answers to an unknown method and to bad params alike (measured)."""

_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


def is_request(message: Message) -> bool:
    """
    Whether the message asks for an answer.
    """
    return "method" in message and "id" in message


def is_notification(message: Message) -> bool:
    """
    Whether the message tells something and wants no answer.
    """
    return "method" in message and "id" not in message


def is_response(message: Message) -> bool:
    """
    Whether the message answers a request, with a result or an error.
    """
    return "method" not in message and "id" in message


def encode(message: Any) -> str:
    """
    Write a message, or a part of one, as one line, keys sorted, without the line's end.
    """
    return _encoder.encode(message)


def error(request_id: object, text: str, data: object = None) -> str:
    """
    Write an error answer as one line.
    """
    body: Message = {"code": INVALID_REQUEST, "message": text}
    if data is not None:
        body["data"] = data
    return _encoder.encode({"id": request_id, "error": body})
