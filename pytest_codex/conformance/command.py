"""
``pytest-codex conformance``: what it runs, prints and returns.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import schemas
from .concluding import conclude, tell
from .coverage import measure
from .expectations import about_methods, expected_for, load
from .probing import PROBE, probe
from .running import default_workers, run_checks
from .runs import Run
from .selecting import select
from .target import RECORDING, Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .checks import Check
    from .server import Server
    from .taping import Taping

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
        workers: How many run at once; None leaves it to `running`.
        timeout: Seconds that any one wait may take.
        against: The version, folder or binary whose schema to use if the server tells none.
        binary: The same as a binary.
        without: What is not there, such as ``model``.
        record: The directory for a cassette of each check.
        expected: The file of expected failures.
        reports: Where to write which report, see `reports.FORMATS`.
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
    reports: Mapping[str, Path] | None = None


def run_server(options: Options) -> int:
    """
    Test a server, tell what was found, and write reports.

    Returns:
        An exit code of `concluding`.
    """
    return conclude(lambda: examine_server(options), options.reports)


def examine_server(options: Options) -> Run:
    """
    Test a server.

    Raises:
        HarnessError: Nothing could be tested: the command is no server, a pattern fits no
            check, a schema is not to be had, the file of expected failures is wrong.
    """
    from .judging import ServerJudge

    begun = time.monotonic()
    everything = suite()
    checks = select(everything, options.only, options.skip)
    target = Target(options.server, options.timeout)
    with tempfile.TemporaryDirectory(prefix="codex-conformance-home-") as place:
        version = probe(target, taping=_taping(options), template=Path(place))
        held = schemas.choose(version, options.against, options.binary)
        known = {check.id for check in everything} | schemas.names(held)
        expectations = load(options.expected, known) if options.expected is not None else []
        chosen = {check.id for check in checks} | schemas.names(held) | about_methods(expectations)
        expected = expected_for(expectations, version, chosen)
        judge = ServerJudge(
            target,
            checker=held.checker,
            without=options.without,
            record=options.record,
            template=Path(place),
        )
        workers = options.workers or default_workers()
        try:
            results = run_checks(checks, judge, workers=workers, limit=target.limit + GRACE)
        except BaseException:
            judge.stop()
            raise
    of_schema = schemas.judge(results, held, expected)
    heard = [message for result in results for message in result.said]
    # Of a part of the suite the figure would say nothing.
    whole = held.checker is not None and not (options.only or options.skip)
    return Run(
        side="server",
        target=options.server,
        version=version,
        schema=held.version,
        schema_choice=held.why,
        checks=(*checks, *map(schemas.as_check, of_schema)),
        results=(*results, *of_schema),
        seconds=time.monotonic() - begun,
        coverage=measure(held.checker.bundle, heard) if held.checker and whole else (),
        expected=expected,
    )


def _taping(options: Options) -> Taping | None:
    from .taping import Taping

    if options.record is None:
        return None
    return Taping(options.record / f"{PROBE}{RECORDING}", PROBE)


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
    return tell(lambda: select(suite(), options.only, options.skip))
