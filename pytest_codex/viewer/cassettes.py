"""
The page about cassettes: the command ``pytest-codex show --html``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fake_server.redaction import Redactor
from fake_server.transcript import Transcript

from .gathering import gather_cassette
from .page import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def write_page(out: Path, files: Sequence[Path]) -> None:
    """
    Write one page about these cassettes.

    Raises:
        CassetteError: One of them cannot be read.
    """
    redactor = Redactor.for_environment(os.environ)
    rows = []
    for file in files:
        transcript = Transcript.load(file)
        page = gather_cassette(transcript, redactor)
        rows.append(
            {
                "name": str(file),
                "outcome": "cassette",
                "messages": page["wire"]["total"],
                "tier": f"Codex {transcript.header.get('codex', '?')}",
                "page": page,
            }
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(render(rows, "Codex cassettes"), encoding="utf-8")
