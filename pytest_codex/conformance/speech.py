"""
What was said on the wire of one check: which messages, and which are not what the schema says.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from fake_server.messages import encode, is_notification, is_request, is_response
from pytest_codex.schema import ANSWERS

from .outcomes import Invalid, Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_codex.schema import Checker, Role


class Said(NamedTuple):
    """
    One message and what it is.

    Attributes:
        role: Who says it, and what it is.
        method: Its method; for an answer that of the request.
        message: The message.
        refused: Whether the other side answered it with an error.
    """

    role: Role
    method: str
    message: dict[str, Any]
    refused: bool = False


def read(wire: Iterable[tuple[int, str, str]]) -> list[Said]:
    """
    The messages among the lines of a wire, in order.

    What is no JSON-RPC message, or answers nothing, is left out: checks say such things on
    purpose, and the client itself fails on it when the server does.

    Args:
        wire: Lines with the connection and who sent it.
    """
    found: list[Said] = []
    asked: dict[tuple[int, str, str], int] = {}
    for connection, sender, line in wire:
        message = _parsed(line)
        if message is None:
            continue
        peer = "server" if sender == "client" else "client"
        number = encode(message.get("id"))
        if is_request(message):
            asked[connection, sender, number] = len(found)
            role: Role = "client request" if sender == "client" else "server request"
            found.append(Said(role, str(message["method"]), message))
        elif is_notification(message):
            role = "client notification" if sender == "client" else "server notification"
            found.append(Said(role, str(message["method"]), message))
        elif is_response(message):
            place = asked.get((connection, peer, number))
            if place is not None:
                request = found[place]
                found[place] = request._replace(refused="error" in message)
                found.append(Said(ANSWERS[request.role], request.method, message))
    return found


def kinds(said: Iterable[Said]) -> tuple[Message, ...]:
    """
    The messages, each kind once.
    """
    return tuple(sorted({Message(one.role, one.method) for one in said}))


def invalid(said: Iterable[Said], checker: Checker) -> tuple[Invalid, ...]:
    """
    What is not as the schema says, each kind once.

    A request that was refused is not held against its sender: to be refused is what it was
    sent for.
    """
    return tuple(dict.fromkeys(_invalid(said, checker)))


def _invalid(said: Iterable[Said], checker: Checker) -> Iterator[Invalid]:
    for one in said:
        if not one.refused and not checker.is_valid(one.role, one.method, one.message):
            fault = checker.fault(one.role, one.method, one.message)
            yield Invalid(one.role, one.method, str(fault))


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):  # some checks nest deeper than can be read
        return None
    return message if isinstance(message, dict) else None
