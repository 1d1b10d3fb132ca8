"""
Generated sessions are told alike by the real server and by the fake that replays it.

``make differential`` performs 500 of them; ``make test`` a few. See docs/determinism.md.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky

from pytest_codex.strategies import Session, sessions
from tests.differential.machine import DifferenceError, Machine

if TYPE_CHECKING:
    from pathlib import Path

SESSIONS = int(os.environ.get("DIFFERENTIAL_SESSIONS", "8"))
FIRST_SEED = int(os.environ.get("DIFFERENTIAL_SEED", "1"))
SHARD = int(os.environ.get("DIFFERENTIAL_SHARD", "4"))
"""Sessions drawn with one seed; shards are tests, so that every core has its own."""

MOST_STEPS = 20


def shards() -> list[tuple[int, int]]:
    """
    Seeds, and how many sessions to draw with each.
    """
    return [
        (FIRST_SEED + number, min(SHARD, SESSIONS - number * SHARD))
        for number in range((SESSIONS + SHARD - 1) // SHARD)
    ]


@pytest.mark.parametrize(("number", "count"), shards())
def test_fake_does_what_the_server_did(
    number: int, count: int, binary: Path, tmp_path: Path
) -> None:
    """
    The same client sees and says the same, and finds the same on disk.
    """
    machine = Machine(binary, keep=tmp_path)
    again = f"To repeat it: make differential SEED={number} SESSIONS={count}"

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @seed(number)
    @given(sessions(most_steps=MOST_STEPS))
    def perform(session: Session) -> None:
        machine.check(session)

    try:
        perform()
    except Flaky as error:
        # Not a difference: those are remembered. The real server did something only once.
        raise RuntimeError(f"{error}\n{again}") from error
    except DifferenceError:
        plainest = min(machine.found, key=len)
        raise DifferenceError(f"{plainest}\n{again}") from None
