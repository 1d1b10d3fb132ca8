"""
Negative proof: every defect of a server is noticed by exactly the checks that are told of.

Most defects are played in memory, in front of each check's recording; a defect that no recording
can show stands in front of the real server.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest

from pytest_codex.conformance import server_checks
from pytest_codex.conformance.judging import judge_server
from pytest_codex.conformance.outcomes import Outcome
from tests.pytest_codex.conformance.defects.behaviour import Behaviour, Defect
from tests.pytest_codex.conformance.defects.catalogue import all_defects
from tests.pytest_codex.conformance.defects.proving import (
    CONTROLS,
    broken_target,
    companions,
    exposed,
    failing,
    judge_live,
    meant,
    sweep,
)
from tests.pytest_codex.conformance.defects.sweeping import Sweep

server_checks.load()

TABLE = all_defects()
PLAYED = [name for name, defect in TABLE.items() if not defect.live]
LIVE = [name for name, defect in TABLE.items() if defect.live]
WHOLE = os.environ.get("CONFORMANCE_SWEEP") == "whole"
"""Whether each defect is tried with every check, not only with its own and some others."""

UNPROVEN = {
    "threads/rollback": "thread/rollback is gone since 0.160: the installed server is not asked",
}
"""Checks that no defect fails, and why."""


@pytest.fixture(scope="module")
def played() -> Iterator[Sweep]:
    """
    The suite on its recordings.
    """
    made = sweep()
    yield made
    made.close()


def test_without_a_defect_recordings_pass(played: Sweep) -> None:
    """
    What a defect is held against is sound: each recording passes its check.
    """
    outcomes = {name: played.sound(name).result for name in played.checks}
    wrong = {
        name: result.text
        for name, result in outcomes.items()
        if result.outcome not in (Outcome.PASSED, Outcome.WARNING)
    }

    assert {} == wrong
    assert len(outcomes) > 200


@pytest.mark.parametrize("name", PLAYED)
def test_a_defect_fails_its_checks_and_no_other(played: Sweep, name: str) -> None:
    """
    Behind a defect those checks fail that are meant for it, and those it stands in the way of.
    """
    defect = TABLE[name]
    wanted = meant(defect, server_checks.SUITE) & set(played.checks)
    tried = set(played.checks) if WHOLE else {*wanted, *CONTROLS}
    found = played.changed(defect, tried)

    assert wanted, "no check that is meant for it has a recording: it has to be live"
    assert sorted(wanted | companions().get(name, set()) & tried) == sorted(found)
    assert dict.fromkeys(wanted, Outcome.FAILED) == {
        check: found[check][0].outcome for check in wanted
    }


SAMPLE = LIVE if WHOLE else LIVE[::6]
"""Each needs a real server and waits in vain: ``make defects`` tries all of them."""


@pytest.mark.parametrize("name", SAMPLE)
def test_a_live_defect_fails_its_checks(name: str) -> None:
    """
    Behind a defect that only a real server shows the checks fail that are meant for it.
    """
    defect = TABLE[name]
    chosen = meant(defect, server_checks.SUITE)

    found = judge_live(defect, chosen)

    assert dict.fromkeys(chosen, Outcome.FAILED) == {
        check: result.outcome for check, result in found.items()
    }


@pytest.mark.skipif(not WHOLE, reason="takes long: CONFORMANCE_SWEEP=whole")
@pytest.mark.parametrize("name", LIVE)
def test_a_live_defect_fails_no_other_check(played: Sweep, name: str) -> None:
    """
    Behind a defect that only a real server shows every check that it could be in the way of passes,
    but for those that are told of.
    """
    defect = TABLE[name]

    assert companions().get(name, set()) == failing(defect, exposed(defect, played))


@pytest.mark.parametrize(
    "name", ["turns/base-sequence", "process/ends-on-sigint", "process/ends-on-sigterm"]
)
def test_the_proxy_alone_breaks_nothing(name: str) -> None:
    """
    It is the defect that fails a check, not what it is applied with.
    """
    sound = broken_target(TABLE["other-code-before-initialize"], deadline=30)

    result = judge_server(server_checks.SUITE[name], sound)

    # Where SIGINT is ignored, as in the background of a shell, its check is skipped.
    assert result.outcome in (Outcome.PASSED, Outcome.SKIPPED), result.text


def test_every_check_can_fail() -> None:
    """
    For each check there is a defect that it notices, or a reason why there is none.
    """
    beside = companions()
    proven = {
        check
        for name, defect in TABLE.items()
        for check in meant(defect, server_checks.SUITE) | beside.get(name, set())
    }

    unproven = {check.id for check in server_checks.SUITE} - proven
    excused = {name for name in unproven if any(fnmatchcase(name, each) for each in UNPROVEN)}

    assert set() == unproven - excused
    for pattern in UNPROVEN:
        assert any(fnmatchcase(name, pattern) for name in excused), f"{pattern} is proven"


def test_companions_are_of_defects_that_exist() -> None:
    """
    The file of companions names defects of the table, and checks of the suite.
    """
    known = {check.id for check in server_checks.SUITE}
    beside = companions()

    assert set() == set(beside) - set(TABLE)
    assert set() == {check for checks in beside.values() for check in checks} - known


def test_a_defect_that_changes_nothing_is_found_out(played: Sweep) -> None:
    """
    A behaviour that is not broken fails no check, so it cannot pass for a defect.
    """
    sound = Defect("sound", "It is not broken.", Behaviour, fails=set())

    assert {} == played.changed(sound)
