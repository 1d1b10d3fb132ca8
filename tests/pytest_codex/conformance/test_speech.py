"""
What was said on a wire, and what of it is not valid.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_codex.conformance import speech
from pytest_codex.conformance.outcomes import Message
from tests.protocols import NEWEST, checker

CLIENT, SERVER = "client", "server"


def wire(*said: tuple[str, Any]) -> list[tuple[int, str, str]]:
    """
    Lines of one connection.
    """
    return [
        (1, sender, body if isinstance(body, str) else json.dumps(body)) for sender, body in said
    ]


def test_each_message_is_known_by_who_says_it_and_what_it_is() -> None:
    """
    Answers have the method of their request; what answers nothing is left out.
    """
    said = speech.read(
        wire(
            (CLIENT, {"id": 1, "method": "initialize", "params": {}}),
            (SERVER, {"id": 1, "method": "item/tool/call", "params": {}}),
            (SERVER, {"id": 1, "result": {}}),
            (CLIENT, {"id": 1, "error": {}}),
            (CLIENT, {"method": "initialized"}),
            (SERVER, {"method": "warning", "params": {}}),
            (SERVER, {"id": 7, "result": {}}),
            (CLIENT, "no JSON"),
            (CLIENT, '{"a":' * 100_000),
            (CLIENT, [1]),
        )
    )

    assert [(one.role, one.method, one.refused) for one in said] == [
        ("client request", "initialize", False),
        ("server request", "item/tool/call", True),
        ("server response", "initialize", False),
        ("client answer", "item/tool/call", False),
        ("client notification", "initialized", False),
        ("server notification", "warning", False),
    ]
    assert Message("server response", "initialize") in speech.kinds(said)


def test_each_fault_is_told_once_with_its_path() -> None:
    """
    A request that was refused is not held against who sent it.
    """
    broken = {"method": "thread/archived", "params": {"threadId": 5}}
    said = speech.read(
        wire(
            (SERVER, broken),
            (SERVER, broken),
            (CLIENT, {"id": 1, "method": "thread/read", "params": {}}),
            (SERVER, {"id": 1, "error": {"code": -32600, "message": "missing field"}}),
            (CLIENT, {"id": 2, "method": "thread/read", "params": {}}),
        )
    )

    found = speech.invalid(said, checker(NEWEST))

    assert [(one.role, one.method, one.fault) for one in found] == [
        ("server notification", "thread/archived", "params.threadId: 5 is not string"),
        ("client request", "thread/read", "params.threadId: is required"),
    ]
