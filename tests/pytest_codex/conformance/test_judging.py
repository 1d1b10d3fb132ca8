"""
What becomes of a check: five results, and nothing hangs.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pytest_codex.conformance.judging import ServerJudge, judge_server
from pytest_codex.conformance.outcomes import Message, Outcome, require, skip
from pytest_codex.conformance.target import Target
from tests.protocols import NEWEST, checker

from .small import check, target

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_codex.conformance.server import Server


def connects(server: Server) -> None:
    """
    Shake hands.
    """
    server.connect()


def test_a_check_that_says_nothing_passed() -> None:
    """
    What was said is kept for the coverage, the wire is not.
    """
    result = judge_server(check(connects), target())

    assert (result.outcome, result.text, result.wire) == (Outcome.PASSED, "", ())
    assert Message("client request", "initialize") in result.said
    assert Message("server response", "initialize") in result.said


def test_a_failure_tells_the_wire_and_standard_error() -> None:
    """
    A failure of the server tells what was expected, and what passed last.
    """

    def fails(server: Server) -> None:
        server.connect().settle()
        require(False, "it has to be blue")

    result = judge_server(check(fails), target())

    assert (result.outcome, result.text) == (Outcome.FAILED, "it has to be blue")
    assert result.wire[-1].startswith('1< {"id": 2, "result"')
    assert result.stderr == ("small server",)


def test_warnings_and_skips() -> None:
    """
    A warning is told with its text, a skip with its reason.
    """

    def warns(server: Server) -> None:
        server.warn("odd")
        server.warn("odder")

    def skips(_server: Server) -> None:
        skip("not here")

    warned, skipped = judge_server(check(warns), target()), judge_server(check(skips), target())

    assert (warned.outcome, warned.text) == (Outcome.WARNING, "odd; odder")
    assert (skipped.outcome, skipped.text) == (Outcome.SKIPPED, "not here")


def test_a_check_that_breaks_down_is_an_error_of_the_suite() -> None:
    """
    It names the error and the place.
    """

    def breaks(_server: Server) -> None:
        raise KeyError("x")

    result = judge_server(check(breaks), target())

    assert result.outcome is Outcome.ERROR
    assert result.text.startswith("KeyError: 'x' (test_judging.py:")


def test_a_method_the_server_does_not_know_skips_the_check() -> None:
    """
    Unless no server can be without it, or it is not what the check is about.
    """

    def refused(server: Server) -> None:
        server.connect().refused("fs/copy")

    optional = judge_server(check(lambda server: server.connect().request("fs/copy")), target())
    core = judge_server(check(lambda server: server.connect().request("turn/start")), target())
    about = judge_server(check(refused, methods=("fs/copy",)), target())

    assert optional.text == about.text == "the server does not know fs/copy"
    assert [one.outcome for one in (optional, core, about)] == [
        *(Outcome.SKIPPED, Outcome.FAILED, Outcome.SKIPPED),
    ]
    assert judge_server(check(refused), target()).outcome is Outcome.PASSED


def test_a_server_that_never_answers_does_not_hang_the_check() -> None:
    """
    Each wait ends, and the check as a whole does.
    """

    def patient(server: Server) -> None:
        client = server.spawn()
        while True:
            client.send({"method": "x"})
            try:
                client.notice("never")
            except Exception:
                if server.expired:
                    raise

    silent = target("--break", "silent", deadline=0.3)

    def another(server: Server) -> None:
        """
        Start one process after the other: what stayed to the end has used up the time.
        """
        server.spawn().process.wait()
        server.spawn()

    waited, expired = judge_server(check(connects), silent), judge_server(check(patient), silent)

    assert (waited.outcome, expired.outcome) == (Outcome.FAILED, Outcome.FAILED)
    assert waited.text == "the answer to initialize did not come within 0.3 s"
    assert expired.text.startswith("the check did not end within 1.2 s: ")
    gone_on = judge_server(check(another), silent)
    assert gone_on.outcome is Outcome.FAILED
    assert gone_on.text.startswith("the check did not end within 1.2 s: ")


def test_a_check_whose_server_was_killed_for_its_time_has_not_passed() -> None:
    """
    That the server went is what some checks wait for; here it was the suite that ended it.
    """

    def waits_for_the_end(server: Server) -> None:
        server.spawn().process.wait(20)

    result = judge_server(check(waits_for_the_end), target(deadline=0.3))

    assert (result.outcome, result.text) == (
        Outcome.FAILED,
        "the check did not end within 1.2 s",
    )


def test_what_is_not_there_skips_what_needs_it() -> None:
    """
    A need that was said not to be there, a method of another version, a recording.
    """
    judge = ServerJudge(target(), checker=checker(NEWEST), without=["model"])
    replay = ServerJudge(Target("fake {check}.codex.jsonl"))

    texts = [
        judge(check(connects, needs=frozenset({"model", "live"}))).text,
        judge(check(connects, methods=("initialize", "a/b"))).text,
        judge(check(connects, notifications=("c/d",))).text,
        replay(check(connects, needs=frozenset({"live"}))).text,
    ]

    assert texts == [
        "needs model, which --without says is not there",
        "this version has no a/b",
        "this version has no c/d",
        "there is no area/one.codex.jsonl (only a live server can show this)",
    ]


def test_what_the_server_says_is_held_against_the_schema() -> None:
    """
    The check itself passes: the fault is told by method, see ``schemas``.
    """
    judge = ServerJudge(target("--break", "schema"), checker=checker(NEWEST))

    result = judge(check(connects))

    assert result.outcome is Outcome.PASSED
    assert [(one.method, one.fault) for one in result.invalid] == [
        ("initialize", "result.platformOs: 5 is not string")
    ]


def test_a_check_that_stumbles_over_what_no_server_may_send_has_failed() -> None:
    """
    A value of another type is not the suite's error: it could not read on.
    """

    def reads(server: Server) -> None:
        client = server.connect()
        client.messages[0]["result"]["platformOs"].upper()

    result = ServerJudge(target("--break", "schema"), checker=checker(NEWEST))(check(reads))

    assert result.outcome is Outcome.FAILED
    assert result.text.startswith(
        "the server said what the schema does not allow: server response initialize: "
        "result.platformOs: 5 is not string (the check stopped there: AttributeError: "
    )


def test_what_we_say_is_held_against_the_schema() -> None:
    """
    A mistake of the suite is an error of the suite, unless the check says it is meant so.
    """

    def mistaken(server: Server) -> None:
        server.connect().call("thread/loaded/list", {"limit": "many"})

    judge = ServerJudge(target(), checker=checker(NEWEST))
    result = judge(check(mistaken))

    assert result.outcome is Outcome.ERROR
    assert result.text.startswith(
        "the suite said what the schema does not allow: client request thread/loaded/list: params"
    )
    assert judge(check(mistaken, broken=True)).outcome is Outcome.PASSED


def test_a_replay_has_to_play_everything(tmp_path: Path) -> None:
    """
    What was recorded and not asked for fails the check, though all answers were right.
    """
    server = target().command
    record = ServerJudge(Target(server), record=tmp_path)
    fake = f"{sys.executable} -m fake_server --cassette {tmp_path}/{{check}}.codex.jsonl"
    replay = ServerJudge(Target(fake))

    def settles(server: Server) -> None:
        server.connect().request("account/login/start")

    assert record(check(settles)).outcome is Outcome.PASSED
    assert (tmp_path / "area" / "one.codex.jsonl").exists()
    assert replay(check(settles)).outcome is Outcome.PASSED

    less = replay(check(connects))
    assert less.outcome is Outcome.FAILED
    assert "the replay ended with code 3" in less.text
    assert "account/login/start" in less.text


@pytest.mark.parametrize("outcome", ["failed", "live"])
def test_only_what_passed_and_can_be_replayed_is_recorded(outcome: str, tmp_path: Path) -> None:
    """
    A recording is what a server did right.
    """

    def run(server: Server) -> None:
        server.connect()
        require(outcome == "live", "no")

    needs = frozenset({"live"}) if outcome == "live" else frozenset()
    ServerJudge(target(), record=tmp_path)(check(run, needs=needs))

    assert list(tmp_path.rglob("*.jsonl")) == []
