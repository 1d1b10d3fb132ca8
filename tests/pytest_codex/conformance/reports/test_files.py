"""
Reports that are files: JSON, JUnit XML, the page, the badge.
"""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pytest_codex.conformance.outcomes import Outcome
from pytest_codex.conformance.reports import FORMATS, write
from pytest_codex.conformance.runs import Run
from pytest_codex.errors import HarnessError
from tests.pytest_codex.conformance.telling import AREAS, GOOD, run
from tests.pytest_codex.viewer.reading import Page


def junit(told: Run) -> tuple[ET.Element, dict[str, ET.Element]]:
    """
    The root of the XML, and its test cases by name.
    """
    root = ET.fromstring(FORMATS["junit"](told))
    return root, {case.attrib["name"]: case for case in root.iter("testcase")}


def kinds(case: ET.Element) -> list[str]:
    """
    What a test case holds, output aside.
    """
    return [child.tag for child in case if not child.tag.startswith("system-")]


def test_json_has_everything() -> None:
    """
    Programs find each check with its outcome, and what it all amounts to.
    """
    told = json.loads(FORMATS["json"](run()))

    assert 1 == told["codex_conformance"]
    assert ("server", "my-codex app-server", "0.163.0", "0.163.0", False) == tuple(
        told[key] for key in ("side", "target", "version", "schema", "ok")
    )
    assert {o.value: sum(1 for one in AREAS.values() if one is o) for o in Outcome} == told[
        "counts"
    ]
    assert ["gating/mended"] == told["stale"]
    assert list(AREAS) == [one["id"] for one in told["checks"]]
    steer = told["checks"][1]
    assert {
        "id": "turns/steer",
        "title": "The title of turns/steer & more.",
        "reference": "protocol-facts: turns/steer",
        "outcome": "failed",
        "verdict": "failed",
        "text": "expected <b>3</b> & got 'two'",
        "expected": None,
        "seconds": 0.25,
        "wire": ['1> {"id":1,"method":"<m>"}'],
        "stderr": ["panicked"],
    } == steer
    assert {
        "kind": "client requests",
        "total": 4,
        "covered": ["a/b", "a/c"],
        "unreachable": {"a/d": "needs an <account>"},
        "missing": ["a/e"],
    } == told["coverage"][0]


def test_junit_tells_each_outcome_in_its_own_way() -> None:
    """
    Failures, errors and skipped checks are what dashboards know; a warning has passed.
    """
    _, cases = junit(run())

    assert {
        "turns/base": [],
        "turns/steer": ["failure"],
        "turns/known": ["skipped"],
        "limits/input": [],
        "limits/flood": ["error"],
        "gating/absent": ["skipped"],
        "gating/mended": ["failure"],
    } == {name: kinds(case) for name, case in cases.items()}
    assert "warning: answers late" == cases["limits/input"].findtext("system-out")
    assert "panicked" == cases["turns/steer"].findtext("system-err")
    known = cases["turns/known"].find("skipped")
    assert known is not None
    assert "a fact <about> it" in known.attrib["message"]


def test_junit_counts_what_it_holds() -> None:
    """
    The totals are those of the cases, as a whole and by area.
    """
    root, _ = junit(run())

    for element in (root, *root.iter("testsuite")):
        for attribute, tag in (
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert int(element.attrib[attribute]) == len(list(element.iter(tag)))
        assert int(element.attrib["tests"]) == len(list(element.iter("testcase")))


def test_junit_is_xml_whatever_a_server_says() -> None:
    """
    Characters that XML cannot hold are told by their number.
    """
    _, cases = junit(run())
    error = cases["limits/flood"].find("error")

    assert error is not None
    assert "no pipes #x1B[31m left" in error.attrib["message"]


def test_the_page_shows_every_check() -> None:
    """
    All checks are on it, with what they found; those that went wrong are open.
    """
    page = Page(FORMATS["html"](run()))

    for name in AREAS:
        assert name in page.text
    assert "expected <b>3</b> & got 'two'" in page.text
    assert "a fact <about> it" in page.text
    assert "needs an <account>" in page.text
    opened = [tag for tag, attributes in page.tags if tag == "details" and "open" in attributes]
    assert 3 == len(opened)


def test_the_page_loads_nothing_and_lets_nothing_in() -> None:
    """
    It works from disk without a network, and what servers say is text.
    """
    page = Page(FORMATS["html"](run()))

    assert [] == page.references
    assert "b" not in [tag for tag, attributes in page.tags if not attributes]


@pytest.mark.parametrize(
    ("outcomes", "said", "colour"),
    [
        (GOOD, "2/2", "brightgreen"),
        ({**GOOD, "turns/known": Outcome.FAILED}, "2/3", "yellow"),
        ({**GOOD, "turns/steer": Outcome.FAILED}, "2/3", "red"),
        ({**GOOD, "gating/absent": Outcome.SKIPPED}, "2/2", "brightgreen"),
        ({**GOOD, "gating/mended": Outcome.PASSED}, "3/3", "red"),
    ],
)
def test_the_badge(outcomes: dict[str, Outcome], said: str, colour: str) -> None:
    """
    The badge counts what had something to say, and is green only when nothing is wrong.
    """
    told = run(outcomes)
    endpoint = json.loads(FORMATS["badge-endpoint"](told))
    picture = ET.fromstring(FORMATS["badge"](told))

    assert {
        "schemaVersion": 1,
        "label": "codex conformance",
        "message": said,
        "color": colour,
        "isError": colour == "red",
    } == endpoint
    texts = [element.text for element in picture if element.tag.endswith("title")]
    assert [f"codex conformance: {said}"] == texts


def test_the_badge_is_wide_enough() -> None:
    """
    More digits need more room.
    """
    narrow, wide = (
        float(ET.fromstring(FORMATS["badge"](run(outcomes))).attrib["width"])
        for outcomes in (GOOD, {f"turns/{n}": Outcome.PASSED for n in range(10)})
    )

    assert narrow < wide


def test_files_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    """
    Each report goes to its file, in a directory that is made.
    """
    files = {name: tmp_path / "out" / f"report.{name}" for name in FORMATS}

    write(run(GOOD), files)

    for name, file in files.items():
        assert FORMATS[name](run(GOOD)) == file.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """
    The message names the option and the file.
    """
    with pytest.raises(HarnessError, match=r"--json: .* cannot be written"):
        write(run(GOOD), {"json": tmp_path})
