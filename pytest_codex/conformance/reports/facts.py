"""
What all reports say in the same words.
"""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

from fake_server.redaction import Redactor
from pytest_codex.conformance.outcomes import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_codex.conformance.runs import Coverage, Run

EXPECTED = "expected failure"
STALE = "passed unexpectedly"


def masked(run: Run) -> Run:
    """
    The run without the secrets of this environment, and without those one can see are some.
    """
    text = Redactor.for_environment(os.environ).text
    return dataclasses.replace(
        run,
        target=text(run.target),
        results=tuple(_masked(result, text) for result in run.results),
    )


def _masked(result: Result, text: Callable[[str], str]) -> Result:
    return dataclasses.replace(
        result,
        text=text(result.text),
        wire=tuple(map(text, result.wire)),
        stderr=tuple(map(text, result.stderr)),
    )


def verdict(run: Run, result: Result) -> str:
    """
    The outcome of a check, where what was expected counts.
    """
    if result.outcome is Outcome.FAILED and result.check in run.expected:
        return EXPECTED
    if result.check in run.stale:
        return STALE
    return result.outcome.value


def why(run: Run, result: Result) -> str:
    """
    What is to be said about an outcome: what was found, and the reason why it was expected.
    """
    reason = run.expected.get(result.check)
    if reason is None:
        return result.text
    if result.check in run.stale:
        return f"it was expected to fail and did not: take it out of the file ({reason})"
    return f"{result.text}\nexpected: {reason}" if result.text else f"expected: {reason}"


def areas(run: Run) -> Iterator[tuple[str, list[Result]]]:
    """
    The results by area, in the order of the suite.
    """
    found: dict[str, list[Result]] = {}
    for name, result in run.by_check.items():
        found.setdefault(name.partition("/")[0], []).append(result)
    yield from found.items()


def figure(run: Run) -> tuple[int, int]:
    """
    How many checks passed, of how many that had something to say about the peer.
    """
    return run.counts[Outcome.PASSED] + run.counts[Outcome.WARNING], run.judged


def headline(run: Run) -> str:
    """
    Who was tested, and with what schema.
    """
    name = "Codex" if run.side == "server" else "version"
    version = f"{name} {run.version}" if run.version else "a version it does not tell"
    schema = (
        f"messages checked with the schema of {run.schema}"
        if run.schema
        else "messages not checked: no schema"
    )
    why = f" ({run.schema_choice})" if run.schema_choice else ""
    return f"{run.side} under test: {run.target} ({version}); {schema}{why}"


def coverage(one: Coverage) -> str:
    """
    How much of one kind of message is covered.
    """
    share = 100 * len(one.covered) / one.total if one.total else 100.0
    told = f"{len(one.covered)} of {one.total} {one.kind} ({share:.0f}%)"
    if one.unreachable:
        told += f", {len(one.unreachable)} not reachable offline"
    return f"{told}, {len(one.missing)} missing" if one.missing else told


def count(number: int, what: str) -> str:
    """
    A number of things.
    """
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
