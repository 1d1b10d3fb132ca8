"""
What is read out of one run of a driver.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_codex.conformance.clients.seen import Line, Seen
from pytest_codex.conformance.outcomes import ConformanceError


def seen(
    status: int | None = 0,
    report: dict[str, Any] | None = None,
    stderr: str = "",
    *lines: tuple[str, dict[str, Any]],
) -> Seen:
    """
    A run with these facts.
    """
    wire = tuple(Line(1, sender, json.dumps(message)) for sender, message in lines)
    return Seen("run", 5.0, status, report, stderr, wire, ())


def test_a_failed_turn_is_trouble_even_without_an_error() -> None:
    """
    As is an error that is reported, or that the driver died of.
    """
    assert seen(0, {"status": "failed"}).trouble == "the turn failed, without an error"
    assert seen(0, {"error": {"message": "no"}}).trouble == '{"message": "no"}'
    assert seen(1, None, "boom\n").trouble == "boom"
    assert seen(1).trouble == "exit status 1"
    assert seen(0, {"status": "completed", "error": None}).trouble is None


def test_a_stack_trace_is_told_by_its_last_line() -> None:
    """
    That is where the reason is.
    """
    trace = "Traceback (most recent call last):\n  File ...\nKeyError: 'x'\n"

    with pytest.raises(ConformanceError, match=r"ended with: KeyError: 'x'$"):
        seen(1, None, trace).result()
    assert seen(1, None, trace).failed("File").status == 1


def test_a_run_that_was_killed_neither_failed_nor_went_well() -> None:
    """
    It hung, and the text says who owes what.
    """
    ask = {"id": 7, "method": "turn/start", "params": {}}
    hung = seen(None, None, "", ("client", ask), ("server", {"id": 7, "method": "x/request"}))

    for judge in (hung.ended, hung.result, hung.failed):
        with pytest.raises(ConformanceError, match="within 5 s and was killed") as error:
            judge()
        assert "the client did not answer x/request" in str(error.value)
        assert "turn/start was never answered" in str(error.value)


def test_ids_of_another_type_are_other_ids() -> None:
    """
    An answer to 7 is none to "7", nor to true.
    """
    run = seen(0, {}, "", ("client", {"id": 7, "result": {}}), ("client", {"id": 1, "result": {}}))

    assert [one["id"] for one in run.answers(7)] == [7]
    assert run.answers("7") == []
    assert run.answers(True) == []


def test_an_early_error_is_not_the_right_one() -> None:
    """
    A client that never came so far has proven nothing.
    """
    run = seen(0, {"error": {"message": "no"}}, "", ("client", {"id": 1, "method": "initialize"}))

    assert run.failed().reached("initialize") is run
    with pytest.raises(ConformanceError, match="never sent turn/start"):
        run.reached("turn/start")


@pytest.mark.parametrize(
    ("report", "text"),
    [
        ({"status": "interrupted", "final_response": "Hi."}, "reports 'interrupted'"),
        ({"status": "completed", "final_response": "Ho."}, "the driver reports 'Ho.'"),
        ({"status": "completed"}, "the driver reports 'null'"),
    ],
)
def test_a_wrong_answer_is_told(report: dict[str, Any], text: str) -> None:
    """
    With what was right.
    """
    with pytest.raises(ConformanceError, match=text):
        seen(0, report).said("Hi.")
    seen(0, {"status": "completed", "final_response": "Hi."}).said("Hi.")


def test_turns_have_to_be_reported_as_a_list() -> None:
    """
    A report of another shape is told.
    """
    with pytest.raises(ConformanceError, match='no list "turns"'):
        seen(0, {"turns": 1}).turns()
    for number in (0, 1, 3):
        turns: list[object] = [{}] * number
        with pytest.raises(ConformanceError, match=f"two turns; the driver reports {number}"):
            seen(0, {"turns": turns}).turns()
    assert [{}, {}] == seen(0, {"turns": [{}, {}]}).turns()
