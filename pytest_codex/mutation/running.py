"""
Turn round one value per cassette and round, run the tests, and see which lie nobody noticed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_server.transcript import Transcript
from pytest_codex.errors import HarnessError
from pytest_codex.mutation.flips import Flip, flips

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ORDER = "PYTEST_CODEX_MUTATION"
"""Names the file that tells a run what to do."""

DEADLINE = 1800
"""Seconds one run of the tests may take."""

_QUIET = ("-q", "--no-header", "--no-summary", "-p", "no:cacheprovider")
_REPLAY = ("--codex-record-mode=none", "--codex-tier=replay")


@dataclass(frozen=True, slots=True)
class Survivor:
    """
    A lie that nobody noticed.

    Attributes:
        cassette: The recording.
        flip: What was turned round.
        tests: The tests that played it, and passed.
    """

    cassette: Path
    flip: Flip
    tests: tuple[str, ...]


@dataclass(slots=True)
class Outcome:
    """
    What came of all flips.

    Attributes:
        cassettes: How many recordings were played.
        flips: How many values were turned round.
        survivors: Those that no test noticed.
    """

    cassettes: int = 0
    flips: int = 0
    survivors: list[Survivor] = field(default_factory=list)


def mutate(arguments: Sequence[str], tell: Callable[[str], None]) -> Outcome:
    """
    Check tests against every flip of the cassettes they play.

    Cassettes do not know of each other, so each round turns round one value in all of them.

    Args:
        arguments: For pytest: which tests.
        tell: Takes a line about how far it is.

    Raises:
        HarnessError: The tests do not pass as they are, or play nothing.
    """
    with tempfile.TemporaryDirectory(prefix="codex-mutate-") as directory:
        place = Path(directory)
        first = _run(place / "0.json", arguments, {})
        if first["failed"] or first["code"] not in (0, 5):
            failed = ", ".join(first["failed"]) or f"pytest ended with {first['code']}"
            raise HarnessError(f"the tests do not pass as they are: {failed}")
        users: dict[Path, list[str]] = {}
        for test, cassette in first["played"].items():
            users.setdefault(Path(cassette), []).append(test)
        if not users:
            raise HarnessError("none of the tests plays a cassette: there is nothing to flip")
        transcripts = {path: Transcript.load(path) for path in users}
        queues = {path: flips(transcript) for path, transcript in transcripts.items()}
        outcome = Outcome(len(users), sum(map(len, queues.values())))
        rounds = max(map(len, queues.values()))
        for number in range(rounds):
            chosen = {path: queue[number] for path, queue in queues.items() if number < len(queue)}
            tell(f"round {number + 1} of {rounds}: {len(chosen)} cassettes, one flip in each")
            told = _play(place, number + 1, arguments, transcripts, chosen)
            for path, flip in chosen.items():
                if not any(test in told["failed"] for test in users[path]):
                    outcome.survivors.append(Survivor(path, flip, tuple(users[path])))
        return outcome


def _play(
    place: Path,
    number: int,
    arguments: Sequence[str],
    transcripts: dict[Path, Transcript],
    chosen: dict[Path, Flip],
) -> dict[str, Any]:
    stand_ins = {}
    for ordinal, (path, flip) in enumerate(chosen.items()):
        # Each in a folder of its own, so that messages call it by the name it has.
        fake = place / str(number) / str(ordinal) / path.name
        flip.apply(transcripts[path]).save(fake)
        stand_ins[str(path)] = str(fake)
    return _run(place / f"{number}.json", arguments, stand_ins)


def _run(order: Path, arguments: Sequence[str], stand_ins: dict[str, str]) -> dict[str, Any]:
    order.write_text(json.dumps({"stand_ins": stand_ins}), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "pytest_codex.mutation.playing"]
    try:
        done = subprocess.run(
            [*command, *_QUIET, *_REPLAY, *arguments],
            env={**os.environ, ORDER: str(order)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=DEADLINE,
        )
    except subprocess.TimeoutExpired:
        raise HarnessError(f"a run of the tests did not end within {DEADLINE} s") from None
    told = order.with_suffix(".told")
    if not told.exists() or done.returncode not in (0, 1, 5):
        said = done.stdout[-2000:]
        raise HarnessError(f"a run of the tests ended with {done.returncode}:\n{said}")
    result: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    return {**result, "code": done.returncode}
