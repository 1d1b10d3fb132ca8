"""
What matches: words of a command, a file's name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_codex.globs import compiled

from .items import FileChange
from .making import views_of
from .records import ItemRecord

if TYPE_CHECKING:
    from .records import TurnRecord


def changes_of(turn: TurnRecord) -> list[FileChange]:
    """
    The file changes of a turn.
    """
    records = [entry for entry in turn.log if isinstance(entry, ItemRecord)]
    return [v for record in records for v in views_of(record) if isinstance(v, FileChange)]


def is_like(pattern: str | re.Pattern[str], command: str) -> bool:
    """
    Whether a command contains the words of a pattern, or matches a regular expression.
    """
    if isinstance(pattern, str):
        # Whole words: where the pattern begins or ends with a letter, a name may not go on.
        start = r"(?<!\w)" if re.match(r"\w", pattern) else ""
        end = r"(?!\w)" if re.search(r"\w\Z", pattern) else ""
        pattern = re.compile(start + re.escape(pattern) + end)
    return pattern.search(command) is not None


def is_named(glob: str, change: FileChange) -> bool:
    """
    Whether a glob matches a changed file under its old or its new name.
    """
    names = change.names
    if not change.base:
        parts = [name.replace("\\", "/").split("/") for name in names]
        names = ["/".join(part[start:]) for part in parts for start in range(len(part))]
    return any(compiled(glob).fullmatch(name) for name in names)
