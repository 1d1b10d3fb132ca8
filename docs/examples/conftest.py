"""
Lets all the examples run in one go.

Each of them is a project of its own, whose ``pyproject.toml`` puts it on the path when pytest
is started in its folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(project.parent) for project in Path(__file__).parent.glob("*/pyproject.toml")]
