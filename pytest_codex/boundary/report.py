"""
The boundary of one test as a table for people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.boundary.breaches import columns
from pytest_codex.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_codex.boundary import Boundary


def report(boundary: Boundary) -> str:
    """
    What was allowed, what happened, what was asked, and what is in force.
    """
    return "\n".join(_lines(boundary))


def _lines(boundary: Boundary) -> Iterator[str]:
    found = boundary.breaches(over=False)
    verdict = "kept" if not found else f"broken ({len(found)})"
    yield f"boundary  {verdict}"
    yield f"files     {boundary.rules}"
    unreported = boundary.unreported
    yield from _rows(
        (change, name, boundary.rules.against(name) or "", _told(name in unreported))
        for name, change in boundary.changes.items()
    )
    yield "policies"
    yield from _rows(
        (
            one.source,
            one.setting,
            f"in force {one.effective}",
            f"requested {one.requested} ({one.asked_by})" if one.requested else "",
            "DIFFERS" if one.differs else "",
        )
        for one in boundary.policies
    )
    yield "approvals"
    yield from _rows(
        (one.kind, one.subject, one.decision or "no decision", f"by {one.by}")
        for one in boundary.approvals
    )
    yield "commits"
    yield from _rows(_commits(boundary))
    yield from _probes(boundary)
    if found:
        yield "breaches"
        yield from _rows((one.what, one.name, one.why) for one in found)


def _rows(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield columns(rows) or "  none"


def _commits(boundary: Boundary) -> Iterator[tuple[str, ...]]:
    try:
        for commit in boundary.commits:
            yield commit.name[:10], str(commit.author), commit.subject, ", ".join(commit.files)
    except HarnessError as error:
        yield "unreadable", str(error), "", ""


def _probes(boundary: Boundary) -> Iterator[str]:
    for probes in boundary.probed:
        yield f"probes    {probes.title}"
        yield from _rows((one.name, one.outcome, one.detail) for one in probes)


def _told(unreported: bool) -> str:
    return "not reported by the agent" if unreported else "reported"
