"""
Which versions of a package are on the package index, from the oldest supported Codex on.
"""

from __future__ import annotations

import re
import subprocess
import sys

from pytest_codex.versions import is_older

OLDEST = "0.147.0"
DEADLINE = 600
"""Seconds that one call of pip may take."""
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


def published(package: str) -> list[str]:
    """
    The supported versions of a package of Codex, oldest first.
    """
    done = subprocess.run(
        [*PIP, "index", "versions", package],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    (line,) = re.findall(r"^Available versions: (.+)$", done.stdout, re.MULTILINE)
    return [one for one in reversed(line.split(", ")) if not is_older(one, OLDEST)]
