"""
The fake passes the conformance suite on recordings of it; the real server, asked again, says
what was recorded; and together the checks exercise the whole protocol.
"""

from __future__ import annotations

import shlex
import sys
from functools import cache
from pathlib import Path

import pytest

from fake_server.transcript import Transcript
from pytest_codex import schema
from pytest_codex.comparison import compare
from pytest_codex.conformance import coverage
from pytest_codex.conformance.command import Options, examine_server, suite
from pytest_codex.conformance.expectations import KNOWN_DEVIATIONS
from pytest_codex.conformance.outcomes import Message, Outcome
from pytest_codex.conformance.runs import Run
from pytest_codex.runtime import find_binary
from tests.protocols import needs_recorded

ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "cassettes" / "conformance"
SUFFIX = ".codex.jsonl"
DEADLINE = 60.0

LOGIN = pytest.mark.xdist_group("the port that a ChatGPT login listens on")
AREAS = list(dict.fromkeys(check.area for check in suite()))
BY_AREA = pytest.mark.parametrize(
    "area",
    [pytest.param(area, marks=[LOGIN] if area in ("account", "notices") else []) for area in AREAS],
)


def path_of(name: str) -> Path:
    """
    The recording of a check.
    """
    return RECORDINGS / f"{name}{SUFFIX}"


@cache
def recorded() -> dict[str, Transcript]:
    """
    All recordings by the id of their check.
    """
    return {
        path.relative_to(RECORDINGS).as_posix().removesuffix(SUFFIX): Transcript.load(path)
        for path in sorted(RECORDINGS.rglob(f"*{SUFFIX}"))
    }


def told(run: Run, *outcomes: Outcome) -> list[str]:
    """
    The checks that ended so, with the text.
    """
    return [f"{r.check}: {r.text}" for r in run.by_check.values() if r.outcome in outcomes]


CHANCE = {
    "exec/output-comes-first": "which of two streams is told first",
    "methods/terminals": "in which of two texts a process that has just ended is refused",
    "notices/mcp-login": "an address holds ports and a random path of the run, percent-encoded",
    "review/can-be-interrupted": "how far the review got when it is interrupted",
    "threads/pages": "how many seconds the threads are apart",
}
"""The checks whose recordings differ, and what of them is chance."""


RECORDED = sorted({check.area for check in suite() if "live" not in check.needs}, key=AREAS.index)


@pytest.mark.parametrize("area", RECORDED)
def test_the_fake_passes_what_was_recorded(area: str) -> None:
    """
    On a recording of each check the fake passes all of them, and plays all of each recording.
    """
    words = [sys.executable, "-m", "fake_server", "--cassette", f"{RECORDINGS}/{{check}}{SUFFIX}"]
    words += ["--connection", "{connection}", "--root", "tmp_path={directory}"]

    run = examine_server(
        Options(
            shlex.join(words),
            only=[area],
            timeout=DEADLINE,
            workers=1,
            expected=KNOWN_DEVIATIONS,
        )
    )

    assert run.ok, told(run, Outcome.FAILED, Outcome.ERROR)
    skipped = {r.check for r in run.by_check.values() if r.outcome is Outcome.SKIPPED}
    assert {check.id for check in suite() if check.area == area} - skipped <= set(recorded())


@needs_recorded
@BY_AREA
def test_the_real_server_says_what_was_recorded(area: str, tmp_path: Path) -> None:
    """
    The suite passes on the real server, exercises what it declares, and gives the same recordings.
    """
    command = f"{shlex.quote(str(find_binary()))} app-server"

    run = examine_server(
        Options(
            command,
            only=[area],
            timeout=DEADLINE,
            workers=1,
            record=tmp_path / "record",
            expected=KNOWN_DEVIATIONS,
        )
    )

    assert run.ok, told(run, Outcome.FAILED, Outcome.ERROR)
    for check in suite():
        result = run.by_check.get(check.id)
        if result is None or result.outcome is Outcome.SKIPPED:
            continue
        said = {one.method for one in result.said}
        assert {*check.methods, *check.notifications} <= said, check.id
        if "live" not in check.needs and check.id not in CHANCE:
            again = Transcript.load(tmp_path / "record" / f"{check.id}{SUFFIX}")
            # Where a check asks on while the server speaks, what lies between is chance.
            assert compare(recorded()[check.id], again).changes == [], check.id


def test_every_recording_has_its_check() -> None:
    """
    No recording is left of a check that is gone, or that a recording cannot show.
    """
    wanted = {check.id for check in suite() if "live" not in check.needs}

    assert set(recorded()) - wanted == {"probe"}


@needs_recorded
def test_the_whole_protocol_is_exercised_or_listed() -> None:
    """
    Every method of the newest schema goes over the wire in some check, or cannot, with a reason.
    """
    said = {
        Message(one.role, one.method)
        for transcript in recorded().values()
        for one in schema.said(transcript)
    }
    for check in suite():
        if "live" in check.needs:  # what these declare is held against the wire above
            said |= {Message("client request", method) for method in check.methods}
            for role in ("server request", "server notification"):
                said |= {Message(role, method) for method in check.notifications}

    found = coverage.measure(schema.find().bundle, said)

    assert {one.kind: one.missing for one in found if one.missing} == {}
    assert coverage.stale(found) == ()
