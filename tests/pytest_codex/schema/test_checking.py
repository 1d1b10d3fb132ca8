"""
What is wrong with a message, by the schema.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from fake_server.errors import HarnessError
from pytest_codex.schema import Bundle, Checker
from tests.protocols import checker, needs_recorded

if TYPE_CHECKING:
    from pytest_codex.schema import Role

pytest.importorskip("jsonschema_rs")

ABOUT = {"threadId": "t", "turnId": "u", "completedAtMs": 1}


def started(**params: Any) -> dict[str, Any]:
    """
    A request for a turn.
    """
    return {"id": 1, "method": "turn/start", "params": {"threadId": "t", "input": [], **params}}


def completed(item: Any) -> dict[str, Any]:
    """
    A notification of an item.
    """
    return {"method": "item/completed", "params": {**ABOUT, "item": item}}


@pytest.mark.parametrize(
    ("role", "method", "message", "told"),
    [
        ("client request", "turn/start", started(), None),
        ("client request", "turn/start", started(unheardOf=1), None),
        (
            "client request",
            "turn/start",
            {"id": 1, "method": "turn/start", "params": {"input": []}},
            "params.threadId: is required",
        ),
        (
            "client request",
            "turn/start",
            started(input=[{"type": "text", "text": 4}]),
            "params.input[0].text: 4 is not string",
        ),
        (
            "client request",
            "turn/start",
            started(input=[{"type": "smell"}]),
            'params.input[0].type: "smell" is not known here',
        ),
        (
            "client request",
            "turn/start",
            started(approvalPolicy="sometimes"),
            'params.approvalPolicy: "sometimes" is not one of untrusted, on-request, never',
        ),
        ("client request", "no/such", {"id": 1, "method": "no/such"}, "method: is not in this"),
        (
            "server notification",
            "item/completed",
            completed({"type": "agentMessage", "id": "i", "text": None}),
            "params.item.text: null is not string",
        ),
        (
            "server notification",
            "item/completed",
            completed({"type": "agentMessage", "id": "i"}),
            "params.item.text: is required",
        ),
        ("server notification", "item/completed", completed(7), "params.item: 7 is not object"),
        ("server response", "turn/interrupt", {"id": 1, "result": {}}, None),
        ("server response", "turn/interrupt", {"id": 1, "result": 3}, "result: 3 is not object"),
        ("server response", "turn/interrupt", {"id": 1}, "result: is required"),
        (
            "server response",
            "turn/interrupt",
            {"id": 1, "error": {"code": -32600, "message": "no"}},
            None,
        ),
        (
            "server response",
            "no/such",
            {"id": 1, "error": {"code": "bad", "message": "no"}},
            'error.code: "bad" is not integer',
        ),
        (
            "client answer",
            "item/commandExecution/requestApproval",
            {"id": 0, "result": {"decision": "perhaps"}},
            'result.decision: "perhaps" is not one of accept, acceptForSession, decline, cancel',
        ),
        ("client notification", "initialized", {"method": "initialized"}, None),
    ],
)
def test_faults(role: Role, method: str, message: Any, told: str | None) -> None:
    """
    The place and the reason are those of the alternative that was meant.
    """
    fault = checker("newest").fault(role, method, message)

    assert str(fault).startswith(str(told))


@needs_recorded
@pytest.mark.parametrize(
    ("method", "params", "told"),
    [
        ("userVerification/cancel", {"requestId": "r"}, "params.surplus: is not allowed here"),
        ("userVerification/status", {}, "params: a member that is 1 is not allowed here"),
    ],
)
def test_a_closed_object(method: str, params: dict[str, Any], told: str) -> None:
    """
    A field that is not allowed is told.
    """
    message = {"id": 1, "method": method, "params": {**params, "surplus": 1}}

    fault = checker("newest").fault("client request", method, message)

    assert told == str(fault)


def test_an_answer_that_the_schema_does_not_tell() -> None:
    """
    A request without a known answer is another fault than an unknown method.
    """
    branch = {"properties": {"method": {"enum": ["a/b"]}, "id": {}}}
    small = Checker(Bundle({"definitions": {"ClientRequest": {"oneOf": [branch]}}}))

    fault = small.fault("server response", "a/b", {"id": 1, "result": {}})

    assert "result: the schema does not say what answers a/b" == str(fault)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The error names the extra that is missing.
    """
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)

    with pytest.raises(HarnessError, match=r"pytest-codex-harness\[conformance\]"):
        Checker(Bundle({"definitions": {}}))
