"""
What counts as a turn, a command and a token, and when a budget is exceeded.
"""

from __future__ import annotations

from typing import Any

import pytest

from pytest_codex.budgets import REFUSED, Meter, limits_of
from pytest_codex.settings import Settings


def note(meter: Meter, method: str, **params: Any) -> None:
    """
    A notification of the server's.
    """
    meter.note("server", {"method": method, "params": params})


def begin(meter: Meter, turn: str, thread: str = "t1") -> None:
    """
    A turn begins.
    """
    note(meter, "turn/started", threadId=thread, turn={"id": turn})


def run(meter: Meter, item: str, command: str = "true", kind: str = "commandExecution") -> None:
    """
    An item begins.
    """
    note(meter, "item/started", threadId="t1", item={"type": kind, "id": item, "command": command})


def spend(meter: Meter, total: int, turn: str = "a", thread: str = "t1") -> None:
    """
    A thread tells what it has used so far.
    """
    usage = {"total": {"totalTokens": total}, "last": {"totalTokens": 1}}
    note(meter, "thread/tokenUsage/updated", threadId=thread, turnId=turn, tokenUsage=usage)


def test_only_what_is_set_is_a_limit() -> None:
    """
    Budgets that nobody set hold nobody back.
    """
    assert limits_of(Settings()) == {}
    assert limits_of(Settings(max_turns=2, max_tokens=9)) == {"max_turns": 2, "max_tokens": 9}


def test_reaching_a_budget_is_allowed() -> None:
    """
    As much as was allowed is no breach; one more is.
    """
    meter = Meter({"max_turns": 2})
    begin(meter, "a")
    begin(meter, "b")
    assert meter.breach is None

    begin(meter, "c")

    assert meter.breach == "max_turns=2 was exceeded: 3 turns"


def test_turns_of_every_thread_count() -> None:
    """
    A sub-agent's turn is a turn; a turn that is told twice is one.
    """
    meter = Meter({})

    begin(meter, "a")
    begin(meter, "a")
    begin(meter, "b", thread="child")

    assert meter.turns == 2
    assert meter.open == {"t1": "a", "child": "b"}


def test_only_commands_are_commands() -> None:
    """
    Each command the agent starts counts once; other items do not.
    """
    meter = Meter({"max_commands": 1})

    run(meter, "1", "make")
    run(meter, "1", "make")
    run(meter, "2", kind="fileChange")
    assert (meter.commands, meter.breach) == (1, None)
    run(meter, "3", "make install")

    assert meter.breach == "max_commands=1 was exceeded: 2 commands"


def test_tokens_are_summed_over_threads() -> None:
    """
    A thread tells its total each time; the totals of several threads add up.
    """
    meter = Meter({"max_tokens": 1_234})
    begin(meter, "a")
    begin(meter, "b", thread="t2")

    spend(meter, 500)
    spend(meter, 900)
    spend(meter, 334, turn="b", thread="t2")
    assert (meter.tokens, meter.breach) == (1_234, None)
    spend(meter, 901)

    assert meter.breach == "max_tokens=1234 was exceeded: 1,235 tokens"


def test_tokens_of_earlier_sessions_are_free() -> None:
    """
    A forked or resumed thread first tells what it had used before, under an older turn's id.
    """
    meter = Meter({})
    begin(meter, "a")
    spend(meter, 30)

    spend(meter, 30, turn="a", thread="fork")
    begin(meter, "b", thread="fork")
    spend(meter, 45, turn="b", thread="fork")
    spend(meter, 30)  # the first thread is resumed in another process

    assert meter.tokens == 45


def test_the_first_breach_is_told_with_what_led_to_it() -> None:
    """
    The message names the budget, its value, what happened, and the last turn and command.
    """
    meter = Meter({"max_turns": 1, "max_commands": 1})
    prompt = [{"type": "text", "text": "Fix\nthe tests. " + "x" * 200}, {"type": "image"}]
    meter.note("client", {"method": "turn/start", "params": {"threadId": "t1", "input": prompt}})
    begin(meter, "a")
    run(meter, "1", "make")
    run(meter, "2", "make test")
    begin(meter, "b")

    assert meter.explain().splitlines()[:4] == [
        "max_commands=1 was exceeded: 2 commands",
        "  used           2 turns, 2 commands, 0 tokens",
        f"  last turn      {('Fix the tests. ' + 'x' * 200)[:100]}…",
        "  last command   make test",
    ]
    assert "@pytest.mark.codex(max_commands=...)" in meter.explain()


def test_a_recorded_refusal_is_a_breach() -> None:
    """
    In a recording a turn that was refused never began; the refusal tells of it.
    """
    meter = Meter({"max_turns": 1})

    meter.note_all([("server", {"id": 1, "error": {"code": 1, "message": f"{REFUSED}so much"}})])

    assert meter.breach == "so much"


@pytest.mark.parametrize("odd", ["text", None, {"method": "turn/started"}, {"id": 1, "result": 2}])
def test_odd_messages_count_nothing(odd: Any) -> None:
    """
    Lines that are no messages of this protocol are passed by.
    """
    meter = Meter({"max_commands": 1})
    meter.note("server", odd)
    meter.note("client", odd)

    assert meter.commands == 0
