"""
The page itself: one HTML file that needs nothing else, no script and no network.

Everything that is not written here is escaped; a policy in the page forbids the browser to
load anything, should something slip through.
"""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Any

from .style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
BAD = ("failed", "error")
"""Outcomes of tests whose story is open at first."""

RERUN = "rerun"
"""Outcome of an attempt that failed and was followed by another one."""

_SIGNS = {"client": ">", "server": "<", "workspace": "*", "spawn": "$"}


def render(rows: Sequence[dict[str, Any]], title: str, notes: Iterable[str] = ()) -> str:
    """
    The whole page.

    Args:
        rows: One for each test or cassette: ``name``, ``outcome``, and where known
            ``seconds``, ``tier``, ``cassette``, ``messages``, ``failures`` and ``page``, which
            ``gathering`` makes; of a test that was run several times ``attempts``, with the
            ``outcome``, ``failures`` and ``page`` of each.
        title: The headline.
        notes: Lines below it.
    """
    counts = Counter(row["outcome"] for row in rows)
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    return document(
        title,
        [
            f"<p>{escape(told)}</p>",
            *(f"<p>{escape(note)}</p>" for note in notes),
            *_table(rows),
            *(part for number, row in enumerate(rows, 1) for part in _test(number, row)),
        ],
    )


def document(title: str, body: Iterable[str]) -> str:
    """
    A whole HTML document in the style of the viewer, which needs no other file.

    Args:
        title: Its title and headline; it is escaped here.
        body: HTML, in which everything from outside has been escaped.
    """
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            *body,
            "</body></html>",
            "",
        ]
    )


def _table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield '<table class="tests"><thead><tr><th>outcome</th><th>test</th><th>tier</th>'
    yield "<th>messages</th><th>seconds</th><th>cassette</th></tr></thead><tbody>"
    for number, row in enumerate(rows, 1):
        seconds = row.get("seconds")
        cells = [
            f'<td><b class="{escape(row["outcome"])}">{escape(row["outcome"])}</b></td>',
            f'<td><a href="#t{number}">{escape(row["name"])}</a></td>',
            f"<td>{escape(str(row.get('tier') or ''))}</td>",
            f'<td class="number">{escape(str(row.get("messages", "")))}</td>',
            f'<td class="number">{"" if seconds is None else format(seconds, ".2f")}</td>',
            f"<td>{escape(str(row.get('cassette') or ''))}</td>",
        ]
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table>"


def _test(number: int, row: dict[str, Any]) -> Iterator[str]:
    opened = " open" if row["outcome"] in BAD or row["outcome"] == "cassette" else ""
    page, attempts = row.get("page"), row.get("attempts", ())
    yield f'<details class="test"{opened}><summary><b class="{escape(row["outcome"])}">'
    yield f"{escape(row['outcome'])}</b> {escape(row['name'])}"
    headline = f"{len(attempts)} attempts" if attempts else (page or {}).get("headline", "")
    if headline:
        yield f'<span class="note">{escape(headline)}</span>'
    yield f'</summary><div id="t{number}">'
    yield from _inside(row)
    for count, attempt in enumerate(attempts, 1):
        outcome = escape(attempt["outcome"])
        opened = " open" if attempt["outcome"] in (*BAD, RERUN) else ""
        yield (
            f'<details class="attempt"{opened}><summary>attempt {count} '
            f'<b class="{outcome}">{outcome}</b></summary>'
        )
        yield from _inside(attempt)
        yield "</details>"
    yield "</div></details>"


def _inside(shown: dict[str, Any]) -> Iterator[str]:
    """
    What is told of a test, or of one of its attempts.
    """
    for when, text in shown.get("failures", ()):
        yield f'<h3>{escape(when)} failed</h3><pre class="failed">{escape(text)}</pre>'
    if shown.get("left_out"):
        yield f'<p class="note">{escape(shown["left_out"])}</p>'
    if shown.get("page"):
        yield from _story(shown["page"])


def _story(page: dict[str, Any]) -> Iterator[str]:
    for kind, text in page["problems"]:
        yield f'<h3>{escape(kind)}</h3><pre class="failed">{escape(text)}</pre>'
    yield from (_entry(entry) for entry in page["loose"])
    yield '<div class="lanes">'
    for lane in page["lanes"]:
        yield f'<section class="lane"><h3>thread {lane["number"]}</h3>'
        yield f'<p class="note">{escape(lane["about"])}</p>'
        yield from (_entry(entry) for entry in lane["entries"])
        for turn in lane["turns"]:
            facts = [turn["status"]]
            facts += [f"{turn['tokens']:,} tokens"] if turn["tokens"] else []
            facts += [f"{turn['seconds']:g} s"] if turn["seconds"] else []
            yield f'<div class="turn"><h4>turn {turn["number"]}'
            yield f'<span class="note">{escape(", ".join(facts))}</span></h4>'
            yield from (_entry(entry) for entry in turn["entries"])
            yield "</div>"
        yield "</section>"
    yield "</div>"
    yield from _wire(page["wire"])


def _entry(entry: dict[str, Any]) -> str:
    """
    One thing; what has a body can be opened, and is where it matters.
    """
    css = f"entry {escape(entry['kind'])}{' bad' if entry.get('bad') else ''}"
    title = f"<code>{escape(entry['title'])}</code>"
    if "note" in entry:
        title += f'<span class="note">{escape(entry["note"])}</span>'
    if "body" not in entry:
        return f'<div class="{css}">{title}</div>'
    body = _diff(entry["body"]) if entry.get("diff") else escape(entry["body"])
    opened = " open" if entry.get("open") or entry.get("bad") else ""
    return f'<details class="{css}"{opened}><summary>{title}</summary><pre>{body}</pre></details>'


def _diff(text: str) -> str:
    """
    A diff with its lines coloured.
    """
    colours = {"+": "added", "-": "gone", "@": "place"}
    return "\n".join(
        f'<span class="{colours[line[0]]}">{escape(line)}</span>'
        if line[:1] in colours
        else escape(line)
        for line in text.splitlines()
    )


def _wire(wire: dict[str, Any]) -> Iterator[str]:
    left = wire["total"] - wire["pieces"] - len(wire["lines"])
    facts = [f"{wire['total']:,} messages"]
    facts += [f"{wire['pieces']:,} pieces of texts not shown"] if wire["pieces"] else []
    facts += [f"{left:,} in the middle left out"] if left else []
    yield f'<details class="wire"><summary>wire<span class="note">{escape(", ".join(facts))}</span>'
    yield "</summary><table>"
    for number, conn, sender, line, bad in wire["lines"]:
        yield f'<tr class="{"bad" if bad else ""}"><td class="number">{int(number)}</td>'
        yield f"<td>{int(conn)}</td><td>{escape(_SIGNS.get(sender, sender))}</td>"
        yield f"<td><code>{escape(line)}</code></td></tr>"
    yield "</table></details>"
