"""
The report of a run as JSON; its keys are documented in docs/conformance.md.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import Outcome

from .facts import masked, verdict

if TYPE_CHECKING:
    from pytest_codex.conformance.runs import Run

FORMAT = 1
"""Grows when a key goes or changes its meaning; new keys may come at any time."""


def data(run: Run) -> dict[str, Any]:
    """
    The report as plain values.
    """
    run = masked(run)
    return {
        "codex_conformance": FORMAT,
        "side": run.side,
        "target": run.target,
        "version": run.version,
        "schema": run.schema,
        "ok": run.ok,
        "seconds": round(run.seconds, 3),
        "counts": {outcome.value: run.counts[outcome] for outcome in Outcome},
        "stale": list(run.stale),
        "coverage": [
            {
                "kind": one.kind,
                "total": one.total,
                "covered": list(one.covered),
                "unreachable": dict(one.unreachable),
                "missing": list(one.missing),
            }
            for one in run.coverage
        ],
        "checks": [
            {
                "id": check.id,
                "title": check.title,
                "reference": check.reference,
                "outcome": result.outcome.value,
                "verdict": verdict(run, result),
                "text": result.text,
                "expected": run.expected.get(check.id),
                "seconds": round(result.seconds, 3),
                "wire": list(result.wire),
                "stderr": list(result.stderr),
            }
            for check, result in zip(run.checks, run.by_check.values(), strict=True)
        ],
    }


def render(run: Run) -> str:
    """
    The report as a file's text.
    """
    return json.dumps(data(run), indent=1, ensure_ascii=False) + "\n"
