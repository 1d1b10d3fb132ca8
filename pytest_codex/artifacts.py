"""
The folder of what failed tests leave behind; it is there only while it holds something.

Several workers of one run share it: each may make it while another is about to remove it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ATTEMPTS = 100
_IGNORED = "*\n"


def make(directory: Path) -> None:
    """
    Make a test's own directory in the folder; git is told to pass the folder by.
    """
    for attempt in range(_ATTEMPTS):
        try:
            directory.mkdir(parents=True, exist_ok=True)
            break
        except (FileNotFoundError, FileExistsError):
            # Another worker removed the folder a moment ago: before it was looked for, or after
            # it was found to be in the way and before it was found to be a folder.
            if attempt == _ATTEMPTS - 1:
                raise
    # From here on nobody can remove the folder: it is not empty.
    (directory.parent / ".gitignore").write_text(_IGNORED, encoding="utf-8")


def clear(directory: Path) -> None:
    """
    Remove a test's own directory if it is empty, and the folder if that was all it held.
    """
    with contextlib.suppress(OSError):  # an earlier run left something there
        directory.rmdir()
        _remove(directory.parent)


def _remove(folder: Path) -> None:
    note = folder / ".gitignore"
    if list(folder.iterdir()) != [note] or note.read_text(encoding="utf-8") != _IGNORED:
        return
    note.unlink()
    try:
        folder.rmdir()
    except OSError:  # another worker has come: its files must be passed by, too
        note.write_text(_IGNORED, encoding="utf-8")
