"""
What the installed SDK cannot parse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex.schema.models import ModelChecker

if TYPE_CHECKING:
    from pytest_codex.schema import Role


@pytest.fixture(scope="module")
def models() -> ModelChecker:
    """
    The models of the installed SDK.
    """
    return ModelChecker()


def item(**fields: Any) -> dict[str, Any]:
    """
    A notification of an item.
    """
    about = {"threadId": "t", "turnId": "u", "completedAtMs": 1}
    return {"method": "item/completed", "params": {**about, "item": fields}}


@pytest.mark.parametrize(
    ("role", "method", "message", "told"),
    [
        ("server notification", "item/completed", item(type="agentMessage", id="i", text=""), None),
        (
            "server notification",
            "item/completed",
            item(type="agentMessage", id="i", text=7),
            "params.item.text: 7: input should be a valid string (becomes UnknownNotification)",
        ),
        (
            "server notification",
            "item/completed",
            item(type="agentMessage", id="i"),
            "params.item.text: is required (becomes UnknownNotification)",
        ),
        (
            "server notification",
            "item/completed",
            item(type="agentMessage", id="i", content=[{"type": "text", "text": 7}]),
            "params.item.text: is required (becomes UnknownNotification)",
        ),
        (
            "server notification",
            "item/completed",
            item(type="smell", id="i"),
            'params.item.type: "smell" is not known here (becomes UnknownNotification)',
        ),
        (
            "server notification",
            "item/completed",
            {"method": "item/completed", "params": 7},
            "params.completedAtMs: is required (becomes UnknownNotification)",
        ),
        ("server notification", "future/method", {"method": "future/method"}, None),
        ("server response", "turn/steer", {"id": 1, "result": {}}, "result.turnId: is required"),
        ("server response", "turn/steer", {"id": 1, "error": {}}, None),
        (
            "client request",
            "turn/interrupt",
            {"id": 1, "method": "turn/interrupt", "params": {"threadId": "t"}},
            "params.turnId: is required",
        ),
        ("client answer", "item/tool/call", {"id": 1, "result": 7}, None),
    ],
)
def test_faults(
    models: ModelChecker, role: Role, method: str, message: Any, told: str | None
) -> None:
    """
    The place is one in the message, whatever classes pydantic met on its way.
    """
    fault = models.fault(role, method, message)

    assert told == (str(fault) if fault else None)


def test_the_sdk_does_as_it_is_told_here() -> None:
    """
    The SDK hands on what it cannot parse as an unknown notification, and says nothing.
    """
    from openai_codex.client import CodexClient
    from openai_codex.models import UnknownNotification

    coerce = CodexClient._coerce_notification
    bad = item(type="agentMessage", id="i", text=7)
    good = item(type="agentMessage", id="i", text="7")

    handed_on = coerce(None, bad["method"], bad["params"])  # type: ignore[arg-type]
    parsed = coerce(None, good["method"], good["params"])  # type: ignore[arg-type]

    assert isinstance(handed_on.payload, UnknownNotification)
    assert not isinstance(parsed.payload, UnknownNotification)


def test_what_it_knows(models: ModelChecker) -> None:
    """
    Requests, their answers and notifications have models; the rest it passes on.
    """
    assert models.knows("client request", "turn/start")
    assert models.knows("server response", "turn/start")
    assert models.knows("server notification", "turn/started")
    assert not models.knows("server request", "item/commandExecution/requestApproval")
    assert not models.knows("client request", "memory/reset")
