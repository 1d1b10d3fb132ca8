"""
Data that fits the schema of a structured answer, and data that does not.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel

from pytest_codex.model.schema import misfit


class Colour(Enum):
    """
    A choice.
    """

    RED = "red"
    BLUE = "blue"


class Leaf(BaseModel):
    """
    The inner model, which becomes a reference.
    """

    colour: Colour
    size: int | None = None


class Tree(BaseModel):
    """
    A schema as pydantic writes them.
    """

    name: str
    leaves: list[Leaf]
    parent: Tree | None = None


GOOD = Tree(name="oak", leaves=[Leaf(colour=Colour.RED, size=3)], parent=Tree(name="x", leaves=[]))
SCHEMA = Tree.model_json_schema()


def test_what_pydantic_writes_fits_its_schema() -> None:
    """
    A model's own data has nothing wrong with it.
    """
    assert misfit(GOOD.model_dump(mode="json"), SCHEMA) is None


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": 1}, "$.name is integer, not string"),
        ({"leaves": None}, "$.leaves is null, not array"),
        ({"leaves": [{}]}, "$.leaves[0].colour is missing"),
        ({"leaves": [{"colour": "green"}]}, "$.leaves[0].colour is 'green', not 'red' or 'blue'"),
        (
            {"leaves": [{"colour": "red", "size": "big"}]},
            "$.leaves[0].size is string, not integer; and $.leaves[0].size is string, not null",
        ),
        ({"parent": {"name": "x"}}, "$.parent.leaves is missing; and $.parent is object, not null"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(changed: dict[str, Any], told: str) -> None:
    """
    The first thing that is wrong is named with the way to it.
    """
    assert told == misfit({**GOOD.model_dump(mode="json"), **changed}, SCHEMA)


@pytest.mark.parametrize(
    ("value", "schema", "told"),
    [
        ({"a": 1}, {"additionalProperties": False}, "$.a is not in the schema"),
        ({"a": 1}, {"additionalProperties": {"type": "string"}}, "$.a is integer, not string"),
        (1.5, {"type": ["integer", "null"]}, "$ is number, not integer or null"),
        (True, {"type": "number"}, "$ is boolean, not number"),
        (2, {"const": 1}, "$ is 2, not 1"),
        (1, {"allOf": [{"type": "number"}, {"type": "string"}]}, "$ is integer, not string"),
        ([1], {"items": False}, "$[0] is not allowed"),
        (1, {"$ref": "#"}, None),
        (1.0, {"type": "integer"}, None),
        ({"x-a": 1}, {"patternProperties": {"^x-": {}}, "additionalProperties": False}, None),
        (1, {"$ref": "#/$defs/missing"}, None),
        (1, {"type": "unheard of", "minimum": 5}, None),
        (1, True, None),
        (1, "no schema", None),
    ],
)
def test_words_of_a_schema(value: Any, schema: Any, told: str | None) -> None:
    """
    The known words demand what they say; unknown ones demand nothing.
    """
    assert told == misfit(value, schema)
