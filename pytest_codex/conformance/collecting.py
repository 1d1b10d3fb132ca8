"""
The suite as pytest tests: a base class of which every check is a test item.

A check runs while its test is set up, so that a suite that breaks down is an error and
only what the server did wrong is a failure.
"""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pytest_codex.errors import HarnessError

from . import schemas
from .command import suite
from .expectations import about_methods, expected_for, load
from .judging import ServerJudge
from .outcomes import Outcome
from .probing import probe
from .target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .checks import Check
    from .outcomes import Result
    from .server import Server


NEEDS = ("model",)
"""What a server may be without."""


class ConformanceWarning(UserWarning):
    """
    What a check found that is not wrong, but should be known.
    """


@dataclass(frozen=True)
class Subject:
    """
    What a class of tests is about.

    Attributes:
        command: The server's command line, as ``pytest-codex conformance --server`` takes it.
        deadline: Seconds that any one wait may take.
        without: What is not there: checks that need it are skipped.
        against: The schema to use when the server does not tell its version.
        expected: The file of expected failures.
    """

    command: str
    deadline: float = Target.deadline
    without: tuple[str, ...] = ()
    against: str | None = None
    expected: Path | None = None

    def __post_init__(self) -> None:
        """
        Refuse to be without what nothing needs: no check would be skipped, and nobody told.
        """
        for need in self.without:
            if need not in NEEDS:
                raise HarnessError(f"without: no check needs {need!r}; say {', '.join(NEEDS)}")


class Bench(NamedTuple):
    """
    Who judges a server, and what is expected to fail.
    """

    judge: ServerJudge
    expected: Mapping[str, str]


BENCHES: pytest.StashKey[dict[Subject, Bench | HarnessError]] = pytest.StashKey()
"""On the configuration: the servers that were looked at already."""


class ServerConformance:
    """
    All checks of a server, as a base for a class of your own suite.

    Attributes:
        command: The server's command line, as ``pytest-codex conformance --server`` takes it.
        deadline: Seconds that any one wait may take.
        without: What is not there, such as ``"model"``: checks that need it are skipped.
        against: The schema to use when the server does not tell its version.
        expected_failures: A file of failures that are known.
    """

    command: str = ""
    deadline: float = Target.deadline
    without: str | tuple[str, ...] = ()
    against: str | None = None
    expected_failures: str | Path | None = None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """
        Make one item of each check.
        """
        if "codex_conformance_check" in metafunc.fixturenames:
            checks = suite()
            ids = [check.id for check in checks]
            metafunc.parametrize("codex_conformance_check", checks, ids=ids)

    def subject(self, config: pytest.Config) -> Subject:
        """
        What is tested.
        """
        file, without = self.expected_failures, self.without
        return Subject(
            self.command,
            self.deadline,
            (without,) if isinstance(without, str) else tuple(without),
            self.against,
            None if file is None else config.rootpath / file,
        )

    @pytest.fixture
    def codex_conformance_bench(self, request: pytest.FixtureRequest) -> Bench:
        """
        Who judges the server, which was looked at once.
        """
        try:
            return _bench(request.config, self.subject(request.config))
        except HarnessError as error:
            told = str(error)
        # One clear error, and not one for each check.
        request.session.shouldstop = told.splitlines()[0]
        pytest.fail(told, pytrace=False)

    @pytest.fixture
    def codex_conformance_result(
        self, codex_conformance_check: Check[Server], codex_conformance_bench: Bench
    ) -> Result:
        """
        What one check found.
        """
        result = codex_conformance_bench.judge(codex_conformance_check)
        if result.outcome is Outcome.ERROR:
            pytest.fail(_story(codex_conformance_check, result, result.text), pytrace=False)
        return result

    def test_server(
        self,
        codex_conformance_check: Check[Server],
        codex_conformance_bench: Bench,
        codex_conformance_result: Result,
    ) -> None:
        """
        The server does what the check's title says, in words that the schema allows.
        """
        result, expected = codex_conformance_result, codex_conformance_bench.expected
        known = expected.get(result.check)
        if result.outcome is Outcome.SKIPPED:
            pytest.skip(result.text)
        if result.outcome is Outcome.FAILED:
            if known is not None:
                pytest.xfail(known)
            pytest.fail(_story(codex_conformance_check, result, result.text), pytrace=False)
        if known is not None:
            text = f"it was expected to fail and did not: take it out of the file ({known})"
            pytest.fail(text, pytrace=False)
        faults = [
            f"{one.role} {one.method}: {one.fault}"
            for one in result.invalid
            if f"{schemas.AREA}/{one.method}" not in expected
        ]
        if faults:
            text = "the schema does not allow what the server said: " + "; ".join(faults)
            pytest.fail(_story(codex_conformance_check, result, text), pytrace=False)
        if result.outcome is Outcome.WARNING:
            warnings.warn(ConformanceWarning(f"{result.check}: {result.text}"), stacklevel=1)


def _bench(config: pytest.Config, subject: Subject) -> Bench:
    benches = config.stash.setdefault(BENCHES, {})
    if subject not in benches:
        try:
            place = tempfile.TemporaryDirectory(prefix="codex-conformance-home-")
            config.add_cleanup(place.cleanup)
            benches[subject] = _look(subject, Path(place.name))
        except HarnessError as error:
            benches[subject] = error
    found = benches[subject]
    if isinstance(found, HarnessError):
        raise found
    return found


def _look(subject: Subject, template: Path) -> Bench:
    target = Target(subject.command, subject.deadline)
    version = probe(target, template=template)
    held = schemas.choose(version, subject.against, None)
    expected: Mapping[str, str] = {}
    if subject.expected is not None:
        known = {check.id for check in suite()} | schemas.names(held)
        expectations = load(subject.expected, known)
        expected = expected_for(expectations, version, known | about_methods(expectations))
    judge = ServerJudge(target, checker=held.checker, without=subject.without, template=template)
    return Bench(judge, expected)


def _story(check: Check[Server], result: Result, text: str) -> str:
    lines = [f"{check.id}: {text}", f"what has to hold: {check.title}", f"see {check.reference}"]
    for name, told in (("wire", result.wire), ("standard error", result.stderr)):
        if told:
            lines += [f"{name}, the last lines:", *(f"  {line}" for line in told)]
    return "\n".join(lines)
