"""
All defects: what the modules of ``table/`` tell, one module for each area of checks.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from .kit import Defect

_TABLE = Path(__file__).with_name("table")


def all_defects() -> dict[str, Defect]:
    """
    The defects by name.

    Raises:
        ValueError: Two have one name.
    """
    package = f"{__name__.rpartition('.')[0]}.table"
    found: dict[str, Defect] = {}
    for file in sorted(_TABLE.glob("*.py")):
        for defect in import_module(f"{package}.{file.stem}").DEFECTS:
            if defect.name in found:
                raise ValueError(f"two defects are called {defect.name}")
            found[defect.name] = defect
    return found
