"""
Ids that are read from a conversation.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_server.errors import HarnessError
from pytest_codex.model import ModelCall
from pytest_codex.model.conversation import agent_target, agent_targets, is_named, running_session

Exchange = tuple[str, dict[str, Any], str]


def conversation(exchanges: dict[str, Exchange], tools: tuple[str, ...] = ()) -> ModelCall:
    """
    A call that comes after these tool calls, by id: name, arguments and output.
    """
    items: list[dict[str, Any]] = []
    for call_id, (name, args, output) in exchanges.items():
        made = {"type": "function_call", "call_id": call_id, "name": name}
        items.append({**made, "arguments": json.dumps(args)})
        items.append({"type": "function_call_output", "call_id": call_id, "output": output})
    return ModelCall({"input": items, "tools": [{"name": name} for name in tools]}, {}, "")


def running(number: int) -> str:
    """
    The output of a command that goes on.
    """
    return f"Chunk ID: a\nProcess running with session ID {number}\nOutput:\n"


ENDED = "Chunk ID: a\nProcess exited with code 0\nOutput:\n"
COMMANDS: dict[str, Exchange] = {
    "call_1_a": ("exec_command", {}, running(11)),
    "call_2_b": ("exec_command", {}, running(22)),
    "call_3": ("exec_command", {}, ENDED),
}


def test_the_newest_session_that_runs() -> None:
    """
    Without a name it is the newest, and one that has ended counts no more.
    """
    assert 22 == running_session(conversation(COMMANDS))
    ended = {**COMMANDS, "call_4": ("write_stdin", {"session_id": 22}, ENDED)}
    assert 11 == running_session(conversation(ended))


def test_a_session_by_name() -> None:
    """
    A name is that of the call which started it.
    """
    assert 11 == running_session(conversation(COMMANDS), "a")
    assert 22 == running_session(conversation(COMMANDS), "b")


@pytest.mark.parametrize(
    ("exchanges", "name", "told"),
    [
        ({}, None, "no command runs behind in this conversation"),
        (COMMANDS, "c", r"2 others run in this conversation.*session='c'"),
        ({"call_1_c": ("exec_command", {}, "denied")}, "c", "The last command said: 'denied'"),
        ({"call_1": ("exec_command", {}, "a\nsession ID 5")}, None, "no command runs"),
    ],
)
def test_no_session(exchanges: dict[str, Exchange], name: str | None, told: str) -> None:
    """
    When there is none the sentence says what does run, and how to start one.
    """
    with pytest.raises(HarnessError, match=told):
        running_session(conversation(exchanges), name)


def test_sub_agents() -> None:
    """
    Older tools answer with an id, newer ones with a name; what is neither is passed over.
    """
    spawned: dict[str, Exchange] = {
        "call_1_a": ("spawn_agent", {}, '{"agent_id": "id-a"}'),
        "call_2_b": ("spawn_agent", {}, '{"task_name": "/root/b"}'),
        "call_3_c": ("spawn_agent", {}, "refused"),
    }
    call = conversation(spawned)

    assert ["id-a", "/root/b"] == agent_targets(call)
    assert "id-a" == agent_target(call, "a")
    assert "/root/b" == agent_target(call, None)
    with pytest.raises(HarnessError, match="has no sub-agent 'c'"):
        agent_target(call, "c")


def test_newer_tools_know_everybody_by_name() -> None:
    """
    There a sub-agent may write to one that another agent has spawned.
    """
    assert "kin" == agent_target(conversation({}, ("collaboration.spawn_agent",)), "kin")


@pytest.mark.parametrize(
    ("call_id", "named"),
    [
        ("call_1_kid", True),
        ("decide_1_call_12_kid", True),
        ("call_1_my_kid", False),
        ("call_1_kid_2", False),
        ("call_kid", False),
        ("kid", False),
    ],
)
def test_names_are_part_of_ids(call_id: str, named: bool) -> None:
    """
    A name is all that follows the number.
    """
    assert named == is_named(call_id, "kid")
