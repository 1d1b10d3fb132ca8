"""
The page of results of all versions says what is so.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from pytest_codex.conformance import schemas, server_checks
from pytest_codex.conformance.expectations import KNOWN_DEVIATIONS, expected_for, load
from tools.conformance import FAKE, PAGE, VERSIONS, page

WORDS = {"passed", "absent", "live"}
ROW = re.compile(r"^\| `(?P<check>[^`]+)`(?:<br>(?P<title>.*?))? \| (?P<cells>.*) \|$")
NOTE = re.compile(r"^(\d+)\. (.*)$")

server_checks.load()


@cache
def text() -> list[str]:
    """
    The lines of the page.
    """
    return PAGE.read_text(encoding="utf-8").splitlines()


@cache
def rows() -> dict[str, tuple[str, list[str]]]:
    """
    Titles and cells by check.
    """
    found = (ROW.match(line) for line in text())
    return {row["check"]: (row["title"], row["cells"].split(" | ")) for row in found if row}


def test_it_lists_the_checks_there_are() -> None:
    """
    The page has a row for each check of the suite, with its title, and no other.
    """
    told = {name: title for name, (title, _) in rows().items() if not name.startswith("schema/")}
    there = {check.id: check.title.replace("|", "\\|") for check in server_checks.SUITE}

    assert there == told


@pytest.mark.parametrize("version", VERSIONS)
def test_what_deviates_is_what_is_known(version: str) -> None:
    """
    The checks with a note in a version's column are those of the file of known deviations.
    """
    known = schemas.names(schemas.choose(None, None, None)) | set(rows())
    facts = expected_for(load(KNOWN_DEVIATIONS, known), version, set(rows()))
    notes = {note[1]: note[2] for note in map(NOTE.match, text()) if note}
    column = VERSIONS.index(version)
    told = {
        name: notes[cells[column].strip("[]")]
        for name, (_, cells) in rows().items()
        if cells[column].startswith("[")
    }

    assert {name: fact for name, fact in facts.items() if name in told} == told
    passed = {name for name in facts if rows()[name][1][column] == "passed"}
    assert set() == passed


def test_nothing_else_is_wrong() -> None:
    """
    Every cell is a result that needs no explanation, or has its note.
    """
    wrong = {
        (name, cell)
        for name, (_, cells) in rows().items()
        for cell in cells
        if cell not in WORDS and not re.fullmatch(r"\[\d+\]", cell)
    }

    assert set() == wrong


def test_only_the_fake_lacks_what_is_live() -> None:
    """
    What a recording cannot show is shown by each real version.
    """
    columns = (*VERSIONS, FAKE)
    live = {
        columns[number]
        for _, cells in rows().values()
        for number, cell in enumerate(cells)
        if cell == "live"
    }

    assert {FAKE} == live


def test_the_page_depends_on_nothing_else() -> None:
    """
    From the same results the same page is made, whatever time and place are.
    """
    first, second = (list(page(_runs(seconds))) for seconds in (1.0, 99.0))

    assert first == second
    assert any("1. a fact" in line for line in first)
    assert not any("THE LAST WORDS" in line or "THE TEXT" in line for line in first)


def _runs(seconds: float) -> dict[str, Any]:
    check = next(iter(server_checks.SUITE)).id
    result = {
        "id": check,
        "verdict": "expected failure",
        "expected": "a fact",
        "text": "THE TEXT",
        "stderr": ["THE LAST WORDS"],
        "seconds": seconds,
    }
    return {
        subject: {"version": subject, "seconds": seconds, "checks": [result], "coverage": []}
        for subject in (*VERSIONS, FAKE)
    }
