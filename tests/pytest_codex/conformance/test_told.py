"""
What a server does not tell is its own fault.
"""

from __future__ import annotations

import json

import pytest

from pytest_codex.conformance.outcomes import ConformanceError
from pytest_codex.conformance.told import parse


def test_a_missing_member_is_told_with_what_is_there() -> None:
    """
    A check that reads what is not there fails with the name and the object, however deep.
    """
    message = parse('{"result": {"thread": {"id": "a"}}}')

    with pytest.raises(ConformanceError, match=r"does not tell 'name' in \{\"id\": \"a\"\}"):
        message["result"]["thread"]["name"]


def test_a_long_object_is_shown_in_part() -> None:
    """
    The beginning of a long object is enough.
    """
    message = parse(json.dumps({"text": "x" * 1000}))

    with pytest.raises(ConformanceError) as failure:
        message["id"]

    assert len(str(failure.value)) < 300


def test_objects_are_ordinary_otherwise() -> None:
    """
    Objects compare, are written and asked with ``get`` like any other.
    """
    message = parse('{"a": [{"b": null}]}')

    assert message == {"a": [{"b": None}]}
    assert json.dumps(message) == '{"a": [{"b": null}]}'
    assert message.get("c") is None


def test_what_is_no_json_is_refused() -> None:
    """
    A line that is no JSON is a ``ValueError``.
    """
    with pytest.raises(ValueError):
        parse("{")
