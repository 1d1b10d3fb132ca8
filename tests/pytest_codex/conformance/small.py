"""
The small server as a target, and checks made for one test.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.server import Server, Target

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL_SERVER = Path(__file__).with_name("small_server.py")
DEADLINE = 20.0


def command(*arguments: str) -> str:
    """
    The small server's command line.
    """
    return shlex.join([sys.executable, "-I", "-S", str(SMALL_SERVER), *arguments])


def target(*arguments: str, deadline: float = DEADLINE) -> Target:
    """
    The small server.
    """
    return Target(command(*arguments), deadline)


def check(run: Callable[[Server], None], name: str = "area/one", **more: Any) -> Check[Server]:
    """
    A check that is in no suite.
    """
    return Check(name, "What holds.", "protocol-facts: Worth knowing", run, **more)
