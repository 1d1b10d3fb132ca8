"""
Cassettes that no collected test uses.

A run knows that nobody uses a cassette only if it collected every test that might: so nothing
is judged where tests were left out, and of a single file only the folder of its own cassettes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex.cassettes import SUFFIX, find_path
from pytest_codex.settings import marker_keywords, resolve

from .facts import FACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MODEL_SUFFIX = ".model.yaml"
"""What follows a cassette's name in that of its recorded model."""

SENT = "codex_orphans"
"""Key under which a worker sends what it found."""

_NARROWING = {
    "keyword": "-k",
    "markexpr": "-m",
    "lf": "--lf",
    "deselect": "--deselect",
    "ignore": "--ignore",
    "ignore_glob": "--ignore-glob",
}
"""Options of pytest that leave tests out, by their names on the configuration."""


class Orphans:
    """
    The plugin behind ``--codex-orphans``; under xdist each worker looks, and one is told.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._used: set[Path] = set()
        self._folders: set[Path] = set()
        self._played: set[str] = set()
        self._left_out = _narrowed(config)
        self._found: dict[str, Any] | None = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """
        Note a file whose tests are not known.
        """
        if not report.passed:
            how = "was skipped" if report.skipped else "could not be collected"
            self._left_out = self._left_out or f"{report.nodeid} {how}"

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """
        Note that tests were left out.
        """
        if items:
            self._left_out = self._left_out or "tests were deselected"

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """
        Note which cassettes the collected tests use, and where others may lie.
        """
        if not self._left_out:
            self._used = {path for item in session.items for path in _paths(item)}
            self._folders = set(_folders(session))
            if _asked_for_all(self._config):
                self._folders |= set(_elsewhere(self._used, self._folders, self._config.rootpath))
            if not self._folders:
                self._left_out = "only a part of the tests was asked for"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Note what was played: a doctest, say, asks for its fixtures while it runs.
        """
        facts = getattr(report, FACTS, None)
        if facts is not None:
            name = facts["cassette"]
            self._played |= {name, name.removesuffix(SUFFIX) + MODEL_SUFFIX}

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """
        Look for orphans, after everything was recorded; a worker sends what it found.
        """
        if self._found is None and not _is_controller(self._config):
            root = self._config.rootpath
            names = [_name(path, root) for path in _orphans(self._folders, self._used)]
            self._found = {"left_out": self._left_out, "names": names}
        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[SENT] = self._found

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """
        Take what a worker found; all of them collected the same tests.
        """
        sent = getattr(node, "workeroutput", {}).get(SENT)
        self._found = self._found or sent

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Name the orphans, or say why nobody can tell.
        """
        found = self._found or {"left_out": "no tests were collected", "names": []}
        if found["left_out"]:
            terminalreporter.write_line(f"codex: orphans were not looked for: {found['left_out']}")
            return
        names = [name for name in found["names"] if name not in self._played]
        count = f"{len(names)} orphan{'' if len(names) == 1 else 's'}"
        what = "cassettes that no collected test uses" if names else "every cassette is used"
        terminalreporter.write_line(f"codex: {count}, {what}")
        for name in names:
            terminalreporter.write_line(f"  {name}")


def _is_controller(config: pytest.Config) -> bool:
    """
    Whether other processes run the tests, so that this one collected none.
    """
    distributed = config.getoption("dist", default="no") != "no"
    return distributed and not hasattr(config, "workerinput")


def _narrowed(config: pytest.Config) -> str:
    """
    Which argument leaves tests out; empty when none does.
    """
    for name, flag in _NARROWING.items():
        if config.getoption(name, default=None):
            return f"{flag} leaves tests out"
    single = next((arg for arg in config.args if "::" in arg), None)
    return "" if single is None else f"only {single} was asked for"


def _paths(item: pytest.Item) -> Iterator[Path]:
    """
    Every file that is a test's own: its cassette, or that of each attempt, and the models'.
    """
    if "codex_session" not in getattr(item, "fixturenames", ()):
        return
    settings = resolve(item.config, item)
    path = find_path(item, settings)
    stem = path.name.removesuffix(SUFFIX)
    stems = [stem]
    if "runs" in marker_keywords(item):
        stems = [f"{stem}.run-{number}" for number in range(1, settings.runs + 1)]
    for each in stems:
        for suffix in (SUFFIX, MODEL_SUFFIX):
            yield path.with_name(each + suffix).resolve()


def _folders(session: pytest.Session) -> Iterator[Path]:
    """
    Folders in which every cassette can be judged.
    """
    config = session.config
    asked = _asked(config)
    common = resolve(config).cassette_dir
    if common is not None:
        # Any test below the root directory may have its cassette there.
        if _asked_for_all(config):
            yield common
        return
    for module in {item.path for item in session.items}:
        directory = module.parent / "cassettes"
        if any(_holds(arg, module.parent) for arg in asked):
            yield directory
        elif module.resolve() in asked:
            yield directory / module.stem


def _elsewhere(used: Iterable[Path], known: Iterable[Path], root: Path) -> Iterator[Path]:
    """
    Folders below the root that a hook or a marker chose, and the one they have in common.
    """
    top, judged = root.resolve(), [folder.resolve() for folder in known]
    folders = {
        path.parent
        for path in used
        if top in path.parent.parents and not any(path.is_relative_to(each) for each in judged)
    }
    yield from folders
    if folders:
        common = Path(os.path.commonpath(folders))
        if common != top:
            yield common


def _asked(config: pytest.Config) -> list[Path]:
    return [Path(config.invocation_params.dir, arg).resolve() for arg in config.args]


def _asked_for_all(config: pytest.Config) -> bool:
    """
    Whether every test below the root directory was collected, or all that the project calls so.
    """
    by_default = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return by_default or any(_holds(arg, config.rootpath) for arg in _asked(config))


def _holds(directory: Path, inner: Path) -> bool:
    return inner.resolve().is_relative_to(directory)


def _orphans(folders: Iterable[Path], used: set[Path]) -> list[Path]:
    found = {
        path.resolve()
        for folder in folders
        for suffix in (SUFFIX, MODEL_SUFFIX)
        for path in folder.rglob(f"*{suffix}")
    }
    return sorted(found - used)


def _name(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)
