"""
Which checks a defect has to fail, and how it is tried.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pytest_codex.conformance import server_checks
from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.judging import judge_server
from pytest_codex.conformance.outcomes import Outcome, Result
from pytest_codex.conformance.target import Target
from pytest_codex.runtime import find_binary

from .behaviour import Defect
from .sweeping import Sweep

ROOT = Path(__file__).parents[4]
RECORDINGS = ROOT / "cassettes/conformance"
COMPANIONS = Path(__file__).with_name("companions.txt")
CONTROLS = (
    *("handshake/platform-is-told", "handshake/only-once", "errors/unknown-method"),
    *("robustness/duplicate-ids", "gating/methods", "turns/base-sequence", "turns/usage-adds-up"),
    *("ordering/items-begin-once-and-end-once", "approvals/command-declined"),
    *("interrupts/ends-the-turn", "failures/bad-request", "threads/archive", "fs/metadata"),
)
"""Checks that are tried with every defect, meant or not; a whole sweep tries all."""

DEADLINE, PATIENCE = 6.0, 40.0
"""Seconds a check waits for what the broken server may never say; on a machine that is busy."""

_BUSY = "the answer to initialize"
"""What a check waits for in vain where the machine is slow, and no server is broken."""

_AT_ONCE = 8

_PROXY = Path(__file__).with_name("proxy.py")


def sweep() -> Sweep:
    """
    The whole suite on its recordings.
    """
    server_checks.load()
    return Sweep(server_checks.SUITE, RECORDINGS)


def meant(defect: Defect, checks: Iterable[Check[Any]]) -> set[str]:
    """
    The ids of the checks that a defect is meant for.

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


def companions() -> dict[str, set[str]]:
    """
    The checks that fail beside those that are meant, because a defect is in their way.
    """
    found: dict[str, set[str]] = {}
    name = ""
    for line in COMPANIONS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(" "):
            found[name].add(line.strip())
        else:
            name = line.strip()
            found[name] = set()
    return found


def write_companions(found: Mapping[str, set[str]]) -> None:
    """
    Write them down.
    """
    lines = ["# The checks that fail beside those a defect is meant for; see behaviour.py."]
    for name, checks in sorted(found.items()):
        if checks:
            lines += [name, *(f"    {check}" for check in sorted(checks))]
    COMPANIONS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def judge_live(
    defect: Defect, checks: Iterable[str], deadline: float = DEADLINE
) -> dict[str, Result]:
    """
    What checks find of the installed server behind a defect; they wait side by side.
    """

    def judge(name: str) -> Result:
        target = broken_target(defect, deadline=deadline)
        result = judge_server(server_checks.SUITE[name], target)
        if _BUSY in result.text:
            slowly = broken_target(defect, deadline=PATIENCE)
            return judge_server(server_checks.SUITE[name], slowly)
        return result

    with ThreadPoolExecutor(_AT_ONCE) as crew:
        return {result.check: result for result in crew.map(judge, sorted(checks))}


def exposed(defect: Defect, played: Sweep) -> set[str]:
    """
    The checks that a live defect could be in the way of, beside those that it is meant for.

    A check on whose recording it changes no line goes as it goes without it. What the real server
    makes of a changed line, and how the checks go that no recording can show, has to be tried.
    """
    live = {check.id for check in server_checks.SUITE if "live" in check.needs}
    everything = live | played.touched(defect) | set(CONTROLS)
    return everything - meant(defect, server_checks.SUITE)


def failing(defect: Defect, checks: Iterable[str]) -> set[str]:
    """
    Those of some checks that fail behind a live defect, and fail again when there is time.
    """
    found: set[str] = set(checks)
    for deadline in (DEADLINE, PATIENCE):
        results = judge_live(defect, found, deadline)
        found = {name for name, one in results.items() if one.outcome is Outcome.FAILED}
    return found


def broken_target(defect: Defect, command: str | None = None, deadline: float = DEADLINE) -> Target:
    """
    A server's command behind a defect; the installed Codex by default.
    """
    behind = command or f"{shlex.quote(str(find_binary()))} app-server"
    proxy = shlex.join([sys.executable, "-S", str(_PROXY), defect.name])
    return Target(f"{proxy} {behind}", deadline=deadline)
