"""
A home in which Codex was started before: half of a first start goes into making databases.

The probe's home is kept, and each check begins with a copy of it.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KEPT = ("*.sqlite*", "skills", "installation_id")
"""What a first start makes, and what is the same in every home."""


def keep(home: Path, template: Path) -> None:
    """
    Put aside what the first start made, after the server has ended.
    """
    for pattern in KEPT:
        for path in home.glob(pattern):
            if path.is_dir():
                shutil.copytree(path, template / path.name)
            else:
                shutil.copy2(path, template / path.name)


def give(template: Path, home: Path) -> None:
    """
    Let a new home begin with it.
    """
    shutil.copytree(template, home, dirs_exist_ok=True)
