"""
What can be turned round in a recording.
"""

from __future__ import annotations

from typing import Any

import pytest

from fake_server.transcript import Event, Transcript
from pytest_codex.mutation.flips import flips

SANDBOX = {"type": "workspaceWrite", "networkAccess": False}


def recorded(*messages: tuple[str, Any]) -> Transcript:
    """
    A recording of these messages, as read from a file.
    """
    events = [Event(1, sender, body) for sender, body in messages]
    return Transcript.parse(Transcript({}, events).dumps())


@pytest.mark.parametrize(
    ("method", "result", "told"),
    [
        ("item/fileChange/requestApproval", {"decision": "accept"}, "decision accept -> decline"),
        ("x/requestApproval", {"decision": "acceptForSession"}, "acceptForSession -> decline"),
        ("x/requestApproval", {"decision": {"amend": {}}}, "decision amend -> decline"),
        ("x/requestApproval", {"decision": "decline"}, "decision decline -> accept"),
        ("x/requestApproval", {"decision": "cancel"}, "decision cancel -> accept"),
        ("x/requestApproval", {}, "decision None -> accept"),
        ("mcpServer/elicitation/request", {"action": "decline"}, "decline -> accept"),
    ],
)
def test_answers(method: str, result: Any, told: str) -> None:
    """
    Every answer to an approval has an opposite.
    """
    story = recorded(
        ("server", {"id": 0, "method": method, "params": {}}),
        ("client", {"id": 0, "result": result}),
    )

    [flip] = flips(story)

    assert str(flip).endswith(told)
    assert 3 == flip.line
    value = flip.apply(story).events[1].body["result"]
    assert flip.new in value.values()
    assert story.events[1].body["result"] == result


@pytest.mark.parametrize(
    ("sender", "body", "told"),
    [
        (
            "client",
            {"id": 1, "method": "thread/start", "params": {"sandbox": "read-only"}},
            ["sandbox read-only -> workspace-write"],
        ),
        (
            "client",
            {"id": 1, "method": "turn/start", "params": {"sandboxPolicy": SANDBOX}},
            ["sandbox workspaceWrite -> dangerFullAccess", "network closed -> open"],
        ),
        (
            "server",
            {"id": 1, "result": {"sandbox": {"type": "readOnly"}}},
            ["sandbox readOnly -> workspaceWrite"],
        ),
        (
            "server",
            {
                "method": "thread/settings/updated",
                "params": {"threadSettings": {"sandboxPolicy": {**SANDBOX, "networkAccess": True}}},
            },
            ["sandbox workspaceWrite -> dangerFullAccess"],
        ),
        (
            "server",
            {
                "method": "item/autoApprovalReview/completed",
                "params": {"review": {"status": "denied"}},
            },
            ["review denied -> approved"],
        ),
        ("server", {"id": 1, "result": {"sandbox": {"type": "dangerFullAccess"}}}, []),
        ("client", {"id": 1, "method": "item/tool/call", "params": {"decision": "accept"}}, []),
        ("client", {"id": 5, "result": {"decision": "accept"}}, []),
    ],
)
def test_policies_and_reviews(sender: str, body: Any, told: list[str]) -> None:
    """
    Sandboxes grow by one step, in requests and in results; what cannot grow is left.
    """
    story = recorded((sender, body))

    found = flips(story)

    assert told == [str(flip).partition(": ")[2] for flip in found]
    assert all(flip.apply(story).dumps() != story.dumps() for flip in found)
