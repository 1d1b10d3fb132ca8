"""
What clients requested, each with the answer it got.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_codex.wire import Message


@dataclass(slots=True)
class Request:
    """
    A request of a client.

    Attributes:
        method: Such as ``turn/start``.
        params: What was asked, as it was sent; empty when there was nothing to say.
        result: The server's answer; None when there is none, or an error.
        error: The server's refusal, with ``code`` and ``message``.
        connection: Number of the connection, from 1 in order of start.
    """

    method: str
    params: Any
    result: Any = None
    error: dict[str, Any] | None = None
    connection: int = 1


def requests_of(messages: Iterable[Message], method: str | None = None) -> list[Request]:
    """
    The requests of clients in the order in which they were sent.

    Args:
        messages: What clients and servers said.
        method: Only those of this method; None for all.
    """
    found: list[Request] = []
    waiting: dict[tuple[int, str], Request] = {}
    for conn, sender, body in messages:
        if not isinstance(body, dict) or "id" not in body:
            continue
        name, number = body.get("method"), (conn, repr(body["id"]))
        if sender == "client" and isinstance(name, str):
            params = body.get("params")
            waiting[number] = Request(name, {} if params is None else params, connection=conn)
            found.append(waiting[number])
        elif sender == "server" and name is None and number in waiting:
            request = waiting.pop(number)
            request.result, request.error = body.get("result"), body.get("error")
    return [request for request in found if method in (None, request.method)]
