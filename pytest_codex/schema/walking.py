"""
Following a message through its schema: every value in it, and the place it stands at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .shapes import Shape, fits, has_tag, is_of, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .bundle import Bundle, Schema
    from .faults import Path

ITEM = "[]"
"""Suffix of the place of an array's items."""
MEMBER = "{}"
"""Suffix of the place of a map's values."""


class Spot(NamedTuple):
    """
    One value of a message.

    Attributes:
        path: Where it is in the message.
        place: Where it is in the schema: ``ThreadItem(agentMessage).text``.
        shape: What may stand there.
        value: What stands there.
        described: The schema of the object it is, None for anything else.
    """

    path: Path
    place: str
    shape: Shape
    value: Any
    described: Schema | None


def walk(
    bundle: Bundle, schema: Any, value: Any, path: Path = (), place: str = ""
) -> Iterator[Spot]:
    """
    Every value of a message, from the outside in.

    Where several alternatives could be meant the first is followed; what no alternative
    describes is not followed.

    Args:
        bundle: The definitions.
        schema: The message's schema.
        value: The message.
        path: Where it is in a larger one.
        place: What the schema is called.
    """
    shape = shape_of(schema)
    label, described = _described(shape, value)
    spot = Spot(path, place + label, shape, value, described)
    yield spot
    if described is not None:
        yield from _members(bundle, spot)
    elif isinstance(value, list) and shape.arrays:
        for number, item in enumerate(value):
            yield from walk(bundle, shape.arrays[0], item, (*path, number), place + ITEM)
    elif not _settled(shape, value):
        for reference in shape.references:
            found = bundle.resolve(reference)
            if fits(bundle, found, value):
                name = reference.rpartition("/")[2]
                yield from walk(bundle, found, value, path, name)
                return


def _members(bundle: Bundle, spot: Spot) -> Iterator[Spot]:
    assert spot.described is not None
    properties = spot.described.get("properties", {})
    rest = spot.described.get("additionalProperties", True)
    for name, member in spot.value.items():
        where = (*spot.path, name)
        if name in properties:
            yield from walk(bundle, properties[name], member, where, f"{spot.place}.{name}")
        elif isinstance(rest, dict):
            yield from walk(bundle, rest, member, where, spot.place + MEMBER)


def _described(shape: Shape, value: Any) -> tuple[str, Schema | None]:
    """
    The tag and schema of the object that a value is.
    """
    if isinstance(value, dict):
        for tag, forms in shape.objects.items():
            for schema in forms:
                needed = schema.get("required", ())
                if has_tag(schema, value) and all(name in value for name in needed):
                    return (f"({tag})" if tag else ""), schema
    return "", None


def _settled(shape: Shape, value: Any) -> bool:
    return (
        shape.anything or value in shape.values or any(is_of(kind, value) for kind in shape.scalars)
    )
