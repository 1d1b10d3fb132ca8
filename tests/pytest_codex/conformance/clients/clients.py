"""
Commands of the clients that the tests of the suite test.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

DRIVER = Path(__file__).with_name("raw_driver.py")


def raw_client(defect: str = "") -> str:
    """
    The small client: whole, or broken in one way.
    """
    return shlex.join([sys.executable, "-I", "-S", str(DRIVER), *([defect] if defect else [])])


def script(text: str) -> str:
    """
    A driver of one line of shell.
    """
    return shlex.join(["sh", "-c", text])
