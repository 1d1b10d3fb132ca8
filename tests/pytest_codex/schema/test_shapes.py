"""
One form for everything that says the same.
"""

from __future__ import annotations

from typing import Any

import pytest

from fake_server.errors import HarnessError
from pytest_codex.schema import Bundle
from pytest_codex.schema.shapes import fits, merged, shape_of, tag_of

PLAN = {"type": "object", "properties": {"type": {"enum": ["plan"]}}, "required": ["type"]}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"], "enum": ["a", "b", None]},
        {"oneOf": [{"enum": ["a"]}, {"enum": ["b"]}, {"enum": [None]}]},
        {"anyOf": [{"enum": ["a", "b"]}, {"oneOf": [{"enum": [None, "b"]}]}]},
        {"allOf": [{"enum": ["a", "b", None]}], "default": "a"},
    ],
)
def test_lists_in_every_way(schema: Any) -> None:
    """
    A list of values is the same list however it is written.
    """
    assert ["a", "b", None] == shape_of(schema).values


def test_a_union_of_everything() -> None:
    """
    Alternatives are sorted into what they are.
    """
    shape = shape_of(
        {
            "anyOf": [
                {"type": ["integer", "null"], "minimum": 3},
                {"type": "array", "items": {"type": "string"}},
                {"$ref": "#/definitions/A"},
                PLAN,
                {"type": "object"},
            ]
        }
    )

    assert {"integer": {"minimum": 3}, "null": {}} == shape.scalars
    assert [{"type": "string"}] == shape.arrays
    assert ["#/definitions/A"] == shape.references
    assert {"plan": [PLAN], "": [{"type": "object"}]} == shape.objects


@pytest.mark.parametrize("schema", [True, {}, {"title": "Any"}])
def test_anything(schema: Any) -> None:
    """
    A schema that asks for nothing allows anything.
    """
    assert shape_of(schema).anything


def test_what_all_alternatives_share() -> None:
    """
    Members beside a union belong to each of its alternatives.
    """
    shape = shape_of(
        {
            "type": "object",
            "properties": {"id": {"type": "string"}},
            "required": ["id"],
            "oneOf": [PLAN, {"type": "object", "required": ["other"]}],
        }
    )

    (plan,), (other,) = shape.objects["plan"], shape.objects[""]
    assert ["id", "type"] == plan["required"]
    assert {"id", "type"} == plan["properties"].keys()
    assert ["id", "other"] == other["required"]


@pytest.mark.parametrize("schema", [{"not": {}}, {"type": "string", "pattern": "a"}])
def test_what_is_not_understood(schema: Any) -> None:
    """
    A keyword that no version used so far is an error, not a guess.
    """
    with pytest.raises(HarnessError, match="which is not understood"):
        shape_of(schema)


def test_only_objects_are_joined() -> None:
    """
    Joining other types is an error, not a guess.
    """
    with pytest.raises(HarnessError, match="not both objects"):
        merged({"type": "string"}, {"type": "string", "minLength": 1})


@pytest.mark.parametrize(
    ("schema", "tag"),
    [
        (PLAN, "plan"),
        ({"properties": {"kind": {"enum": ["k"]}, "x": True}}, "k"),
        ({"properties": {"k": {}}, "required": ["k"], "additionalProperties": False}, "k"),
        ({"properties": {"k": {}}, "required": ["k"]}, ""),
        ({"properties": {"kind": {"enum": ["k", "l"]}}}, ""),
        ({}, ""),
    ],
)
def test_tags(schema: Any, tag: str) -> None:
    """
    An object is told by a member with one value, or by its only member.
    """
    assert tag == tag_of(schema)


@pytest.mark.parametrize(
    ("schema", "value", "does"),
    [
        (PLAN, {"type": "plan"}, True),
        (PLAN, {"type": "other"}, False),
        (PLAN, {}, False),
        (PLAN, "plan", False),
        ({"type": "integer"}, True, False),
        ({"type": "integer"}, 1.5, False),
        ({"type": "number"}, 1, True),
        ({"type": "boolean"}, True, True),
        ({"type": "array"}, [1], True),
        ({"enum": ["a"]}, "a", True),
        ({"enum": ["a"]}, "b", False),
        ({"$ref": "#/definitions/Plan"}, {"type": "plan"}, True),
        ({"$ref": "#/definitions/Plan"}, None, False),
        (True, object(), True),
    ],
)
def test_fits(schema: Any, value: Any, does: bool) -> None:
    """
    A value fits what it is meant to be, whatever its members are.
    """
    assert does == fits(Bundle({"definitions": {"Plan": PLAN}}), schema, value)
