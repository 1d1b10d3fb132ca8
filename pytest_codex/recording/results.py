"""
What becomes of tapes: joined into one, compared with a cassette, written down.
"""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from fake_server.transcript import Transcript
    from pytest_codex.recording.tape import Entry

DIFF_LINES = 30
LINE_WIDTH = 500
"""How much of a difference is shown; the whole lies in the artifacts."""


def join_tapes(taped: Mapping[int, Sequence[Entry]]) -> list[Entry]:
    """
    One tape from those of several connections, which are numbered anew without gaps.

    Args:
        taped: Entries by the number that says in which order the connections began; all
            their times are on one clock.
    """
    joined = [
        replace(entry, conn=conn)
        for conn, number in enumerate(sorted(taped), 1)
        for entry in taped[number]
    ]
    return sorted(joined, key=lambda entry: entry.at)


def differences(recorded: Transcript, live: Transcript) -> str:
    """
    How two transcripts differ, as a short unified diff of their lines; empty when they do not.

    The header is left out: another Codex version is no other behaviour.
    """
    ours, theirs = (transcript.dumps().splitlines()[1:] for transcript in (recorded, live))
    lines = list(difflib.unified_diff(ours, theirs, "recorded", "this run", lineterm="", n=1))
    shown = [line if len(line) < LINE_WIDTH else line[:LINE_WIDTH] + "…" for line in lines]
    if len(shown) > DIFF_LINES:
        shown[DIFF_LINES:] = [f"… and {len(shown) - DIFF_LINES} lines more"]
    return "\n".join(shown)


def save(transcript: Transcript, path: str | os.PathLike[str], name: str) -> None:
    """
    Write a cassette, unless a secret may be in it.

    Raises:
        SecretError: It looks as if a secret were in it; nothing was written.
    """
    from pytest_codex.scrub import assert_clean

    assert_clean(transcript.dumps(), name)
    transcript.save(path)
