"""
Writing and merging a Codex configuration.
"""

from __future__ import annotations

import datetime as dt

import pytest

from fake_server.errors import HarnessError
from pytest_codex import toml


def test_what_is_written_can_be_read_again() -> None:
    """
    Every kind of value survives, whatever characters it holds.
    """
    config = {
        "text": 'quotes " and \\ back\nslashes, ü, 😀, \x1f',
        "yes": True,
        "number": 3,
        "part": 1.5,
        "list": ["a", 1, {"in": "line", "deep": {"er": [1]}}],
        "empty": {},
        "none": [],
        "table": {"/path/with.dots": {"trust_level": "trusted"}, "ü key": {"x": {"y": 1}}},
    }

    assert config == toml.loads(toml.dumps(config))


def test_dates_are_written_as_dates() -> None:
    """
    A date read from the user's TOML can be written back.
    """
    assert {"day": dt.date(2024, 1, 2)} == toml.loads(toml.dumps(toml.loads("day=2024-01-02")))


def test_merging_goes_table_by_table() -> None:
    """
    A table of the user adds to ours; a value replaces ours.
    """
    ours = {"features": {"plugins": False, "x": 1}, "model": "a", "table": {"a": 1}}

    toml.merge(ours, {"features": {"plugins": True}, "model": "b", "table": 3})

    assert {"features": {"plugins": True, "x": 1}, "model": "b", "table": 3} == ours


def test_broken_toml_is_an_error_that_names_the_place() -> None:
    """
    A slip in the user's configuration is told with its line.
    """
    with pytest.raises(HarnessError, match=r"not TOML.*line 2"):
        toml.loads("a = 1\nb = = 2\n")


def test_what_toml_cannot_hold_is_refused() -> None:
    """
    A value without a TOML form is an error, not a guess.
    """
    with pytest.raises(HarnessError, match="cannot hold None"):
        toml.dumps({"a": None})
