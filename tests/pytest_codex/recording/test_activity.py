"""
Who is at work, told from the messages that pass.
"""

from __future__ import annotations

from typing import Any

from pytest_codex.recording.activity import Activity


def turn(method: str, thread: str = "t") -> dict[str, Any]:
    """
    A notification about a turn.
    """
    return {"method": method, "params": {"threadId": thread, "turn": {"id": "u"}}}


def command(method: str) -> dict[str, Any]:
    """
    A notification about a command of the agent.
    """
    item = {"type": "commandExecution", "id": "c"}
    return {"method": method, "params": {"threadId": "t", "item": item}}


def at_work(activity: Activity) -> bool:
    """
    The question as a function: a property would be taken for constant.
    """
    return not activity.idle


def test_a_turn_is_work_from_its_start_to_its_end() -> None:
    """
    Before any item is announced a command may already have written its files.
    """
    activity = Activity()
    assert not at_work(activity)

    activity.server(1, turn("turn/started"))
    assert at_work(activity)

    assert activity.server(1, turn("turn/completed"))
    assert not at_work(activity)


def test_a_command_works_on_after_its_turn() -> None:
    """
    Neither the end of a turn nor an interrupt ends a command that runs.
    """
    activity = Activity()
    activity.server(1, turn("turn/started"))
    activity.server(1, command("item/started"))
    activity.server(1, turn("turn/completed"))
    assert at_work(activity)

    assert activity.server(1, command("item/completed"))
    assert not at_work(activity)


def test_a_request_that_writes_is_work_until_it_is_answered() -> None:
    """
    Its answer is the end of some work; the answer to a request that only reads is not.
    """
    activity = Activity()
    activity.client(1, {"id": 1, "method": "model/list"})
    activity.client(1, {"id": "a", "method": "command/exec", "params": {}})
    assert at_work(activity)

    assert not activity.server(1, {"id": 1, "result": {}})
    assert activity.server(1, {"id": "a", "result": {}})
    assert not at_work(activity)


def test_two_connections_work_side_by_side() -> None:
    """
    The same ids on another connection are other work, which ends with its connection.
    """
    activity = Activity()
    for conn in (1, 2):
        activity.server(conn, turn("turn/started"))
    activity.server(1, turn("turn/completed"))
    assert at_work(activity)

    activity.closed(2)
    assert not at_work(activity)


def test_an_import_ends_with_its_notification() -> None:
    """
    Its request is answered before the files are written.
    """
    assert Activity().server(1, {"method": "externalAgentConfig/import/completed", "params": {}})
    assert not Activity().server(1, {"method": "externalAgentConfig/import/progress", "params": {}})
