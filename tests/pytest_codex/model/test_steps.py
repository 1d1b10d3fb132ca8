"""
Gates and ids.
"""

from __future__ import annotations

import threading

import pytest

from fake_server.errors import StalledError
from pytest_codex.model import Gate
from pytest_codex.model.steps import Ids


def test_a_gate_holds_until_it_is_released() -> None:
    """
    The model's side blocks at the gate, and goes on when the test releases it.
    """
    gate = Gate()
    passed: list[bool] = []
    model = threading.Thread(target=lambda: passed.append(gate.hold(lambda: False)), daemon=True)
    before = gate.reached

    model.start()
    gate.wait(5)
    assert (False, True) == (before, gate.reached)
    assert [] == passed
    gate.release()
    model.join(5)

    assert [True] == passed


def test_a_gate_released_early_holds_nothing() -> None:
    """
    A test may release before the agent gets there.
    """
    gate = Gate()
    gate.release()

    assert gate.hold(lambda: False)


def test_a_gate_nobody_reaches_is_an_error_with_its_cure() -> None:
    """
    Waiting for an answer the agent never asks for ends with a sentence.
    """
    with pytest.raises(StalledError, match=r"did not reach hold\(\) within 0.01 s.*Start the turn"):
        Gate().wait(0.01)


def test_a_gate_notices_that_the_agent_is_gone() -> None:
    """
    When the agent hangs up nobody has to release the gate.
    """
    assert not Gate().hold(lambda: True)


def test_a_forgotten_gate_opens_by_itself() -> None:
    """
    A gate has a deadline, so that a test which forgets it ends.
    """
    assert Gate(0.05).hold(lambda: False)


def test_an_open_gate_never_waits() -> None:
    """
    Where no model runs, waiting and releasing return at once.
    """
    gate = Gate(opened=True)

    gate.wait(0)
    gate.release()

    assert gate.reached


def test_ids_are_counted_by_kind() -> None:
    """
    Every kind has its own count, from one.
    """
    ids = Ids()

    assert ["msg_1", "call_1", "msg_2"] == [ids.next(kind) for kind in ("msg", "call", "msg")]
