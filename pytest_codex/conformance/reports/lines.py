"""
The report of a run in the terminal: plain lines.
"""

from __future__ import annotations

import re
from collections import Counter
from textwrap import indent
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import Outcome

from .facts import EXPECTED, STALE, areas, coverage, figure, headline, masked, verdict, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_codex.conformance.outcomes import Result
    from pytest_codex.conformance.runs import Run

ORDER = (
    *(Outcome.PASSED.value, Outcome.FAILED.value, Outcome.ERROR.value, STALE),
    *(Outcome.WARNING.value, EXPECTED, Outcome.SKIPPED.value),
)
"""In which order outcomes are counted."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a server says must not steer the terminal."""


def terminal(run: Run) -> Iterator[str]:
    """
    The whole report: areas with counts, what did not pass, coverage, the verdict.
    """
    for line in _report(masked(run)):
        yield _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", line)


def _report(run: Run) -> Iterator[str]:
    yield headline(run)
    yield ""
    wide = max((len(name) for name, _ in areas(run)), default=0)
    for name, results in areas(run):
        yield f"  {name:<{wide}}  {_counts(run, results)}"
    for result in run.by_check.values():
        if verdict(run, result) not in (Outcome.PASSED.value, Outcome.SKIPPED.value):
            yield ""
            yield from _story(run, result)
    yield from _skipped(run)
    if run.coverage:
        yield ""
        yield "coverage:"
        for one in run.coverage:
            yield f"  {coverage(one)}"
            if one.missing:
                yield f"    not exercised: {', '.join(one.missing)}"
    yield ""
    passed, judged = figure(run)
    told = _counts(run, list(run.by_check.values()))
    yield f"{told} in {run.seconds:.1f} s"
    if judged:
        yield f"{'conformant' if run.ok else 'NOT conformant'}: {passed} of {judged} checks passed"
    else:
        yield "nothing was tested: every check was skipped"


def _counts(run: Run, results: list[Result]) -> str:
    found = Counter(verdict(run, result) for result in results)
    return ", ".join(f"{found[name]} {name}" for name in ORDER if found[name]) or "no checks"


def _story(run: Run, result: Result) -> Iterator[str]:
    check = run.check_of(result.check)
    yield f"{verdict(run, result)}: {check.id}"
    yield f"  {check.title}"
    yield from indent(why(run, result) or "no reason was given", "    ").splitlines()
    yield f"  see {check.reference}"
    if verdict(run, result) in (EXPECTED, STALE, Outcome.WARNING.value):
        return
    for name, lines in (("wire", result.wire), ("standard error", result.stderr)):
        if lines:
            yield f"  {name}, the last lines:"
            yield from (f"    {line}" for line in lines)


def _skipped(run: Run) -> Iterator[str]:
    """
    What was skipped, one line for each reason.
    """
    reasons: dict[str, list[str]] = {}
    for result in run.by_check.values():
        if result.outcome is Outcome.SKIPPED:
            reasons.setdefault(result.text or "no reason was given", []).append(result.check)
    if reasons:
        yield ""
        yield "skipped:"
    for reason, names in reasons.items():
        yield f"  {reason}: {', '.join(names)}"
