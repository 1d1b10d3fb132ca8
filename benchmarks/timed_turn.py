"""
A test file, copied into a fresh directory by the benchmarks: one turn, timed from inside.

``BENCH_ROUNDS`` says how often, ``BENCH_TIMES`` where the seconds go. The time starts
before the client starts its server and ends after the client is closed.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openai_codex.client
import pytest
from openai_codex import Codex

from benchmarks.player import Player, read_groups

ROUNDS = range(int(os.environ.get("BENCH_ROUNDS", "1")))
CASSETTE = "turn.codex.jsonl"

pytestmark = pytest.mark.codex(cassette=CASSETTE)


@pytest.fixture(params=ROUNDS)
def stopwatch(request: pytest.FixtureRequest) -> Iterator[list[float]]:
    """
    Collects the time of one round and writes it down under the test's name.
    """
    times: list[float] = []
    yield times
    name = request.function.__name__.removeprefix("test_")
    with Path(os.environ["BENCH_TIMES"]).open("a", encoding="utf-8") as file:
        file.write("".join(f"{name} {seconds}\n" for seconds in times))


def run_turn(config: Any, times: list[float]) -> None:
    """
    What a user's code does: start Codex, run one turn, close.
    """
    gc.collect()
    start = time.perf_counter()
    with Codex(config=config) as codex:
        result = codex.thread_start().run("Say done.")
    times.append(time.perf_counter() - start)
    assert result.final_response == "Done."


def test_turn(codex_session: Any, codex_model: Any, stopwatch: list[float]) -> None:
    """
    The turn as the session's tier serves it.
    """
    codex_model.say("Done.")
    run_turn(codex_session.config, stopwatch)


def test_bare(codex_session: Any, stopwatch: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The same turn served by a player that neither looks at nor matches what it is sent.
    """
    groups = read_groups(os.environ["BENCH_CASSETTE"], str(codex_session.workspace.path))
    real = openai_codex.client.subprocess  # type: ignore[attr-defined]
    fake = SimpleNamespace(Popen=lambda *_, **__: Player(groups), PIPE=real.PIPE)
    monkeypatch.setattr(openai_codex.client, "subprocess", fake)
    run_turn(codex_session.config, stopwatch)
