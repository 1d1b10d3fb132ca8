"""
Policies requested and in force, read off the wire.
"""

from __future__ import annotations

from typing import Any

from pytest_codex.boundary.policies import Policy, policies, sandbox_in_force
from pytest_codex.wire import Message

WRITE = {"type": "workspaceWrite", "networkAccess": False}
READ = {"type": "readOnly", "networkAccess": False}


def story(*messages: tuple[str, Any]) -> list[Message]:
    """
    Messages of one connection.
    """
    return [Message(1, sender, body) for sender, body in messages]


def started(params: dict[str, Any], **result: Any) -> list[Message]:
    """
    A thread that was started.
    """
    given = {"thread": {"id": "t"}, "approvalPolicy": "never", "sandbox": READ, **result}
    return story(
        ("client", {"id": 1, "method": "thread/start", "params": params}),
        ("server", {"id": 1, "result": given}),
    )


def of(found: list[Policy], setting: str) -> Policy:
    """
    The only policy about a setting.
    """
    [one] = [one for one in found if one.setting == setting]
    return one


def test_what_was_asked_for_is_in_force() -> None:
    """
    The two spellings of the protocol are one policy.
    """
    found = policies(started({"sandbox": "read-only", "approvalPolicy": "never"}), [])

    assert [
        Policy("thread/start #1", "approvalPolicy", "never", "request", "never"),
        Policy("thread/start #1", "network", None, "", "closed"),
        Policy("thread/start #1", "sandbox", "readOnly", "request", "readOnly"),
    ] == found
    assert not any(one.differs for one in found)


def test_a_difference_is_seen() -> None:
    """
    A server that enforces something else than it was asked for is told.
    """
    found = policies(started({"sandbox": "danger-full-access"}), [])

    assert of(found, "sandbox").differs
    assert not of(found, "approvalPolicy").differs


def test_layers_of_configuration() -> None:
    """
    Without a request the configuration asks: the process's over the test's, the thread's over both.
    """
    config = {"sandbox_mode": "workspace-write", "approval_policy": "on-request"}
    launched = [["--config", 'sandbox_mode="read-only"', "--enable", "x"]]

    found = policies(started({}), launched, config)
    own = policies(started({"config": {"sandbox_mode": "danger-full-access"}}), launched, config)

    assert ("readOnly", "configuration") == (
        of(found, "sandbox").requested,
        of(found, "sandbox").asked_by,
    )
    assert not of(found, "sandbox").differs
    assert of(found, "approvalPolicy").differs
    assert "dangerFullAccess" == of(own, "sandbox").requested


def test_turns_override() -> None:
    """
    What a turn asks for is compared with the settings that are told before its answer.
    """
    told = {"threadId": "t", "threadSettings": {"sandboxPolicy": WRITE, "approvalPolicy": "never"}}
    turn = {"threadId": "t", "sandboxPolicy": {**WRITE, "networkAccess": True}}
    messages = started({}) + story(
        ("client", {"id": "a", "method": "turn/start", "params": turn}),
        ("server", {"method": "thread/settings/updated", "params": told}),
        ("server", {"id": "a", "result": {"turn": {}}}),
        ("client", {"id": "b", "method": "turn/start", "params": {"threadId": "t"}}),
        ("server", {"id": "b", "result": {"turn": {}}}),
        ("server", {"id": "c", "error": {}}),
        ("client", "no json"),
    )

    found = [one for one in policies(messages, []) if one.source == "turn/start #1"]

    assert ["network", "sandbox"] == [one.setting for one in found]
    assert [True, False] == [one.differs for one in found]
    assert WRITE == sandbox_in_force(messages)
    assert READ == sandbox_in_force(messages[:2])
    assert sandbox_in_force([]) is None


def test_wider_than_asked_for() -> None:
    """
    Only a sandbox that lets more happen is wider; an unknown one is as wide as can be.
    """
    narrow = policies(started({"sandbox": "workspace-write"}), [])
    wide = policies(started({"sandbox": "read-only"}, sandbox=WRITE), [])
    unknown = policies(started({"sandbox": "read-only"}, sandbox={"type": "new"}), [])

    assert (True, False) == (of(narrow, "sandbox").differs, of(narrow, "sandbox").wider)
    assert of(wide, "sandbox").wider
    assert of(unknown, "sandbox").wider
