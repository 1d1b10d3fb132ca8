"""
What a test asks for: options, marker, environment and ini file, in that order.

The table below is the only place where an option is named. Every flag, dest, ini key and
environment variable carries the prefix, because pytest refuses two plugins that claim one name.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

TIERS = ("replay", "scripted", "live")
"""Who stands behind the client: a cassette, the real agent with a scripted model, or all real."""

RECORD_MODES = ("none", "once", "rewrite", "verify")
"""Never record; record when missing; record anew; run for real and compare."""

TRANSPORTS = ("memory", "stdio")
"""Where the replay runs: inside the test's process, or in a process of its own."""

APPROVALS = ("declared", "any", "forbid")
"""Whether the client's answers must be the recorded ones, may be any, or may not be asked for."""

EFFECTS = ("workspace", "anywhere")
"""Whether a replay may write outside the workspace and the temporary directories."""

SANDBOXES = ("read-only", "workspace-write", "workspace-write+network", "danger-full-access")
"""The widest sandbox that may be in force, from narrow to wide; the network is closed in two."""

ARTIFACTS = ".codex-artifacts"
"""Default folder of what failed tests leave behind, below the root directory."""


@dataclass(frozen=True, slots=True)
class Option:
    """
    One option in all the places it can be given.

    Attributes:
        name: Bare name; the prefix is added for each place.
        help: One line for ``pytest --help`` and ``pytest.ini``.
        choices: The allowed values; empty for free text.
        flag: Whether it is a switch without a value.
        path: Whether it names a place on disk, relative to where it was given.
        marker: Whether ``@pytest.mark.codex`` takes it, too.
    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    flag: bool = False
    path: bool = False
    marker: bool = False

    @property
    def cli(self) -> str:
        return "--codex-" + self.name.replace("_", "-")

    @property
    def ini(self) -> str:
        return "codex_" + self.name

    @property
    def env(self) -> str:
        return "PYTEST_CODEX_" + self.name.upper()


OPTIONS = (
    Option("tier", "who stands behind the client (default: replay)", TIERS, marker=True),
    Option("record_mode", "what becomes of the cassette (default: none)", RECORD_MODES),
    Option("transport", "where a replay runs (default: memory)", TRANSPORTS, marker=True),
    Option("bin", "the codex binary to run and record", path=True),
    Option("timeout", "seconds without a message before a wait is a stall", marker=True),
    Option("cassette_dir", "where cassettes lie (default: cassettes/ beside the tests)", path=True),
    Option("artifacts", f"where tapes of failed tests go (default: {ARTIFACTS})", path=True),
    Option("orphans", "tell of cassettes that no collected test uses", flag=True),
    Option("strict", "fail a replay whose cassette is older than the installed Codex", flag=True),
    Option("html", "write a page about the run's sessions to this file", path=True),
    Option("allow_record_in_ci", "record although the variable CI is set", flag=True),
)

BUDGETS = ("max_turns", "max_commands", "max_tokens")
"""What a session may not use more of."""

MARKER_ONLY = (
    *("cassette", "match_on", "ignore", "scrub", "approvals", "optional", "effects"),
    *("allow", "deny", "sandbox"),
    *BUDGETS,
    *("runs", "pass_rate"),
)
"""Marker keywords that make no sense for a whole run."""

MARKER_KEYWORDS = (*MARKER_ONLY, *(option.name for option in OPTIONS if option.marker))

MARKER_HELP = (
    f"codex({', '.join(f'{name}=...' for name in MARKER_KEYWORDS)}): "
    "attach a Codex session to the test; every client it builds is served by it."
)


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What holds for one test, all places merged.
    """

    tier: str = "replay"
    record_mode: str = "none"
    transport: str = "memory"
    bin: Path | None = None
    timeout: float | None = None
    cassette_dir: Path | None = None
    artifacts: Path = Path(ARTIFACTS)
    orphans: bool = False
    strict: bool = False
    html: Path | None = None
    allow_record_in_ci: bool = False
    cassette: str | None = None
    match_on: tuple[str, ...] = ("method", "params")
    ignore: tuple[str, ...] = ()
    scrub: tuple[tuple[str, str], ...] = ()
    approvals: str = "declared"
    optional: tuple[str, ...] = ()
    effects: str = "workspace"
    max_turns: int | None = None
    max_commands: int | None = None
    max_tokens: int | None = None
    runs: int = 1
    pass_rate: float = 1.0
    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()
    sandbox: str | None = None


def add_options(parser: pytest.Parser) -> None:
    """
    Declare the table to pytest.
    """
    group = parser.getgroup("codex", "Codex sessions")
    for option in OPTIONS:
        how: dict[str, Any] = {"dest": option.ini, "default": None, "help": option.help}
        if option.flag:
            how["action"] = "store_true"
        elif option.choices:
            how["choices"] = option.choices
        group.addoption(option.cli, **how)
        parser.addini(option.ini, option.help, default="")


def resolve(config: pytest.Config, item: pytest.Item | None = None) -> Settings:
    """
    Merge all places for one test, or for the run when no test is given.

    Raises:
        pytest.UsageError: A value somewhere is not one of those allowed.
    """
    marker = {} if item is None else marker_keywords(item)
    values: dict[str, Any] = {name: value for name, value in marker.items() if name in MARKER_ONLY}
    values["artifacts"] = config.rootpath / ARTIFACTS
    for option in OPTIONS:
        found = _find(option, config, marker)
        if found is not None:
            values[option.name] = _convert(option, *found)
    return Settings(**values)


def _find(
    option: Option, config: pytest.Config, marker: Mapping[str, Any]
) -> tuple[object, str, Path] | None:
    """
    The value that wins, where it came from in words, and what a relative path starts from.
    """
    given = config.getoption(option.ini, default=None)
    if given is not None:
        return given, option.cli, config.invocation_params.dir
    if option.marker and option.name in marker:
        return marker[option.name], f"@pytest.mark.codex({option.name}=...)", config.rootpath
    for value, place in (
        (os.environ.get(option.env, ""), option.env),
        (config.getini(option.ini), f"ini key {option.ini}"),
    ):
        if value != "":
            return value, place, config.rootpath
    return None


def _convert(option: Option, value: object, place: str, start: Path) -> object:
    if option.flag:
        return _truth(value, place)
    if option.choices:
        return _choice(value, option.choices, place)
    if option.name == "timeout":
        return _seconds(value, place)
    return start / os.path.expanduser(str(value)) if option.path else value


def _truth(value: object, place: str) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise pytest.UsageError(f"{place}: {value!r} is neither true nor false")


def _choice(value: object, choices: tuple[str, ...], place: str) -> str:
    if value not in choices:
        raise pytest.UsageError(f"{place}: {value!r} is not one of {', '.join(choices)}")
    return str(value)


def _seconds(value: object, place: str) -> float:
    try:
        seconds = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise pytest.UsageError(f"{place}: {value!r} is not a positive number of seconds")
    return seconds


def _count(value: object, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise pytest.UsageError(f"{place}: {value!r} is not a whole number above 0")
    return value


def _share(value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise pytest.UsageError(f"{place}: {value!r} is not a share above 0 and up to 1")
    return float(value)


def marker_keywords(item: pytest.Item) -> dict[str, Any]:
    """
    The keywords of the item's ``codex`` markers, the closest one winning.

    Raises:
        pytest.UsageError: A keyword is unknown or its value is not allowed.
    """
    merged: dict[str, Any] = {}
    for mark in item.iter_markers("codex"):
        where = f"{item.nodeid}: @pytest.mark.codex"
        if mark.args:
            raise pytest.UsageError(f"{where} takes keywords only: {', '.join(MARKER_KEYWORDS)}")
        for name, value in mark.kwargs.items():
            if name not in MARKER_KEYWORDS:
                raise pytest.UsageError(
                    f"{where} does not know {name!r}; it knows: {', '.join(MARKER_KEYWORDS)}"
                )
            merged.setdefault(name, _marker_value(name, value, f"{where}({name}=...)"))
    if "pass_rate" in merged and "runs" not in merged:
        raise pytest.UsageError(
            f"{item.nodeid}: @pytest.mark.codex(pass_rate=...) is a share of runs; "
            "say how many: runs=5"
        )
    return merged


def _marker_value(name: str, value: Any, place: str) -> Any:
    if name in ("match_on", "ignore", "optional"):
        words = (value,) if isinstance(value, str) else value
        if not isinstance(words, (list, tuple)) or not all(isinstance(w, str) for w in words):
            raise pytest.UsageError(f"{place}: {value!r} is not a string or a list of strings")
        return tuple(words)
    if name == "scrub":
        return _rules(value, place)
    if name in ("allow", "deny"):
        return _globs(value, place, outside=name == "allow")
    if name == "approvals":
        return _choice(value, APPROVALS, place)
    if name == "sandbox":
        return _choice(value, SANDBOXES, place)
    if name == "effects":
        return _choice(value, EFFECTS, place)
    if name in BUDGETS or name == "runs":
        return _count(value, place)
    if name == "pass_rate":
        return _share(value, place)
    if name == "cassette":
        if not isinstance(value, (str, os.PathLike)) or not os.fspath(value):
            raise pytest.UsageError(f"{place}: {value!r} is not a file name")
        return os.fspath(value)
    option = next(option for option in OPTIONS if option.name == name)
    return _convert(option, value, place, Path())


def _globs(value: Any, place: str, *, outside: bool) -> tuple[str, ...]:
    globs = (value,) if isinstance(value, str) else value
    if not isinstance(globs, (list, tuple)) or not all(isinstance(glob, str) for glob in globs):
        raise pytest.UsageError(f"{place}: {value!r} is not a pattern or a list of patterns")
    from pytest_codex.globs import fault, fault_outside

    for glob in globs:
        wrong = fault_outside(glob) if outside else fault(glob)
        if wrong:
            raise pytest.UsageError(f"{place}: the pattern {glob!r} {wrong}")
    return tuple(globs)


def _rules(value: Any, place: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, (list, tuple)):
        raise pytest.UsageError(
            f'{place}: {value!r} is not a list of pairs, such as [(r"[0-9.]+ s", "N s")]'
        )
    from pytest_codex.substitutions import fault

    for rule in value:
        wrong = fault(rule)
        if wrong:
            raise pytest.UsageError(f"{place}: {wrong}")
    return tuple((expression, replacement) for expression, replacement in value)


def in_ci(environ: Mapping[str, str] = os.environ) -> bool:
    """
    Whether this run says it is a continuous-integration run.
    """
    return environ.get("CI", "").strip().lower() not in ("", "0", "false", "no", "off")
