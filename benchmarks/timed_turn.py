"""
A test file, copied into a fresh directory by the benchmarks: one turn, timed from inside.

``BENCH_ROUNDS`` says how often, ``BENCH_TIMES`` where the seconds go. The time starts
before the client starts its server and ends after the client is closed.
"""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openai_codex.client
import pytest
from openai_codex import Codex, CodexConfig

from benchmarks.player import Player, read_groups

ROUNDS = range(int(os.environ.get("BENCH_ROUNDS", "1")))


def run_turn(config: Any, name: str) -> None:
    """
    What a user's code does: start Codex, run one turn, close.
    """
    gc.collect()
    start = time.perf_counter()
    with Codex(config=config) as codex:
        result = codex.thread_start().run("Say done.")
    spent = time.perf_counter() - start
    assert result.final_response == "Done."
    with Path(os.environ["BENCH_TIMES"]).open("a", encoding="utf-8") as file:
        file.write(f"{name} {spent}\n")


@pytest.mark.parametrize("round_", ROUNDS, scope="class")
class TestTurn:
    """
    The two kinds of the same turn.
    """

    @pytest.mark.codex(cassette="turn.codex.jsonl")
    def test_turn(self, codex_session: Any, codex_model: Any, round_: int) -> None:
        """
        The turn as the session's tier serves it.
        """
        codex_model.say("Done.")
        run_turn(codex_session.config, "turn")

    def test_bare(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, round_: int) -> None:
        """
        The turn served by a player that neither looks at nor matches what it is sent.
        """
        groups = read_groups(os.environ["BENCH_CASSETTE"], str(tmp_path))
        real = openai_codex.client.subprocess  # type: ignore[attr-defined]
        fake = SimpleNamespace(Popen=lambda *_, **__: Player(groups), PIPE=real.PIPE)
        monkeypatch.setattr(openai_codex.client, "subprocess", fake)
        run_turn(CodexConfig(cwd=str(tmp_path)), "bare")
