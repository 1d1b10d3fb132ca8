"""
What each message of a recording is.
"""

from __future__ import annotations

from fake_server.transcript import Event, Transcript
from pytest_codex.schema import said


def test_roles() -> None:
    """
    Both sides count their requests from anywhere; an answer belongs to the other side's.
    """
    events = [
        Event(1, "spawn", {"args": []}),
        Event(1, "client", {"id": 0, "method": "turn/start", "params": {"cwd": "{workspace}/a"}}),
        Event(1, "server", {"id": 0, "method": "item/tool/call", "params": {}}),
        Event(2, "client", {"id": 0, "method": "turn/steer", "params": {}}),
        Event(1, "client", {"id": 0, "result": {}}),
        Event(1, "server", {"method": "turn/started", "params": {}}),
        Event(2, "server", {"id": 0, "error": {"code": 1, "message": "no"}}),
        Event(1, "server", {"id": 0, "result": {}}),
        Event(1, "client", {"method": "initialized"}),
        Event(1, "client", "not JSON"),
        Event(1, "server", {"id": 9, "result": {}}),
    ]

    told = list(said(Transcript({}, events)))

    assert [
        ("client request", "turn/start", False),
        ("server request", "item/tool/call", False),
        ("client request", "turn/steer", True),
        ("client answer", "item/tool/call", False),
        ("server notification", "turn/started", False),
        ("server response", "turn/steer", False),
        ("server response", "turn/start", False),
        ("client notification", "initialized", False),
    ] == [(one.role, one.method, one.refused) for one in told]
    assert "/workspace/a" == told[0].message["params"]["cwd"]


def test_a_number_that_is_used_again() -> None:
    """
    The answer belongs to the latest request of that number.
    """
    events = [
        Event(1, "client", {"id": 1, "method": "a"}),
        Event(1, "server", {"id": 1, "error": {}}),
        Event(1, "client", {"id": 1, "method": "b"}),
        Event(1, "server", {"id": 1, "result": {}}),
    ]

    told = [(one.method, one.refused) for one in said(Transcript({}, events))]

    assert [("a", True), ("a", False), ("b", False), ("b", False)] == told
