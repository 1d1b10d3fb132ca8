"""
Asking many methods one after another.
"""

from __future__ import annotations

from typing import Any

import pytest

from pytest_codex.conformance.outcomes import ConformanceError, SkippedError
from pytest_codex.conformance.server_checks.asking import Asking


class Answers:
    """
    A client whose answers are given.
    """

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def call(self, method: str, _params: Any = None) -> Any:
        """
        The answer, or what the real server says of methods it does not know.
        """
        unknown = f"Invalid request: unknown variant `{method}`, expected one of `initialize`"
        return self._answers.get(method, {"error": {"code": -32600, "message": unknown}})


def asking(**answers: Any) -> Asking:
    """
    What is tested, with these answers.
    """
    return Asking(Answers(**answers))  # type: ignore[arg-type]


REFUSED = {"error": {"code": -32600, "message": "not now"}}


def test_what_a_version_does_not_know_is_passed_over() -> None:
    """
    One known method is enough for a verdict.
    """
    with asking(known={"result": {"a": 1}}) as ask:
        assert ask.result("unknown") is None
        assert ask.result("known") == {"a": 1}


def test_a_family_nobody_knows_is_skipped() -> None:
    """
    A server without any of the methods is not tested on them.
    """
    with pytest.raises(SkippedError, match="does not know one"), asking() as ask:
        ask.refused("one")


def test_a_refusal_in_place_of_a_result_fails() -> None:
    """
    What has to be accepted may not be refused.
    """
    with pytest.raises(ConformanceError, match="m was refused"):
        asking(m=REFUSED).result("m")


def test_a_result_in_place_of_a_refusal_fails() -> None:
    """
    What has to be refused may not be accepted.
    """
    with pytest.raises(ConformanceError, match="m was accepted"):
        asking(m={"result": {}}).refused("m")


def test_a_refusal_has_to_tell_why() -> None:
    """
    The text must say what was expected of it.
    """
    asking(m=REFUSED).refused("m", because="now")
    with pytest.raises(ConformanceError, match="does not say 'never'"):
        asking(m=REFUSED).refused("m", because="never")


@pytest.mark.parametrize(
    "error", [{"code": -32001, "message": "x"}, {"code": -32600, "message": ""}, {"code": "x"}]
)
def test_an_improper_error_fails(error: Any) -> None:
    """
    Whether accepted or refused: an error has a code of the protocol and a text.
    """
    assert asking(m={"result": 1}).either("m") == 1
    with pytest.raises(ConformanceError, match="refused with"):
        asking(m={"error": error}).either("m")
