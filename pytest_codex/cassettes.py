"""
Where a test's cassette lies, and what the record mode makes of it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fake_server.errors import (
    CassetteFormatError,
    CassetteNotFoundError,
    CassetteVersionError,
    RecordingRefusedError,
)
from pytest_codex.settings import in_ci, marker_keywords
from pytest_codex.stage import numbered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fake_server.transcript import Transcript
    from pytest_codex.settings import Settings

SUFFIX = ".codex.jsonl"
LONGEST = 120
"""Longest file name made from a test's name; file systems allow 255 bytes."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


STAND_INS: pytest.StashKey[dict[Path, Path]] = pytest.StashKey()
"""On the configuration: which file to play in place of a cassette."""


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What one test is going to do.

    Attributes:
        tier: Who stands behind the client: ``replay``, ``scripted`` or ``live``.
        action: ``replay``, ``run`` (for real, nothing kept), ``record`` or ``verify``.
        path: The cassette, whether it exists or not.
        name: The cassette as messages call it, relative to the root directory.
        nodeid: The test, as pytest calls it.
    """

    tier: str
    action: str
    path: Path
    name: str
    nodeid: str

    @property
    def rerecord(self) -> str:
        """
        The command that records this test's cassette anew.
        """
        return f"pytest --codex-record-mode=rewrite {shlex.quote(self.nodeid)}"


def make_plan(item: pytest.Item, settings: Settings) -> Plan:
    """
    Decide what a test does, from its settings and from whether its cassette exists.

    Raises:
        CassetteNotFoundError: There is nothing to replay, and recording was not asked for.
        RecordingRefusedError: Recording was asked for in continuous integration.
    """
    path = find_path(item, settings)
    path = item.config.stash.get(STAND_INS, {}).get(path, path)
    exists = path.exists()
    mode = settings.record_mode
    real = "live" if settings.tier == "live" else "scripted"
    if mode == "rewrite" or (mode == "once" and not exists):
        tier, action = real, "record"
    elif mode == "verify":
        tier, action = real, "verify"
    elif mode == "once" or settings.tier == "replay":
        tier, action = "replay", "replay"
    else:
        tier, action = settings.tier, "run"
    plan = Plan(tier, action, path, _name(path, item.config.rootpath), item.nodeid)
    if action == "record" and in_ci() and not settings.allow_record_in_ci:
        raise RecordingRefusedError(_refusal(plan, exists))
    if action in ("replay", "verify") and not exists:
        raise CassetteNotFoundError(_missing(plan))
    return plan


def load(plan: Plan) -> Transcript:
    """
    Read a plan's cassette; errors call it by its short name.

    Raises:
        CassetteError: It is missing, too new, or not a whole cassette.
    """
    from fake_server.transcript import Transcript

    try:
        transcript = Transcript.load(plan.path)
    except CassetteFormatError as error:
        reason = error.reason.replace(str(plan.path), plan.name)
        raise CassetteFormatError(plan.name, error.line, reason) from None
    transcript.path = plan.name
    return transcript


def behind(transcript: Transcript) -> str | None:
    """
    The version a cassette was recorded with, if it is older than the installed Codex.
    """
    from pytest_codex.versions import installed, is_older

    recorded, current = transcript.header.get("codex"), installed()
    return str(recorded) if current is not None and is_older(recorded, current) else None


def refuse_older(plan: Plan, recorded: str) -> None:
    """
    Refuse a cassette that is older than the installed Codex.

    Raises:
        CassetteVersionError: Always; it says what to do.
    """
    from pytest_codex.versions import installed

    raise CassetteVersionError(
        f"{plan.name} was recorded with Codex {recorded}, and {installed()} is installed "
        "(--codex-strict)\n"
        "How to fix:\n"
        f"  * see what changed   pytest --codex-record-mode=verify {shlex.quote(plan.nodeid)}\n"
        f"  * record it anew     pytest --codex-strict --codex-record-mode=rewrite "
        f"{shlex.quote(plan.nodeid)}"
    )


def find_path(item: pytest.Item, settings: Settings) -> Path:
    """
    Find the place of a test's cassette: marker, then hook, then the default.

    Each attempt of a repeated test has one of its own.
    """
    return numbered(_find_path(item, settings), item, SUFFIX)


def _find_path(item: pytest.Item, settings: Settings) -> Path:
    directory = settings.cassette_dir or item.path.parent / "cassettes"
    if settings.cassette is not None:
        return directory / _with_suffix(settings.cassette)
    chosen = item.ihook.pytest_codex_cassette_path(item=item)
    if chosen is not None:
        if not isinstance(chosen, (str, os.PathLike)) or not os.fspath(chosen):
            raise pytest.UsageError(
                f"{item.nodeid}: the hook pytest_codex_cassette_path returned {chosen!r}, "
                "which is no path"
            )
        return Path(item.config.rootpath, _with_suffix(os.fspath(chosen)))
    return directory / item.path.stem / (safe_name(item) + SUFFIX)


def safe_name(item: pytest.Item) -> str:
    """
    A file name for a test: its class and name, and its parameters made safe.

    ``test_edit[a/b]`` becomes ``test_edit-a-b-66e05a``: where making it safe loses something,
    a few digits of a hash tell it from its neighbours.
    """
    classes = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
    function, bracket, parameters = item.name.partition("[")
    name = ".".join([*classes, function])
    if bracket:
        name += "-" + parameters.removesuffix("]")
    safe = _UNSAFE.sub("-", name).strip("-")
    if safe != name or len(safe) > LONGEST:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
        safe = f"{safe[:LONGEST].rstrip('-')}-{digest}"
    return safe


def find_collisions(items: Iterable[tuple[pytest.Item, Settings]]) -> str | None:
    """
    Tell of two tests that would use one cassette without having said so.
    """
    users: dict[Path, pytest.Item] = {}
    for item, settings in items:
        if "cassette" in marker_keywords(item):
            continue
        path = find_path(item, settings)
        other = users.setdefault(path, item)
        if other is not item:
            return (
                f"{other.nodeid} and {item.nodeid} would both use the cassette {path}; "
                "give one of them @pytest.mark.codex(cassette=...)"
            )
    return None


def _with_suffix(name: str) -> str:
    return name if name.endswith(SUFFIX) else name + SUFFIX


def _name(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)


def _missing(plan: Plan) -> str:
    test = shlex.quote(plan.nodeid)
    return (
        f"no cassette at {plan.name}\n"
        "How to fix:\n"
        f"  * record it              pytest --codex-record-mode=once {test}\n"
        f"  * with a real model      pytest --codex-record-mode=once --codex-tier=live {test}\n"
        "  * it lies elsewhere      @pytest.mark.codex(cassette=...) or --codex-cassette-dir"
    )


def _refusal(plan: Plan, exists: bool) -> str:
    what = "rewritten" if exists else "recorded"
    return (
        f"{plan.name} was to be {what}, but the variable CI is set and recording there is refused\n"
        "How to fix:\n"
        "  * record it at home and commit the cassette\n"
        "  * it is meant so         --codex-allow-record-in-ci"
    )
