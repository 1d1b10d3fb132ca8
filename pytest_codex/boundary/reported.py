"""
Which files the server's diffs of a turn tell of.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_codex.wire import Wire

_HEADER = re.compile(r"(?:--- a/|\+\+\+ b/|rename from |rename to |copy to )(.+?)\t?")
_WHOLE = re.compile(r"diff --git a/(.+) b/\1")
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@.*")
_METHOD = '"turn/diff/updated"'


def paths_in_turn_diffs(wire: Wire) -> list[str]:
    """
    Paths relative to the repository, from every ``turn/diff/updated`` until now.
    """
    found: dict[str, None] = {}
    for _, sender, line in wire.tail(len(wire)):
        if sender == "server" and _METHOD in line:
            diff = (json.loads(line).get("params") or {}).get("diff")
            found.update(dict.fromkeys(_paths(str(diff or ""))))
    return list(found)


def _paths(diff: str) -> Iterator[str]:
    old = new = 0
    for line in diff.split("\n"):
        if old > 0 or new > 0:
            # Inside a hunk nothing is a header, whatever it looks like.
            old -= line[:1] in ("-", " ", "")
            new -= line[:1] in ("+", " ", "")
        elif hunk := _HUNK.fullmatch(line):
            old, new = (1 if count is None else int(count) for count in hunk.groups())
        elif header := _HEADER.fullmatch(line) or _WHOLE.fullmatch(line):
            yield header[1]
