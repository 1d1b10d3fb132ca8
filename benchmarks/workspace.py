"""
What looking for changes costs in a large tree, against asking the system about each file.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pytest_codex.workspace import Workspace

from .measure import Result, paired, timed

LIMIT = 2.0
FILES = 10_000
FOLDERS = 100


def measure() -> list[Result]:
    """
    Fill a workspace, change nothing, and look.
    """
    with tempfile.TemporaryDirectory() as directory:
        workspace = Workspace(directory)
        for number in range(FILES):
            folder = Path(directory, f"folder{number % FOLDERS}")
            folder.mkdir(exist_ok=True)
            (folder / f"{number}.txt").write_text(f"{number}\n")
        mark = workspace.mark()

        def look() -> None:
            assert workspace.changes(mark) == {}

        def walk() -> None:
            seen = 0
            for folder, _, names in os.walk(directory):
                for name in names:
                    os.lstat(os.path.join(folder, name))
                    seen += 1
            assert seen >= FILES

        mine, base = paired(lambda: timed(look), lambda: timed(walk), rounds=9)
    detail = f"{mine * 1e3:.0f} ms / {base * 1e3:.0f} ms"
    return [Result("changes() of 10,000 files / os.walk + stat", mine / base, LIMIT, detail=detail)]
