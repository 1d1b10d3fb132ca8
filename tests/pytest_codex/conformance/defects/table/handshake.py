"""
Broken first words.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import Defect, Message, change, error, result


def _nameless(message: Message) -> None:
    message["result"]["userAgent"] = "codex"


def _other_code(message: Message) -> None:
    message["error"]["code"] = -32002


DEFECTS = (
    Defect(
        "agent-without-version",
        "userAgent does not tell the version.",
        change(result("initialize"), _nameless),
        fails={"handshake/user-agent-tells-the-version"},
    ),
    Defect(
        "other-code-before-initialize",
        "Requests before initialize are refused with a code of its own.",
        change(error().where(lambda m: m["error"]["message"] == "Not initialized"), _other_code),
        fails={"handshake/nothing-before-initialize"},
    ),
)
