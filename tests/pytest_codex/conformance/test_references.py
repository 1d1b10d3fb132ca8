"""
Where each check says that what it holds is written down.
"""

from __future__ import annotations

import re
from pathlib import Path

from pytest_codex.conformance import schemas
from pytest_codex.conformance.command import suite
from pytest_codex.conformance.outcomes import Outcome, Result

FACTS = Path(__file__).parents[3] / "docs" / "protocol-facts.md"
CHECKS = [*suite(), schemas.as_check(Result(schemas.ALL_VALID, Outcome.PASSED))]


def test_every_check_refers_to_a_heading_that_exists() -> None:
    """
    A failure must lead to the fact it is about.
    """
    headings = re.findall(r"^#+ (.+)$", FACTS.read_text(encoding="utf-8"), re.MULTILINE)
    known = {f"protocol-facts: {heading}" for heading in headings}

    assert sorted({check.reference for check in CHECKS} - known) == []


def test_ids_are_area_and_name() -> None:
    """
    Ids are file names of recordings and words of the command line.
    """
    assert [one.id for one in CHECKS if not re.fullmatch(r"[a-z-]+/[a-z0-9-]+", one.id)] == []
