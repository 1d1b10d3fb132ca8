"""
Collects the sessions of a run, workers' ones included, and writes the page.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_server.redaction import Redactor
from pytest_codex.report.facts import FACTS, FAILURE, PAGE

from .gathering import clipped
from .page import BAD, render

if TYPE_CHECKING:
    import pytest

LIMIT = 20_000_000
"""Characters of stories after which those of passed tests are left out."""


class Viewer:
    """
    The plugin behind ``--codex-html``, in the process that writes the report.

    Args:
        file: Where to write the page.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._rows: dict[str, dict[str, Any]] = {}
        self._size = 0
        self._redactor = Redactor.for_environment(os.environ)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Note the phase of a test.
        """
        row = self._rows.setdefault(
            report.nodeid,
            {"name": report.nodeid, "outcome": "passed", "seconds": 0.0, "failures": []},
        )
        row["seconds"] += report.duration
        outcome = str(report.outcome)
        if outcome == "rerun":
            row["reruns"] = row.get("reruns", 0) + 1
            return
        if report.failed:
            row["outcome"] = "failed" if report.when == "call" else "error"
            said = getattr(report, FAILURE, None)
            if said is None:
                said = clipped(self._redactor.text(report.longreprtext))
            row["failures"].append((str(report.when), said))
        elif hasattr(report, "wasxfail"):
            row["outcome"] = "xfailed" if report.skipped else "xpassed"
        elif report.skipped:
            row["outcome"] = "skipped"
        facts = getattr(report, FACTS, None)
        if facts is not None:
            row.update({key: facts[key] for key in ("tier", "cassette", "messages")})
            self._take(row, getattr(report, PAGE, None))

    def _take(self, row: dict[str, Any], page: dict[str, Any] | None) -> None:
        """
        Keep a session's story, while there is room or where its test failed.
        """
        if page is None:
            return
        size = page.pop("size")
        if row["outcome"] not in BAD and self._size + size > LIMIT:
            row["left_out"] = f"The story is left out: the page has {LIMIT:,} characters already."
            return
        self._size += size
        row["page"] = page

    def pytest_sessionfinish(self) -> None:
        """
        Write the page.
        """
        rows = [row for row in self._rows.values() if "tier" in row or row["outcome"] in BAD]
        for row in rows:
            again = row.get("reruns")
            row["left_out"] = f"rerun {again} times" if again else row.get("left_out", "")
        others = len(self._rows) - len(rows)
        notes = [f"{others} other tests had no session"] if others else []
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(render(rows, "Codex sessions", notes), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Say where it is.
        """
        terminalreporter.write_line(f"codex: the page is {self._file}")
