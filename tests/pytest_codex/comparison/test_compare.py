"""
Comparing as a whole.
"""

from __future__ import annotations

import pytest

from fake_server.transcript import Transcript
from pytest_codex.comparison import compare
from tests.pytest_codex.comparison.tales import Tale


@pytest.mark.parametrize(
    ("new", "outcome"),
    [
        (Tale("0.163.0").message("Hi"), "unchanged"),
        (Tale("0.163.0").message("Hi").said("thread/readState/changed"), "wire"),
        (Tale("0.163.0").message("Hello"), "behaviour"),
    ],
)
def test_the_outcome_is_the_highest_level(new: Tale, outcome: str) -> None:
    """
    Another version alone is no difference; behaviour outranks the wire.
    """
    comparison = compare(Tale("0.155.1").message("Hi").transcript, new.transcript)

    assert (comparison.old, comparison.new, comparison.outcome) == ("0.155.1", "0.163.0", outcome)


def test_who_does_not_say_its_version_is_no_other_one() -> None:
    """
    A session without a server has no version, and must be judged strictly.
    """
    silent = Transcript()

    assert compare(Tale("1").transcript, Tale("2").transcript).across_versions
    assert not compare(Tale("1").transcript, Tale("1").transcript).across_versions
    assert not compare(Tale("1").transcript, silent).across_versions
    assert not compare(silent, Tale("2").transcript).across_versions
