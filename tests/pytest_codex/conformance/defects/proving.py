"""
Which checks a defect has to fail, and whether it does.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.judging import judge_server
from pytest_codex.conformance.outcomes import Result
from pytest_codex.conformance.server import Server, Target
from pytest_codex.runtime import find_binary

from .kit import Defect

_PROXY = Path(__file__).with_name("proxy.py")
DEADLINE = 4.0
"""Seconds a check waits for what the broken server may never say."""


def expected(defect: Defect, checks: Iterable[Check[Any]]) -> set[str]:
    """
    The ids of the checks that have to fail.

    Raises:
        ValueError: The table names a check that does not exist.
    """
    known = [check.id for check in checks]
    found: set[str] = set()
    for pattern in defect.fails:
        matching = {name for name in known if fnmatchcase(name, pattern)}
        if not matching:
            raise ValueError(f"{defect.name}: no check is called {pattern}")
        found |= matching
    return found


def broken_target(defect: Defect, command: str | None = None, deadline: float = DEADLINE) -> Target:
    """
    A server's command behind a defect; the installed Codex by default.
    """
    behind = command or f"{shlex.quote(str(find_binary()))} app-server"
    proxy = shlex.join([sys.executable, "-S", str(_PROXY), defect.name])
    return Target(f"{proxy} {behind}", deadline=deadline)


def judge(check: Check[Server], target: Target) -> Result:
    """
    What a check finds.
    """
    return judge_server(check, target)
