"""
A badge: how many checks passed, as a picture and as what shields.io asks for.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from .facts import figure

if TYPE_CHECKING:
    from pytest_codex.conformance.runs import Run

LABEL = "codex conformance"
_COLOURS = {"brightgreen": "#4c1", "yellow": "#dfb317", "red": "#e05d44"}
# Advance widths of Verdana at 11 pixels, in tenths of a pixel; others are as wide as an "n".
_WIDTHS = {
    **dict.fromkeys("il|'", 30),
    **dict.fromkeys("fjt()[]-. ,:;/", 41),
    **dict.fromkeys("crsvxyz", 58),
    **dict.fromkeys("mw", 98),
    **dict.fromkeys("0123456789", 70),
}
_WIDTH = 68


def message(run: Run) -> str:
    """
    What stands on the right side, such as ``96/98``.
    """
    passed, judged = figure(run)
    return f"{passed}/{judged}"


def colour(run: Run) -> str:
    """
    Green when all is well, yellow when only expected failures are left, red otherwise.
    """
    if not run.ok:
        return "red"
    passed, judged = figure(run)
    return "brightgreen" if passed == judged else "yellow"


def render_endpoint(run: Run) -> str:
    """
    What shields.io's endpoint badge reads.
    """
    said = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": message(run),
        "color": colour(run),
        "isError": not run.ok,
    }
    return json.dumps(said, indent=1) + "\n"


def render(run: Run) -> str:
    """
    The badge as SVG, which needs no network.
    """
    said = message(run)
    left, right = (_width(text) / 10 + 10 for text in (LABEL, said))
    total, title = left + right, escape(f"{LABEL}: {said}")
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{total:g}" height="20" role="img"
  aria-label="{title}">
<title>{title}</title>
<clipPath id="r"><rect width="{total:g}" height="20" rx="3" fill="#fff"/></clipPath>
<g clip-path="url(#r)">
<rect width="{left:g}" height="20" fill="#555"/>
<rect x="{left:g}" width="{right:g}" height="20" fill="{_COLOURS[colour(run)]}"/>
</g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,sans-serif" font-size="11">
<text x="{left / 2:g}" y="14">{escape(LABEL)}</text>
<text x="{left + right / 2:g}" y="14">{escape(said)}</text>
</g>
</svg>
"""


def _width(text: str) -> int:
    return sum(_WIDTHS.get(character, _WIDTH) for character in text)
