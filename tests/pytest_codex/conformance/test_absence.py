"""
What a server says about methods that it does not have.
"""

from __future__ import annotations

from typing import Any

import pytest

from pytest_codex.conformance.absence import CORE, skip_if_absent
from pytest_codex.conformance.outcomes import SkippedError


def refusal(code: int, message: str) -> dict[str, Any]:
    """
    An answer that is an error.
    """
    return {"id": 1, "error": {"code": code, "message": message}}


@pytest.mark.parametrize(
    "answer",
    [
        refusal(-32600, "Invalid request: unknown variant `fs/copy`, expected one of `initialize`"),
        refusal(-32601, "whatever"),
        refusal(-32000, "Method not found: fs/copy"),
    ],
)
def test_a_method_that_is_not_there_is_skipped(answer: dict[str, Any]) -> None:
    """
    In Codex's words, in JSON-RPC's code, or in plain words.
    """
    with pytest.raises(SkippedError, match="the server does not know fs/copy"):
        skip_if_absent("fs/copy", answer)


@pytest.mark.parametrize(
    "answer",
    [
        {"id": 1, "result": {}},
        refusal(-32600, "Invalid request: unknown variant `loud`, expected one of `fs/copy`"),
        refusal(-32600, "no such file"),
        {"id": 1, "error": "unknown method fs/copy"},
    ],
)
def test_any_other_answer_is_the_checks_business(answer: dict[str, Any]) -> None:
    """
    A result, another refusal, an unknown value in the params.
    """
    skip_if_absent("fs/copy", answer)


@pytest.mark.parametrize("method", sorted(CORE))
def test_what_every_server_has_is_never_skipped(method: str) -> None:
    """
    Without these nothing of the protocol is left.
    """
    skip_if_absent(method, refusal(-32601, "no"))
