"""
Budgets hold the real agent back: its turns are interrupted, and no more begin.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from fake_server.transcript import Transcript

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

pytest.importorskip("codex_cli_bin", reason="these tests run the real app-server")

HELD = """
def ran(thread, prompt):
    try:
        return thread.run(prompt).status.value
    except Exception as error:
        return type(error).__name__

@pytest.mark.codex(max_turns=2)
def test_turns(codex, codex_model):
    codex_model.say("One.").say("Two.").say("Three.")
    thread = codex.thread_start()
    assert [ran(thread, "a")] + [ran(thread, "b")] == ["completed", "completed"]
    assert ran(thread, "c") == ran(codex.thread_start(), "d") == "InvalidRequestError"
    assert codex_model.remaining_steps == ["say('Three.')"]

@pytest.mark.codex(max_commands=1)
def test_commands(codex, codex_model, codex_session):
    codex_model.run("echo 1").run("echo 2").run("echo 3").say("Done.")
    thread = codex.thread_start()
    assert ran(thread, "count") == "interrupted"
    assert ran(thread, "go on") == "InvalidRequestError"
    assert codex_model.remaining_steps[-2:] == ["run('echo 3')", "say('Done.')"]
    sent = [body.get("method") for _, sender, body in codex_session.wire.messages
            if sender == "client"]
    assert "turn/interrupt" not in sent and sent.count("turn/start") == 2

@pytest.mark.codex(max_tokens=15)
def test_tokens(codex, codex_model):
    codex_model.run("echo 1").run("echo 2").say("Done.")
    assert ran(codex.thread_start(), "spend") == "interrupted"

@pytest.mark.codex(max_turns=1, max_commands=1, max_tokens=30)
def test_reached(codex, codex_model):
    codex_model.run("echo 1").say("Done.")
    assert ran(codex.thread_start(), "just enough") == "completed"
"""


def test_a_budget_interrupts_and_refuses(project: Project) -> None:
    """
    The agent is stopped, the client learns why, and the test fails though it swallowed that.
    """
    project.test(HELD)

    result = project.run("--codex-tier=scripted")

    result.assert_outcomes(passed=1, failed=3)
    result.stdout.re_match_lines_random(
        [
            r"BudgetError: max_turns=2 was exceeded: another turn was asked for",
            r"  used           2 turns, 0 commands, 30 tokens",
            r"  last turn      b",
            r"BudgetError: max_commands=1 was exceeded: 2 commands",
            r"  last turn      count",
            r"  last command   .*echo 2.*",
            r"BudgetError: max_tokens=15 was exceeded: 30 tokens",
        ]
    )
    assert not re.search(r"codex-budget|thread/loaded/list", result.stdout.str())


GOAL = """
import threading
from openai_codex.client import CodexClient
from pydantic import RootModel

@pytest.mark.codex(max_turns=2)
def test_goal(codex_session, codex_model):
    for number in range(9):
        codex_model.say(f"Step {number}.")
    with CodexClient(codex_session.config) as client:
        client.initialize()
        thread = client.thread_start({}).thread.id
        goal = {"threadId": thread, "objective": "never end"}
        client.request("thread/goal/set", goal, response_model=RootModel[dict])
        end = threading.Event()
        for _ in range(200):
            ended = [body["params"]["turn"]["status"] for _, _, body in codex_session.wire.messages
                     if body.get("method") == "turn/completed"]
            if "interrupted" in ended:
                break
            end.wait(0.05)
        assert ended == ["completed", "completed", "interrupted"]
        end.wait(1)
    assert len(codex_model.remaining_steps) >= 6
"""


def test_turns_that_codex_starts_by_itself_count(project: Project) -> None:
    """
    A goal goes on without being asked; the budget ends it.
    """
    project.test(GOAL)

    result = project.run("--codex-tier=scripted")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["BudgetError: max_turns=2 was exceeded: 3 turns"])


def test_a_recording_is_held_against_the_same_budgets(project: Project) -> None:
    """
    A cassette that uses more than its test allows fails in replay; one that does not, passes.
    """
    project.record("test_hello", ("one", "1"), ("two", "2"))
    body = """
@pytest.mark.codex(max_turns={})
def test_hello(codex):
    thread = codex.thread_start()
    thread.run("one")
    thread.run("two")
"""
    project.test(body.format(2))
    project.run().assert_outcomes(passed=1)
    project.test(body.format(1))

    for transport in ("memory", "stdio"):
        result = project.run(f"--codex-transport={transport}")

        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["BudgetError: max_turns=1 was exceeded: 2 turns"])


def test_a_session_within_its_budget_records_as_without(project: Project) -> None:
    """
    Holding the reins leaves no trace on the wire.
    """
    marked = HELD[HELD.index("@pytest.mark.codex(max_turns=1,") :]
    project.test(HELD[: HELD.index("@pytest")] + marked)
    project.run("--codex-record-mode=rewrite").assert_outcomes(passed=1)
    cassette = project.path / "cassettes" / "test_bot" / "test_reached.codex.jsonl"
    held = Transcript.load(cassette).dumps()
    project.test(HELD[: HELD.index("@pytest")] + marked[marked.index("def ") :])

    project.run("--codex-record-mode=rewrite").assert_outcomes(passed=1)

    assert Transcript.load(cassette).dumps() == held
