"""
A test that is run several times, and passes if enough of its attempts do.

The item stays one item and is run again and again in place, each time with new fixtures, as
pytest itself provides for; its attempts are judged together and told as one outcome. So -x,
--lf, xdist and JUnit files see one test, and a failed attempt within the rate fails nothing.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import call_and_report, runtestprotocol

from pytest_codex.errors import HarnessError
from pytest_codex.fixtures import SESSION
from pytest_codex.report.facts import ATTEMPTS, FACTS, FAILURE, PAGE, PAGE_ASKED, RATE
from pytest_codex.stage import ATTEMPT, STAGE, Stage
from pytest_codex.surroundings import TOLERATED

if TYPE_CHECKING:
    from pytest_codex.settings import Settings

Z = 1.959964
"""Standard deviations to both sides of the mean that hold 95 %."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    What became of one attempt.

    Attributes:
        number: From 1.
        reports: One for each phase.
        kinds: Kinds of the problems its session had.
    """

    number: int
    reports: list[pytest.TestReport]
    kinds: frozenset[str] = field(default_factory=frozenset)

    @property
    def passed(self) -> bool:
        """
        Whether every phase passed.
        """
        return all(report.passed for report in self.reports)

    @property
    def skipped(self) -> bool:
        """
        Whether it did not run.
        """
        return any(report.skipped and not hasattr(report, "wasxfail") for report in self.reports)

    @property
    def fatal(self) -> bool:
        """
        Whether it fails the test whatever the rate is: what failed is not the agent.
        """
        phases = {report.when for report in self.reports if report.failed}
        return bool(phases - {"call"} or self.kinds - TOLERATED)

    @property
    def failure(self) -> str:
        """
        Phase and first line of the failure; empty when there is none.
        """
        for report in self.reports:
            if not report.passed:
                crash = getattr(report.longrepr, "reprcrash", None)
                said = crash.message if crash is not None else report.longreprtext
                lines = said.strip().splitlines() or [getattr(report, "wasxfail", "failed")]
                return f"{report.when}: {lines[0]}"
        return ""


def interval(passed: int, runs: int) -> tuple[float, float]:
    """
    Where the true rate lies with 95 % confidence, after Wilson.
    """
    share, square = passed / runs, Z * Z
    middle = (share + square / (2 * runs)) / (1 + square / runs)
    spread = Z * sqrt(share * (1 - share) / runs + square / (4 * runs * runs)) / (1 + square / runs)
    return max(0.0, middle - spread), min(1.0, middle + spread)


def run(item: pytest.Item, nextitem: pytest.Item | None, settings: Settings) -> None:
    """
    Run a test as often as it asks for, and report one outcome.
    """
    where = {"nodeid": item.nodeid, "location": item.location}
    item.ihook.pytest_runtest_logstart(**where)
    stage = item.stash[STAGE] = Stage()
    attempts: list[Attempt] = []
    for number in range(1, settings.runs + 1):
        # What is to come next decides how much is torn down: until the last attempt that is
        # another item beside this one, so that module and session fixtures stay.
        following = nextitem if number == settings.runs else copy.copy(item)
        attempts.append(_attempt(item, number, following))
        if item.session.shouldstop or item.session.shouldfail:
            break
        if attempts[-1].fatal and following is not nextitem:
            # The test has failed: another attempt would change nothing and may cost money.
            last = call_and_report(item, "teardown", log=False, nextitem=nextitem)
            attempts[-1].reports.append(last)
            break
    reports = judge(attempts, settings, stage)
    if item.config.stash.get(PAGE_ASKED, False):
        setattr(reports[-1], ATTEMPTS, [_shown(attempt) for attempt in attempts])
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(**where)


def _attempt(item: pytest.Item, number: int, following: pytest.Item | None) -> Attempt:
    item.stash[ATTEMPT] = number
    if SESSION in item.stash:
        del item.stash[SESSION]
    item.user_properties.clear()
    item._report_sections.clear()
    if isinstance(item.parent, pytest.Class):
        for name in ("_instance", "_obj"):  # a method gets a new object of its class
            item.__dict__.pop(name, None)
    reports = runtestprotocol(item, log=False, nextitem=following)
    session = item.stash.get(SESSION, None)
    problems = [] if session is None else session.problems
    return Attempt(number, reports, frozenset(problem.kind for problem in problems))


def judge(attempts: list[Attempt], settings: Settings, stage: Stage) -> list[pytest.TestReport]:
    """
    The reports of the whole test.

    Args:
        stage: What the attempts recorded; it is written if the test passes.
    """
    ran = [attempt for attempt in attempts if not attempt.skipped]
    if not ran:
        return attempts[-1].reports
    good = [attempt for attempt in ran if attempt.passed]
    enough = len(good) >= settings.pass_rate * len(ran) - 1e-9
    failure = "" if enough else f"and pass_rate={settings.pass_rate:g} was asked for"
    for attempt in ran:
        if attempt.fatal:
            failure = f"but run {attempt.number} failed in a way no rate covers; no more were run"
            break
    if not failure:
        try:
            stage.commit()
        except HarnessError as error:
            failure = f"but nothing was recorded: {type(error).__name__}: {error}"
    low, high = interval(len(good), len(ran))
    told = (
        f"{len(good)} of {len(ran)} attempts passed: {len(good) / len(ran):.2f} "
        f"(95 % interval {low:.2f} to {high:.2f})"
    )
    bad = [attempt for attempt in ran if not attempt.passed]
    base = good[-1] if good and not failure else (bad or ran)[-1]
    reports = _reports(base, f"{told}, {failure}" if failure else "", attempts)
    rate = {
        "nodeid": reports[-1].nodeid,
        "told": told,
        "failures": [f"run {each.number}   {each.failure}" for each in bad],
    }
    setattr(reports[-1], RATE, rate)
    _sum_up(reports, attempts, saved=not failure)
    properties = [
        *(("codex_attempts", len(ran)), ("codex_passed", len(good))),
        ("codex_interval", f"{low:.2f} to {high:.2f}"),
    ]
    for report in reports:
        report.user_properties = [*report.user_properties, *properties]
    return reports


def _reports(base: Attempt, failure: str, attempts: list[Attempt]) -> list[pytest.TestReport]:
    """
    Three reports in which the attempts are one test.
    """
    copies = [copy.copy(report) for report in base.reports]
    if not failure:
        return copies
    setup, teardown = copies[0], copies[-1]
    call = next((report for report in copies if report.when == "call"), copy.copy(setup))
    bad = [attempt for attempt in attempts if not attempt.passed and not attempt.skipped]
    xfailed = all(hasattr(report, "wasxfail") for each in bad for report in _failed(each))
    if not (bad and xfailed):
        lines = [f"PassRateError: {failure}"]
        lines += [f"  run {each.number}   {each.failure or 'passed'}" for each in attempts]
        call.outcome, call.longrepr = "failed", "\n".join(lines)
        call.__dict__.pop("wasxfail", None)
        call.sections = [
            *((f"codex run {each.number}", _failed(each)[0].longreprtext) for each in bad),
            *call.sections,
        ]
    call.when = "call"
    for report in (setup, teardown):
        report.outcome, report.longrepr = "passed", None
    return [setup, call, teardown]


def _failed(attempt: Attempt) -> list[pytest.TestReport]:
    return [report for report in attempt.reports if not report.passed]


def _sum_up(reports: list[pytest.TestReport], attempts: list[Attempt], *, saved: bool) -> None:
    """
    Let the reports tell of all attempts: their time, and what their sessions did.
    """
    for report in reports:
        phase = [each for one in attempts for each in one.reports if each.when == report.when]
        report.duration = sum(each.duration for each in phase)
    facts = [getattr(each, FACTS, None) for one in attempts for each in one.reports]
    found: list[dict[str, Any]] = [each for each in facts if each is not None]
    if found:
        if not saved:
            found = [{**each, "saved": False, "also": None} for each in found]
        setattr(reports[-1], FACTS, {**found[-1], "earlier": found[:-1]})


def _shown(attempt: Attempt) -> dict[str, Any]:
    """
    What a page shows of an attempt; plain values, so that they travel between processes.
    """
    told = [(str(each.when), getattr(each, FAILURE, None)) for each in attempt.reports]
    outcome = "skipped" if attempt.skipped else "passed" if attempt.passed else "failed"
    return {
        "outcome": outcome,
        "failures": [[when, text] for when, text in told if text is not None],
        "page": next(
            (getattr(each, PAGE) for each in attempt.reports if hasattr(each, PAGE)), None
        ),
    }
