"""
The report of a run as one HTML page that needs nothing else: no script, no network.
"""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import Outcome
from pytest_codex.viewer.page import document

from .facts import EXPECTED, STALE, areas, count, coverage, figure, headline, masked, verdict, why
from .lines import ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_codex.conformance.outcomes import Result
    from pytest_codex.conformance.runs import Coverage, Run

_CLASSES = {
    Outcome.PASSED.value: "passed",
    Outcome.FAILED.value: "failed",
    Outcome.ERROR.value: "error",
    Outcome.WARNING.value: "xpassed",
    Outcome.SKIPPED.value: "skipped",
    EXPECTED: "xpassed",
    STALE: "failed",
}
"""The viewer's class, and so the colour, of each verdict."""

_OPEN = (Outcome.FAILED.value, Outcome.ERROR.value, STALE)


def render(run: Run) -> str:
    """
    The report as a file's text.
    """
    run = masked(run)
    passed, judged = figure(run)
    return document(
        f"Codex conformance: {passed} of {judged} checks passed",
        [
            f"<p>{escape(headline(run))}</p>",
            f"<p>{'conformant' if run.ok else 'not conformant'}, {run.seconds:.1f} s</p>",
            *_table(run),
            *(part for one in run.coverage for part in _coverage(one)),
            *(part for name, results in areas(run) for part in _area(run, name, results)),
        ],
    )


def _table(run: Run) -> Iterator[str]:
    present = {verdict(run, result) for result in run.by_check.values()}
    columns = [name for name in ORDER if name in present]
    yield '<table class="areas"><thead><tr><th>area</th>'
    yield "".join(f'<th class="number">{escape(name)}</th>' for name in columns)
    yield "</tr></thead><tbody>"
    for area, results in areas(run):
        found = Counter(verdict(run, result) for result in results)
        cells = (
            f'<td class="number"><span class="{_CLASSES[name]}">{found[name] or ""}</span></td>'
            for name in columns
        )
        yield f'<tr><td><a href="#{escape(area)}">{escape(area)}</a></td>{"".join(cells)}</tr>'
    yield "</tbody></table>"


def _coverage(one: Coverage) -> Iterator[str]:
    yield f'<details class="test"><summary>{escape(coverage(one))}</summary><table>'
    for method in one.missing:
        yield f"<tr><td><code>{escape(method)}</code></td><td>not exercised</td></tr>"
    for method, reason in one.unreachable.items():
        yield f"<tr><td><code>{escape(method)}</code></td><td>{escape(reason)}</td></tr>"
    for method in one.covered:
        yield f"<tr><td><code>{escape(method)}</code></td><td>covered</td></tr>"
    yield "</table></details>"


def _area(run: Run, name: str, results: list[Result]) -> Iterator[str]:
    yield f'<h3 id="{escape(name)}">{escape(name)}'
    yield f'<span class="note">{count(len(results), "check")}</span></h3>'
    for result in results:
        yield from _check(run, result)


def _check(run: Run, result: Result) -> Iterator[str]:
    check = run.check_of(result.check)
    said = verdict(run, result)
    yield f'<details class="test"{" open" if said in _OPEN else ""}><summary>'
    yield f'<b class="{_CLASSES[said]}">{escape(said)}</b> {escape(check.title)}'
    yield f'<span class="note">{escape(check.id)}</span></summary>'
    text = why(run, result)
    if text:
        css = ' class="failed"' if said in _OPEN else ""
        yield f"<pre{css}>{escape(text)}</pre>"
    yield f'<p class="note">see {escape(check.reference)}; {result.seconds:.2f} s</p>'
    for heading, lines in (("wire", result.wire), ("standard error", result.stderr)):
        if lines:
            yield f"<h4>{heading}</h4><pre>{escape(chr(10).join(lines))}</pre>"
    yield "</details>"
