"""
Unified diffs of what the agent reported, alike in every tier.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .items import FileChange

_BLOBS = re.compile(r"^index [0-9a-f]+\.\.[0-9a-f]+(?: \d+)?\n", re.MULTILINE)
_MOVED = re.compile(r"\n*^Moved to: .*\n?\Z", re.MULTILINE)


def settled(diff: str) -> str:
    """
    A diff of the server's without git's names of contents, which hold directories and ids.
    """
    return _BLOBS.sub("", diff)


def joined(diffs: Iterable[str]) -> str:
    """
    Several diffs as one, each on lines of its own.
    """
    return "".join(diff if diff.endswith("\n") else diff + "\n" for diff in diffs if diff)


def of_changes(changes: Iterable[FileChange]) -> str:
    """
    The diff of file changes, for sources that tell items but no diff of the turn.
    """
    return joined(_one(change) for change in changes if change.status == "completed")


def _one(change: FileChange) -> str:
    old, new = change.name.lstrip("/"), change.names[-1].lstrip("/")
    head = f"diff --git a/{old} b/{new}\n"
    if change.kind == "add":
        return head + "new file mode 100644\n" + _whole(change.diff, "/dev/null", f"b/{new}", "+")
    if change.kind == "delete":
        return (
            head + "deleted file mode 100644\n" + _whole(change.diff, f"a/{old}", "/dev/null", "-")
        )
    if change.moved_to is not None:
        head += f"rename from {old}\nrename to {new}\n"
    hunks = _MOVED.sub("\n", change.diff).lstrip("\n")
    return f"{head}--- a/{old}\n+++ b/{new}\n{hunks}" if hunks.strip() else head


def _whole(content: str, before: str, after: str, sign: str) -> str:
    if not content:
        return ""
    lines = content.split("\n")
    ended = lines[-1] == ""
    if ended:
        lines.pop()
    count = "1" if len(lines) == 1 else f"1,{len(lines)}"
    span = f"-0,0 +{count}" if sign == "+" else f"-{count} +0,0"
    body = "".join(f"{sign}{line}\n" for line in lines)
    rest = "" if ended else "\\ No newline at end of file\n"
    return f"--- {before}\n+++ {after}\n@@ {span} @@\n{body}{rest}"
