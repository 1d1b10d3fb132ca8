"""
Which files the server's diffs of a turn tell of.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_codex.wire import Wire

_HEADERS = re.compile(
    r"^(?:--- a/|\+\+\+ b/|rename from |rename to |copy to )(.+?)\t?$", re.MULTILINE
)
_WHOLE = re.compile(r"^diff --git a/(.+) b/\1$", re.MULTILINE)
_METHOD = '"turn/diff/updated"'


def paths_in_turn_diffs(wire: Wire) -> list[str]:
    """
    Paths relative to the repository, from every ``turn/diff/updated`` until now.
    """
    found: dict[str, None] = {}
    for _, sender, line in wire.tail(len(wire)):
        if sender == "server" and _METHOD in line:
            diff = str((json.loads(line).get("params") or {}).get("diff") or "")
            found.update(dict.fromkeys(_HEADERS.findall(diff) + _WHOLE.findall(diff)))
    return list(found)
