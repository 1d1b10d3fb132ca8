"""
The report of a run as JUnit XML, as test dashboards read it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from pytest_codex.conformance.outcomes import Outcome

from .facts import EXPECTED, STALE, areas, masked, verdict, why

if TYPE_CHECKING:
    from pytest_codex.conformance.outcomes import Result
    from pytest_codex.conformance.runs import Run

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {
    Outcome.FAILED.value: "failure",
    STALE: "failure",
    Outcome.ERROR.value: "error",
    Outcome.SKIPPED.value: "skipped",
    EXPECTED: "skipped",
}


def render(run: Run) -> str:
    """
    The report as a file's text: a suite for each area.
    """
    run = masked(run)
    root = ET.Element("testsuites", _totals(run, list(run.by_check.values())))
    root.set("name", f"codex {run.side} conformance")
    root.set("time", f"{run.seconds:.3f}")
    for name, results in areas(run):
        suite = ET.SubElement(root, "testsuite", {"name": name, **_totals(run, results)})
        suite.set("time", f"{sum(result.seconds for result in results):.3f}")
        if run.version:
            properties = ET.SubElement(suite, "properties")
            ET.SubElement(properties, "property", name="codex", value=run.version)
        for result in results:
            _case(run, result, suite)
    ET.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(root, encoding='unicode')}\n"


def _totals(run: Run, results: list[Result]) -> dict[str, str]:
    kinds = [_ELEMENTS.get(verdict(run, result)) for result in results]
    return {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
    }


def _case(run: Run, result: Result, suite: ET.Element) -> None:
    check = run.check_of(result.check)
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"conformance.{check.area}",
        name=check.id,
        time=f"{result.seconds:.3f}",
    )
    said = verdict(run, result)
    text = why(run, result)
    kind = _ELEMENTS.get(said)
    if kind is not None:
        head = f"{said}: {text}" if said in (EXPECTED, STALE) else text
        element = ET.SubElement(case, kind, message=_clean(head))
        if kind != "skipped":
            element.text = _clean(f"{check.title}\n{text}\nsee {check.reference}")
    elif text:
        ET.SubElement(case, "system-out").text = _clean(f"{said}: {text}")
    if result.wire and kind != "skipped":
        ET.SubElement(case, "system-out").text = _clean("\n".join(result.wire))
    if result.stderr and kind != "skipped":
        ET.SubElement(case, "system-err").text = _clean("\n".join(result.stderr))


def _clean(text: str) -> str:
    """
    What XML can hold; other characters become their number.
    """
    return _NOT_XML.sub(lambda found: f"#x{ord(found[0]):02X}", text)
