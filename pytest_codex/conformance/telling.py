"""
A run as plain text: a few lines for each check that did not pass, then the counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .outcomes import Result
    from .running import Run

LOUD = (Outcome.FAILED, Outcome.ERROR, Outcome.WARNING)
"""Results that are told with the wire."""


def tell(run: Run, *, verbose: bool = False) -> Iterator[str]:
    """
    The run, line by line.

    Args:
        verbose: Whether to tell of the checks that passed, too.
    """
    for result in run.results:
        if verbose or result.outcome is not Outcome.PASSED:
            yield from tell_result(result, run.titles.get(result.check, ""))
    version = run.version or "of a version that it does not tell"
    yield f"server: {run.subject} ({version})"
    yield f"schema: {run.schema}"
    yield from run.notes
    counts = ", ".join(f"{count} {outcome.value}" for outcome, count in run.counts().items())
    yield f"{counts} in {run.seconds:.1f} s with {run.workers} workers"


def tell_result(result: Result, title: str) -> Iterator[str]:
    """
    One check.
    """
    text = f": {result.text}" if result.text else ""
    yield f"{result.outcome.value.upper()} {result.check}{text}"
    if result.outcome in LOUD:
        if title:
            yield f"    what has to hold: {title}"
        for line in result.wire:
            yield f"    {line}"
        for line in result.stderr:
            yield f"    stderr: {line}"
