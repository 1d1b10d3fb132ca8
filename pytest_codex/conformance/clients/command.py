"""
``pytest-codex conformance --client``: what it runs, prints and returns.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_codex import schema
from pytest_codex.conformance.concluding import conclude, tell
from pytest_codex.conformance.expectations import expected_for, load
from pytest_codex.conformance.outcomes import SkippedError
from pytest_codex.conformance.running import default_workers, run_checks
from pytest_codex.conformance.runs import Run
from pytest_codex.conformance.schemas import Held
from pytest_codex.conformance.selecting import select
from pytest_codex.errors import HarnessError

from .client import Client, ClientTarget
from .driving import GRACE
from .judging import ClientJudge
from .plain import hello

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_codex.conformance.checks import Check

RUNS = 2
"""How often a check may run the driver, at most."""


@dataclass(frozen=True)
class ClientOptions:
    """
    What the user asked for.

    Attributes:
        client: The command of the driver.
        only: Patterns of the checks to run.
        skip: Patterns of those to leave out.
        workers: How many run at once; None leaves it to `running`.
        timeout: Seconds that one run of the driver may take.
        against: The version or folder whose schema the client is held against; None is the
            installed one.
        binary: The same as a binary.
        expected: The file of expected failures.
        reports: Where to write which report, see `reports.FORMATS`.
    """

    client: str
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    workers: int | None = None
    timeout: float = ClientTarget.deadline
    against: str | None = None
    binary: str | None = None
    expected: Path | None = None
    reports: Mapping[str, Path] | None = None


def run_client(options: ClientOptions) -> int:
    """
    Test a client, tell what was found, and write reports.

    Returns:
        An exit code of `concluding`.
    """
    return conclude(lambda: examine_client(options), options.reports)


def examine_client(options: ClientOptions) -> Run:
    """
    Test a client.

    Raises:
        HarnessError: Nothing could be tested: the command is no driver, a pattern fits no
            check, a schema is not to be had, the file of expected failures is wrong.
    """
    begun = time.monotonic()
    everything = suite()
    checks = select(everything, options.only, options.skip)
    target = ClientTarget(options.client, options.timeout)
    version = probe(target)
    held = choose(options.against, options.binary)
    known = {check.id for check in everything}
    file = options.expected
    expectations = load(file, known, methods=False) if file is not None else []
    expected = expected_for(expectations, version, {check.id for check in checks})
    judge = ClientJudge(target, held)
    workers = options.workers or default_workers()
    limit = RUNS * (target.deadline + GRACE) + 30.0
    try:
        results = run_checks(checks, judge, workers=workers, limit=limit)
    except BaseException:
        judge.stop()
        raise
    return Run(
        side="client",
        target=options.client,
        version=version,
        schema=held.version,
        schema_choice=held.why,
        checks=tuple(checks),
        results=tuple(results),
        seconds=time.monotonic() - begun,
        expected=expected,
    )


def choose(against: str | None, binary: str | None) -> Held:
    """
    The schema that the client is held against: the one asked for, else the installed one.

    Raises:
        HarnessError: The one asked for is not to be had.
    """
    if against or binary:
        protocol = schema.find(against, binary=binary)
        return Held(schema.Checker(protocol.bundle), protocol.version, "asked for")
    try:
        protocol = schema.find()
        return Held(schema.Checker(protocol.bundle), protocol.version, "the installed one")
    except HarnessError as error:
        return Held(None, None, str(error))


def probe(target: ClientTarget) -> str | None:
    """
    See whether the command is a driver, and which version its client tells of itself.

    Raises:
        HarnessError: It cannot be started, reports nothing, or fails before it starts a server.
    """
    with tempfile.TemporaryDirectory(prefix="codex-client-", ignore_cleanup_errors=True) as place:
        try:
            seen = Client(target, Path(place)).perform("hello", hello())
        except SkippedError:
            return None
    if not seen.lines:
        ended = "it did not end" if seen.status is None else f"exit status {seen.status}"
        told = (seen.stderr.strip() or ended).splitlines()[-1]
        raise HarnessError(f"--client: the driver never started its server: {told}")
    for request in seen.requests("initialize"):
        info = (request.get("params") or {}).get("clientInfo") or {}
        if isinstance(info.get("version"), str):
            return str(info["version"])
    return None


def suite() -> list[Check[Client]]:
    """
    Every check of a client.
    """
    from . import client_checks

    client_checks.load()
    return list(client_checks.SUITE)


def list_checks(options: ClientOptions) -> int:
    """
    Print the ids and titles of the checks that would be run.
    """
    return tell(lambda: select(suite(), options.only, options.skip))
