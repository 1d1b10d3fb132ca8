"""
Which recordings a change concerns.
"""

from __future__ import annotations

from typing import Any

import pytest

from fake_server.transcript import Event, Transcript
from pytest_codex.drift import Change, compare, used_by
from tests.protocols import NEWEST, needs_recorded, protocol

THREAD = "t"


def item(**fields: Any) -> Event:
    """
    A notification of an item.
    """
    about = {"threadId": THREAD, "turnId": "u", "completedAtMs": 1}
    return Event(1, "server", {"method": "item/completed", "params": {**about, "item": fields}})


@pytest.mark.parametrize(
    ("mark", "concerned"),
    [
        ("server notification item/completed", True),
        ("server notification item/started", False),
        ("ThreadItem(agentMessage)", True),
        ("ThreadItem(plan)", False),
        ("ThreadItem(agentMessage).text", True),
        ("ThreadItem(agentMessage).phase", False),
        ("ThreadItem(agentMessage)-phase", True),
        ("ThreadItem(agentMessage)-text", False),
        ("ThreadItem(commandExecution)", True),
        ("CommandExecutionStatus=completed", True),
        ("CommandExecutionStatus=failed", False),
        ("ThreadItem(commandExecution).exitCode:null", True),
        ("ThreadItem(commandExecution).exitCode:integer", False),
        ("ThreadItem(commandExecution).commandActions:array", True),
    ],
)
def test_marks(mark: str, concerned: bool) -> None:
    """
    A recording is concerned by what it holds: a message, a field, its absence, a value, a type.
    """
    command: dict[str, Any] = {
        "command": "ls",
        "commandActions": [],
        "cwd": "{workspace}",
        "exitCode": None,
    }
    transcript = Transcript(
        {},
        [
            item(type="agentMessage", id="i", text="Hello."),
            item(type="commandExecution", id="j", status="completed", **command),
        ],
    )
    change = Change("somewhere", "changed", marks=frozenset({mark, "no such place"}))

    found = used_by([change], protocol(NEWEST).bundle, transcript)

    assert found == ([change] if concerned else [])


def test_refused_requests_use_nothing() -> None:
    """
    Of a request that was refused only the method counts: the rest may be nonsense on purpose.
    """
    transcript = Transcript(
        {},
        [
            Event(1, "client", {"id": 1, "method": "thread/start", "params": {"cwd": "x"}}),
            Event(1, "server", {"id": 1, "error": {"code": -32600, "message": "no"}}),
        ],
    )
    method = Change("a", "changed", marks=frozenset({"client request thread/start"}))
    field = Change("b", "changed", marks=frozenset({"ThreadStartParams.cwd"}))

    assert [method] == used_by([method, field], protocol(NEWEST).bundle, transcript)


@needs_recorded
def test_a_real_change_and_a_real_user() -> None:
    """
    Going back to a version without a kind of item concerns the recording that has one.
    """
    gone = compare(protocol(NEWEST), protocol("0.147.0"))
    transcript = Transcript({}, [item(type="functionCallOutput", id="i", name="n", output="o")])

    found = {one.key for one in used_by(gone, protocol(NEWEST).bundle, transcript)}

    assert ("ThreadItem(functionCallOutput)", "removed") in found
    assert ("ThreadItem(subAgentActivity).model", "field removed") not in found
