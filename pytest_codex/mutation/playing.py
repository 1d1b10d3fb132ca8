"""
One run of a test suite on cassettes that may lie: a plugin of the process that `running` starts.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_codex.cassettes import STAND_INS
from pytest_codex.fixtures import SESSION
from pytest_codex.mutation.running import ORDER

if TYPE_CHECKING:
    from collections.abc import Generator


class Round:
    """
    Lets tests play lies, and notes what became of each test that plays one.

    Args:
        order: The file that told what to do; what was seen is written beside it.
        stand_ins: What to play instead, by the path of the real cassette.
    """

    def __init__(self, order: Path, stand_ins: dict[Path, Path]) -> None:
        self._order = order
        self._stand_ins = stand_ins
        self._real = {fake: real for real, fake in stand_ins.items()}
        self.played: dict[str, str] = {}
        self.failed: list[str] = []

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """
        Leave out tests whose cassette tells the truth, except in the first round.
        """
        if not self._stand_ins:
            return
        from pytest_codex.cassettes import find_path
        from pytest_codex.settings import resolve

        chosen = [
            item for item in items if find_path(item, resolve(config, item)) in self._stand_ins
        ]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """
        Note which cassette was played, and whether every phase passed.
        """
        report = yield
        session = item.stash.get(SESSION, None)
        if session is not None and session.tier == "replay":
            path = session.cassette
            self.played[item.nodeid] = str(self._real.get(path, path))
        if report.failed:
            self.failed.append(item.nodeid)
        return report

    def pytest_sessionfinish(self) -> None:
        """
        Write down what was seen.
        """
        told = {"played": self.played, "failed": sorted(set(self.failed))}
        self._order.with_suffix(".told").write_text(json.dumps(told), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """
    Read the order of this run.
    """
    order = Path(os.environ[ORDER])
    stand_ins = json.loads(order.read_text(encoding="utf-8"))["stand_ins"]
    paths = {Path(real): Path(fake) for real, fake in stand_ins.items()}
    config.stash[STAND_INS] = paths
    config.pluginmanager.register(Round(order, paths), "codex_harness_mutation")
