"""
Following messages through their schemas.
"""

from __future__ import annotations

from pytest_codex.schema import Bundle
from pytest_codex.schema.walking import walk
from tests.protocols import protocol


def test_places_and_paths() -> None:
    """
    Every value has its path in the message, and its place in the definition it belongs to.
    """
    bundle = protocol("newest").bundle
    item = {"type": "agentMessage", "id": "i", "text": "Hello.", "unheardOf": 1}
    params = {"threadId": "t", "turnId": "u", "completedAtMs": 1, "item": item}
    schema = bundle.messages["server notification"]["item/completed"]["properties"]["params"]

    told = {spot.path: spot.place for spot in walk(bundle, schema, params, ("params",))}

    assert "ItemCompletedNotification.threadId" == told["params", "threadId"]
    assert "ThreadItem(agentMessage)" == told["params", "item"]
    assert "ThreadItem(agentMessage).text" == told["params", "item", "text"]
    assert ("params", "item", "unheardOf") not in told


def test_items_and_members() -> None:
    """
    Items of arrays and values of maps share one place each.
    """
    names = {"type": "object", "additionalProperties": {"type": "array", "items": {"enum": ["a"]}}}

    told = [
        (spot.path, spot.place)
        for spot in walk(Bundle({"definitions": {}}), names, {"x": ["a", "b"]}, place="Names")
    ]

    assert [
        ((), "Names"),
        (("x",), "Names{}"),
        (("x", 0), "Names{}[]"),
        (("x", 1), "Names{}[]"),
    ] == told


def test_the_alternative_that_fits() -> None:
    """
    Of several definitions the one that the value was meant to be is followed, or none.
    """
    kinds = {
        name: {"type": "object", "properties": {"type": {"enum": [name]}}, "required": ["type"]}
        for name in ("One", "Two")
    }
    either = {"anyOf": [{"$ref": f"#/definitions/{name}"} for name in kinds]}
    bundle = Bundle({"definitions": kinds})

    def places(value: object) -> list[str]:
        return [spot.place for spot in walk(bundle, either, value, place="Either")]

    assert ["Either", "Two(Two)", "Two(Two).type"] == places({"type": "Two"})
    assert ["Either"] == places({"type": "Three"})
