"""
Who decided what, read off the wire.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_codex.boundary.asked import Asked, DefaultAnswers, asked
from pytest_codex.wire import Wire

METHOD = "item/commandExecution/requestApproval"
PARAMS = {"threadId": "t", "turnId": "u", "itemId": "i", "command": "rm x", "reason": "Why not?"}


def wire(*messages: tuple[str, Any], connection: int = 1) -> Wire:
    """
    A log of messages.
    """
    log = Wire()
    for sender, body in messages:
        log.add(connection, sender, json.dumps(body))
    return log


QUESTION = ("server", {"id": 0, "method": METHOD, "params": PARAMS})


@pytest.mark.parametrize(
    ("later", "decision", "by"),
    [
        (("client", {"id": 0, "result": {"decision": "accept"}}), "accept", "the client"),
        (("client", {"id": 0, "result": {"decision": {"amend": {}}}}), "amend", "the client"),
        (("client", {"id": 0, "result": {}}), "none", "the client"),
        (("client", {"id": 0, "error": {"message": "no"}}), "error", "the client"),
        (("client", {"id": 0, "method": "turn/start"}), "", "nobody"),
        (("client", {"id": 1, "result": {"decision": "accept"}}), "", "nobody"),
        (
            ("server", {"method": "serverRequest/resolved", "params": {"requestId": 0}}),
            "",
            "withdrawn",
        ),
        (
            ("server", {"method": "turn/completed", "params": {"turn": {"id": "u"}}}),
            "",
            "withdrawn",
        ),
        (("server", {"method": "turn/completed", "params": {"turn": {"id": "v"}}}), "", "nobody"),
        (("server", {"method": "error", "params": {}}), "", "nobody"),
    ],
)
def test_who_decided(later: tuple[str, Any], decision: str, by: str) -> None:
    """
    An answer, a withdrawal and silence are told apart.
    """
    [one] = asked(wire(QUESTION, later), DefaultAnswers())

    assert Asked("commandExecution", "rm x", decision, by) == one


def test_answers_of_the_sdk_itself() -> None:
    """
    An answer to a question that the SDK was seen to answer by itself is the SDK's.
    """
    answer = ("client", {"id": 0, "result": {"decision": "accept"}})
    defaults = DefaultAnswers()
    defaults.note(METHOD, {**PARAMS, "itemId": "another"})
    assert [one.by for one in asked(wire(QUESTION, answer), defaults)] == ["the client"]

    defaults.note(METHOD, PARAMS)

    assert [one.by for one in asked(wire(QUESTION, answer), defaults)] == ["the SDK's default"]


def test_reviews() -> None:
    """
    What the reviewer decided is among the approvals, and is nobody's answer.
    """
    review = {"action": {"command": "rm x"}, "review": {"status": "approved"}}
    message = {"method": "item/autoApprovalReview/completed", "params": review}
    [one] = asked(wire(("server", message)), DefaultAnswers())

    assert Asked("review", "rm x", "approved", "the reviewer model") == one
    assert one.accepted


def test_an_edit_is_named_by_its_reason_or_item() -> None:
    """
    A request without a command still says what it is about.
    """
    edit = {"id": 1, "method": "item/fileChange/requestApproval", "params": {"itemId": "i"}}
    log = wire(("server", edit), ("server", {**edit, "params": {"reason": "Because."}}))
    log.add(1, "server", "no json")

    found = asked(log, DefaultAnswers())

    assert [("fileChange", "i"), ("fileChange", "Because.")] == [
        (one.kind, one.subject) for one in found
    ]
