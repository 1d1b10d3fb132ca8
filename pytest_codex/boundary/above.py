"""
Files that appear in the directory of the whole run, two levels above the workspace.

Other tests have their directories there, so only files are looked at, and only the top.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Above:
    """
    What lies there now, to be compared with what lies there later.

    Args:
        place: The directory.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._before = self._files()

    def changes(self) -> Iterator[tuple[str, str]]:
        """
        Files that were added, modified or deleted since, by name.
        """
        now = self._files()
        for name in sorted(self._before.keys() | now.keys()):
            before, after = self._before.get(name), now.get(name)
            if before != after:
                what = "added" if before is None else "deleted" if after is None else "modified"
                yield name, what

    def _files(self) -> dict[str, tuple[int, int, int]]:
        with os.scandir(self._place) as entries:
            files = [entry for entry in entries if entry.is_file(follow_symlinks=False)]
        found = {}
        for file in files:
            try:
                facts = os.lstat(file.path)
            except FileNotFoundError:
                continue  # it was there for a moment only
            found[file.name] = (facts.st_mtime_ns, facts.st_size, facts.st_mode)
        return found
