"""
The page about the official Python SDK is true of the installed version, and whole.
"""

from __future__ import annotations

import re
import shlex
import sys
from functools import lru_cache
from pathlib import Path

import pytest

from pytest_codex import sdk
from pytest_codex.conformance.clients.client import ClientTarget
from pytest_codex.conformance.clients.command import choose, suite
from pytest_codex.conformance.clients.judging import ClientJudge
from pytest_codex.conformance.expectations import expected_for, load
from pytest_codex.versions import is_older

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "client-conformance-results.md"
DEVIATIONS = ROOT / "tools" / "python_sdk_deviations.txt"
DRIVER = shlex.join([sys.executable, "-m", "pytest_codex.conformance.clients.python_sdk"])
DEADLINE, HANGING = 120.0, 10.0
CHECKS = {check.id: check for check in suite()}


@lru_cache(maxsize=1)
def table() -> tuple[list[str], dict[str, list[str]]]:
    """
    The versions of the page, and what it says of each check.
    """
    text = PAGE.read_text(encoding="utf-8").partition("## Every check")[2]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")]
            for line in text.splitlines() if line.startswith("|")]  # fmt: skip
    return rows[0][1:], {name.strip("` "): cells for name, *cells in rows[2:]}


def versions_of(title: str) -> list[str]:
    """
    The first and the last version of a column.
    """
    first, _, last = title.partition(" to ")
    return [first, last or first]


def column_of_the_installed() -> int | None:
    """
    The column that tells of the installed version, None if none does.
    """
    for column, title in enumerate(table()[0]):
        first, last = versions_of(title)
        if not is_older(sdk.version(), first) and not is_older(last, sdk.version()):
            return column
    return None


def to_be_tried() -> list[tuple[str, str]]:
    """
    All that the page says did not pass, and one check of every area that did, each with its end.
    """
    column = column_of_the_installed()
    if column is None:
        return []
    told = {name: table()[1][name][column] for name in CHECKS}
    passed: dict[str, str] = {}
    for name, check in CHECKS.items():
        if told[name] == "passed":
            passed.setdefault(check.area, name)
    return [
        (name, outcome)
        for name, outcome in told.items()
        if outcome != "passed" or name in passed.values()
    ]


def test_the_page_has_every_check() -> None:
    """
    `make client-conformance` was run after the last check was written.
    """
    assert list(CHECKS) == list(table()[1])


def test_every_failure_has_its_reason() -> None:
    """
    A fact for each check that fails, and none for one that does not.
    """
    versions, rows = table()
    known = load(DEVIATIONS, CHECKS.keys())
    for column, title in enumerate(versions):
        failed = {name for name, one in rows.items() if one[column] == "failed"}
        for version in versions_of(title):
            assert set(expected_for(known, version, CHECKS.keys())) == failed


def test_the_counts_are_those_of_the_table() -> None:
    """
    The summary adds up.
    """
    versions, rows = table()
    text = PAGE.read_text(encoding="utf-8")
    for outcome in ("passed", "failed", "warning", "skipped"):
        line = re.search(rf"^\| {outcome} \| (.*) \|$", text, re.MULTILINE)
        assert line is not None
        counts = [sum(one[i] == outcome for one in rows.values()) for i in range(len(versions))]
        assert counts == [int(one) for one in line[1].split(" | ")]


@pytest.mark.parametrize(("name", "told"), to_be_tried())
def test_the_page_is_true_of_the_installed_sdk(
    name: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What it says is what happens.
    """
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    reason = expected_for(load(DEVIATIONS, CHECKS.keys()), sdk.version(), {name}).get(name, "")
    deadline = HANGING if reason.startswith("hangs") else DEADLINE
    result = ClientJudge(ClientTarget(DRIVER, deadline), choose(None, None))(CHECKS[name])

    assert told == result.outcome.value, result.text
    hung = "did not end within" in result.text
    assert hung == reason.startswith("hangs"), result.text
