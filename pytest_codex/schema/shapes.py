"""
What may stand at one place of a message, with unions unfolded.

A schema says the same in many ways: a list of values as one ``enum`` or as alternatives
with prose of their own, nullable as a type or as an alternative. A shape is the same for
all of them, so shapes of two versions can be compared, and a value can be followed
through them.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError

if TYPE_CHECKING:
    from .bundle import Bundle, Schema

KEYWORDS = frozenset(
    "$ref additionalProperties allOf anyOf default definitions enum format items maximum minLength "
    "minimum oneOf properties required title type".split()
)
"""What schemas of the app-server are made of; anything else is not understood here."""

_UNIONS = ("oneOf", "anyOf")
_LIMITS = {
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "string": ("minLength",),
}


class Shape:
    """
    What may stand at one place.

    Attributes:
        anything: Whether any JSON value may.
        scalars: Types that stand for themselves, each with its limits: ``string``,
            ``integer``, ``number``, ``boolean``, ``null``.
        values: The values of a closed list.
        references: Definitions that may stand here.
        objects: Objects by the tag that tells them apart, "" where nothing does; several
            where one tag has forms that differ in what they require.
        arrays: What the items of arrays may be.
    """

    __slots__ = ("anything", "arrays", "objects", "references", "scalars", "values")

    def __init__(self) -> None:
        self.anything = False
        self.scalars: dict[str, Schema] = {}
        self.values: list[Any] = []
        self.references: list[str] = []
        self.objects: dict[str, list[Schema]] = {}
        self.arrays: list[Any] = []


def shape_of(schema: Any) -> Shape:
    """
    The shape of a schema; references are not followed.

    Raises:
        HarnessError: It uses what no schema of the app-server used so far.
    """
    shape = Shape()
    _add(shape, schema)
    return shape


def _add(shape: Shape, schema: Any) -> None:
    if schema is True or schema == {}:
        shape.anything = True
        return
    unknown = schema.keys() - KEYWORDS
    if unknown:
        raise HarnessError(f"the schema uses {', '.join(sorted(unknown))}, which is not understood")
    if "$ref" in schema:
        shape.references.append(schema["$ref"])
        return
    for union in _UNIONS:
        if union in schema:
            rest = {key: value for key, value in schema.items() if key != union}
            for branch in schema[union]:
                _add(shape, merged(rest, branch))
            return
    if "allOf" in schema:
        whole = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            whole = merged(whole, part)
        _add(shape, whole)
        return
    if "enum" in schema:
        shape.values.extend(value for value in schema["enum"] if value not in shape.values)
        return
    _add_types(shape, schema)


def _add_types(shape: Shape, schema: Schema) -> None:
    types = schema.get("type", "object" if "properties" in schema else None)
    if types is None:
        shape.anything = True
        return
    for kind in [types] if isinstance(types, str) else types:
        if kind == "object":
            shape.objects.setdefault(tag_of(schema), []).append(schema)
        elif kind == "array":
            shape.arrays.append(schema.get("items", True))
        else:
            shape.scalars[kind] = {
                key: schema[key] for key in _LIMITS.get(kind, ()) if key in schema
            }


def merged(one: Schema, other: Any) -> Any:
    """
    A schema for what fits both; only objects are ever described in two parts.
    """
    told = {key: value for key, value in one.items() if key not in ("title", "default")}
    if not told:
        return other
    if other is True or not other.keys() - {"title", "default"}:
        return told
    if "$ref" in other or told.get("type", "object") != "object":
        raise HarnessError("the schema joins two types that are not both objects")
    properties = dict(told.get("properties", {}))
    for name, schema in other.get("properties", {}).items():
        known = properties.get(name)
        properties[name] = schema if known is None or known == schema else merged(known, schema)
    return {
        **told,
        **other,
        "type": "object",
        "properties": properties,
        "required": sorted({*told.get("required", []), *other.get("required", [])}),
    }


def tag_of(schema: Schema) -> str:
    """
    What tells an object from its alternatives: the one value that a member must have.

    Rust's other way to tag is an object with one member, whose name is the tag.
    """
    properties = schema.get("properties", {})
    for name in ("type", *properties):
        one = properties.get(name)
        values: list[Any] = one.get("enum", []) if isinstance(one, dict) else []
        if len(values) == 1:
            return str(values[0])
    required = schema.get("required", [])
    if len(required) == 1 and schema.get("additionalProperties") is False and len(properties) == 1:
        return str(required[0])
    return ""


def fits(bundle: Bundle, schema: Any, value: Any) -> bool:
    """
    Whether a value is of the kind that a schema describes; its members are not looked into.
    """
    shape = shape_of(schema)
    if shape.anything or any(value is one or value == one for one in shape.values):
        return True
    if any(is_of(kind, value) for kind in shape.scalars):
        return True
    if isinstance(value, list) and shape.arrays:
        return True
    if isinstance(value, dict):
        for one in chain.from_iterable(shape.objects.values()):
            if has_tag(one, value) and all(name in value for name in one.get("required", ())):
                return True
    return any(fits(bundle, bundle.resolve(name), value) for name in shape.references)


def has_tag(schema: Schema, value: dict[str, Any]) -> bool:
    """
    Whether an object carries the tags that a schema asks for.
    """
    return all(
        not (isinstance(one, dict) and len(one.get("enum", ())) == 1 and name in value)
        or value[name] == one["enum"][0]
        for name, one in schema.get("properties", {}).items()
    )


def is_of(kind: str, value: Any) -> bool:
    """
    Whether a value is of a JSON type, by its name in schemas.
    """
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "string":
        return isinstance(value, str)
    if isinstance(value, bool):
        return False
    return isinstance(value, int if kind == "integer" else (int, float))
