"""
The published schema is the one that the models give, and every cassette keeps to it.
"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from pytest_codex.cassette_format import fault, schema

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "cassette.schema.json"


def test_the_published_schema_is_current() -> None:
    """
    ``docs/cassette.schema.json`` is generated, never edited.
    """
    expected = json.dumps(schema(), indent=2, sort_keys=True) + "\n"

    assert PUBLISHED.read_text(encoding="utf-8") == expected, (
        "write it anew: python -m pytest_codex.cassette_format > docs/cassette.schema.json"
    )


def test_every_committed_cassette_keeps_to_the_schema() -> None:
    """
    An independent validator agrees line by line.
    """
    validator = jsonschema_rs.validator_for(schema())

    for path in sorted((ROOT / "cassettes").rglob("*.codex.jsonl")):
        for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
            assert validator.is_valid(json.loads(line)), (path.name, line[:200])


@pytest.mark.parametrize(
    "line",
    [
        {"server": {"id": 1}},
        {"server": 1},
        {"workspace": {"write": {"a": {}}}},
        {"conn": 0, "server": {"method": "m"}},
        {"sever": {"method": "m"}},
    ],
)
def test_the_schema_refuses_what_is_no_line(line: object) -> None:
    """
    Each kind of nonsense is refused by the schema or, where it cannot say so, by the models.
    """
    valid = jsonschema_rs.validator_for(schema()).is_valid(line)
    assert isinstance(line, dict)
    conn = line.get("conn", 1)
    kind, body = next((k, v) for k, v in line.items() if k != "conn")

    assert not valid or fault(conn, kind, body) is not None
