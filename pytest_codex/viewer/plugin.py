"""
Collects the sessions of a run, workers' ones included, and writes the page.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from fake_server.redaction import Redactor
from pytest_codex.report.facts import ATTEMPTS, FACTS, FAILURE, PAGE

from .gathering import clipped
from .page import BAD, RERUN, render

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 20_000_000
"""Characters of stories after which those of passed tests are left out."""


class Viewer:
    """
    The plugin behind ``--codex-html``, in the process that writes the report.

    Args:
        file: Where to write the page.

    Raises:
        pytest.UsageError: It cannot be written there; that is known before the tests run.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("ab"):
                pass
        except OSError as error:
            raise pytest.UsageError(
                f"--codex-html: the page cannot be written to {file}: {error.strerror}"
            ) from None
        self._rows: dict[str, dict[str, Any]] = {}
        self._size = 0
        self._redactor = Redactor.for_environment(os.environ)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Note the phase of a test.
        """
        row = self._row(report)
        row["seconds"] += report.duration
        again = str(report.outcome) == RERUN
        if report.failed or again:
            failed = "failed" if report.when == "call" else "error"
            row["outcome"] = RERUN if again else failed
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
        if hasattr(report, ATTEMPTS):
            row["attempts"] = getattr(report, ATTEMPTS)
            for attempt in row["attempts"]:
                self._take(attempt, attempt.pop("page"))
        elif facts is not None:
            self._take(row, getattr(report, PAGE, None))

    def _row(self, report: pytest.TestReport) -> dict[str, Any]:
        """
        What is known of a test; when it begins once more, that was one attempt.
        """
        row = self._rows.get(report.nodeid)
        if row is None:
            row = {"name": report.nodeid, "seconds": 0.0, "attempts": [], **_nothing()}
            self._rows[report.nodeid] = row
        elif report.when == "setup":
            row["attempts"].append({key: row[key] for key in _nothing()})
            row.update(_nothing(), again=True)
        return row

    def _take(self, shown: dict[str, Any], page: dict[str, Any] | None) -> None:
        """
        Keep a session's story, while there is room or where its test failed.
        """
        if page is None:
            return
        size = page.pop("size")
        if shown["outcome"] not in (*BAD, RERUN) and self._size + size > LIMIT:
            left_out = f"The story is left out: the page has {LIMIT:,} characters already."
            shown["left_out"] = left_out
            return
        self._size += size
        shown["page"] = page

    def pytest_sessionfinish(self) -> None:
        """
        Write the page.
        """
        rows = [row for row in self._rows.values() if "tier" in row or row["outcome"] in BAD]
        for row in rows:
            if row.get("again"):  # the last attempt is one of them
                row["attempts"].append({key: row[key] for key in _nothing()})
                row.update(_nothing(), outcome=row["outcome"])
        others = len(self._rows) - len(rows)
        notes = [f"{others} other tests had no session"] if others else []
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(render(rows, "Codex sessions", notes), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Say where it is.
        """
        terminalreporter.write_line(f"codex: the page is {self._file}")


def _nothing() -> dict[str, Any]:
    """
    What is told of an attempt before it begins.
    """
    return {"outcome": "passed", "failures": [], "page": None, "left_out": ""}
