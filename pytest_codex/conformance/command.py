"""
``pytest-codex conformance``: what it runs, prints and returns.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_codex.errors import HarnessError

from . import coverage, schemas, telling
from .outcomes import Outcome
from .probing import PROBE, probe
from .running import Run, default_workers, run_checks
from .selecting import select
from .target import RECORDING, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .checks import Check
    from .server import Server

AS_EXPECTED, FAILED, WRONG, BROKEN = 0, 1, 2, 3
"""Exit codes: all as expected; a check failed; nothing could be tested; the suite broke down."""

GRACE = 30.0
"""Seconds that a check which was ended may take to notice."""


@dataclass(frozen=True)
class Options:
    """
    What the user asked for.

    Attributes:
        server: The command of the server to test.
        only: Patterns of the checks to run.
        skip: Patterns of those to leave out.
        workers: How many run at once; None is one per core.
        timeout: Seconds that any one wait may take.
        against: The version, folder or binary whose schema to use if the server tells none.
        binary: The same as a binary.
        without: What is not there, such as ``model``.
        record: The directory for a cassette of each check.
        expected: The file of expected failures.
        reports: Where to write reports, by kind: ``json``, ``junit``, ``html``, ``badge``.
        verbose: Whether to tell of the checks that passed, too.
    """

    server: str
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    workers: int | None = None
    timeout: float = Target.deadline
    against: str | None = None
    binary: str | None = None
    without: Sequence[str] = ()
    record: Path | None = None
    expected: Path | None = None
    reports: dict[str, Path] | None = None
    verbose: bool = False


def run_server(options: Options) -> int:
    """
    Test a server, tell what was found, and write reports.

    Returns:
        One of the exit codes above.
    """
    try:
        run = test_server(options)
    except HarnessError as error:
        print(f"pytest-codex conformance: {error}", file=sys.stderr)
        return WRONG
    for line in telling.tell(run, verbose=options.verbose):
        print(line)
    outcomes = run.counts()
    if Outcome.ERROR in outcomes:
        return BROKEN
    return FAILED if Outcome.FAILED in outcomes else AS_EXPECTED


def test_server(options: Options) -> Run:
    """
    Test a server.

    Raises:
        HarnessError: Nothing could be tested: the command is no server, a pattern fits no
            check, a schema is not to be had.
    """
    from .judging import ServerJudge
    from .taping import Taping

    begun = time.monotonic()
    checks = select(suite(), options.only, options.skip)
    target = Target(options.server, options.timeout)
    workers = options.workers or default_workers()
    taping = None
    if options.record is not None:
        taping = Taping(options.record / f"{PROBE}{RECORDING}", PROBE)
    version = probe(target, taping)
    held = schemas.choose(version, options.against, options.binary)
    judge = ServerJudge(
        target, checker=held.checker, without=options.without, record=options.record
    )
    try:
        results = run_checks(checks, judge, workers=workers, limit=target.limit + GRACE)
    except BaseException:
        judge.stop()
        raise
    notes: list[str] = []
    if held.checker is not None:
        said = (message for result in results for message in result.said)
        notes += coverage.measure(held.checker.bundle, said).lines()
    return Run(
        options.server,
        version,
        held.text,
        (*results, *schemas.results(results, held)),
        {check.id: check.title for check in checks},
        time.monotonic() - begun,
        workers,
        tuple(notes),
    )


def suite() -> list[Check[Server]]:
    """
    Every check of a server.
    """
    from . import server_checks

    server_checks.load()
    return list(server_checks.SUITE)


def list_checks(options: Options) -> int:
    """
    Print the ids and titles of the checks that would be run.
    """
    try:
        checks = select(suite(), options.only, options.skip)
    except HarnessError as error:
        print(f"pytest-codex conformance: {error}", file=sys.stderr)
        return WRONG
    for check in checks:
        needs = f" [{', '.join(sorted(check.needs))}]" if check.needs else ""
        print(f"{check.id}{needs}: {check.title}")
    return AS_EXPECTED
