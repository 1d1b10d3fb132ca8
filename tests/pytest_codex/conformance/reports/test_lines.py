"""
The report in the terminal.
"""

from __future__ import annotations

import pytest

from pytest_codex.conformance.outcomes import Outcome
from pytest_codex.conformance.reports import terminal
from tests.pytest_codex.conformance.telling import GOOD, check, result, run

WHOLE = """\
server under test: my-codex app-server (Codex 0.163.0); messages checked with the schema of 0.163.0

  turns   1 passed, 1 failed, 1 expected failure
  limits  1 harness error, 1 warning
  gating  1 passed unexpectedly, 1 skipped

failed: turns/steer
  The title of turns/steer & more.
    expected <b>3</b> & got 'two'
  see protocol-facts: turns/steer
  wire, the last lines:
    1> {"id":1,"method":"<m>"}
  standard error, the last lines:
    panicked

expected failure: turns/known
  The title of turns/known & more.
    turn/completed did not come
    expected: a fact <about> it
  see protocol-facts: turns/known

warning: limits/input
  The title of limits/input & more.
    answers late
  see protocol-facts: limits/input

harness error: limits/flood
  The title of limits/flood & more.
    OSError: no pipes \\x1b[31m left
  see protocol-facts: limits/flood
  wire, the last lines:
    1> {"id":1,"method":"<m>"}
  standard error, the last lines:
    panicked

passed unexpectedly: gating/mended
  The title of gating/mended & more.
    it was expected to fail and did not: take it out of the file (was broken)
  see protocol-facts: gating/mended

skipped:
  this version has no thread/goal/set: gating/absent

coverage:
  2 of 4 client requests (50%), 1 not reachable offline, 1 missing
    not exercised: a/e

1 passed, 1 failed, 1 harness error, 1 passed unexpectedly, 1 warning, 1 expected failure, \
1 skipped in 12.3 s
NOT conformant: 3 of 6 checks passed
"""


def test_the_whole_report() -> None:
    """
    Everything that did not pass is told with what is known of it, everything else is counted.
    """
    assert WHOLE.splitlines() == list(terminal(run()))


def test_a_good_run_is_short() -> None:
    """
    Where nothing is wrong, only areas and counts are told.
    """
    told = "\n".join(terminal(run({"turns/base": Outcome.PASSED}, coverage=())))

    assert "conformant: 1 of 1 checks passed" == told.splitlines()[-1]
    assert "turns/base" not in told


def test_a_server_without_a_version_or_a_schema() -> None:
    """
    What is not known is said.
    """
    told = next(iter(terminal(run(GOOD, version=None, schema=None))))

    assert told.endswith("(a version it does not tell); messages not checked: no schema")


def test_checks_skipped_for_one_reason_share_a_line() -> None:
    """
    An old version skips many checks: the reason is told once.
    """
    names = ("turns/a", "turns/b")
    results = [result(name, Outcome.SKIPPED) for name in names]
    told = list(terminal(run({}, checks=tuple(map(check, names)), results=tuple(results))))

    assert "  no reason was given: turns/a, turns/b" in told


@pytest.mark.parametrize("place", ["text", "wire", "stderr"])
def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """
    What the environment keeps secret does not stand in a report, wherever the server said it.
    """
    secret = "s3cr3t-" + "0123456789abcdef"
    monkeypatch.setenv("MY_SERVICE_API_KEY", secret)
    said = {place: f"it said {secret}" if place == "text" else (f"it said {secret}",)}
    found = result("turns/base", Outcome.FAILED)
    found = type(found)(**{**found.__dict__, **said})

    told = "\n".join(terminal(run({"turns/base": Outcome.FAILED}, results=(found,))))

    assert "it said" in told
    assert secret not in told
