"""
The schema of each message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_codex.schema.bundle import prepared
from tests.protocols import VERSIONS, checker, protocol

if TYPE_CHECKING:
    from tests.pytest_codex.model.conftest import World


def test_prose_goes_and_properties_stay() -> None:
    """
    A description is dropped; a property that is called so is not.
    """
    schema = {
        "description": "Prose.",
        "properties": {"description": {"description": "Prose.", "type": "string"}},
        "default": {"description": "a value"},
        "required": ["description"],
    }

    assert prepared(schema) == {
        "properties": {"description": {"type": "string"}},
        "default": {"description": "a value"},
        "required": ["description"],
    }


@pytest.mark.parametrize(
    ("size", "low", "high"),
    [
        ("uint16", 0, 65535),
        ("int32", -(2**31), 2**31 - 1),
        ("uint32", 0, 2**32 - 1),
        ("int64", -(2**63), 2**63 - 1),
        ("uint64", 0, 2**64 - 1),
        ("uint", 0, 2**64 - 1),
    ],
)
def test_sizes_become_limits(size: str, low: int, high: int) -> None:
    """
    The size of an integer, which validators do not know, is written as its limits.
    """
    schema = prepared({"type": "integer", "format": size})

    assert (low, high) == (schema["minimum"], schema["maximum"])


def test_the_real_server_keeps_the_limits(world: World) -> None:
    """
    The real server accepts the largest uint32 and refuses one more, as our schema does.
    """
    wire = world.wire()
    for limit, good in ((2**32 - 1, True), (2**32, False), (-1, False)):
        params = {"limit": limit}
        message = {"id": 1, "method": "thread/list", "params": params}

        assert good == ("result" in wire.call("thread/list", params))
        assert good == checker("newest").is_valid("client request", "thread/list", message)


@pytest.mark.parametrize("version", VERSIONS)
def test_messages_of_every_role(version: str) -> None:
    """
    Every role has messages, and experimental ones come on top of the stable ones.
    """
    found = protocol(version)

    for role, stable in found.stable_bundle.messages.items():
        assert stable
        assert stable.keys() <= found.bundle.messages[role].keys()
    assert "memory/reset" not in found.stable_bundle.messages["client request"]
    assert "memory/reset" in found.bundle.messages["client request"]


def test_a_definition_in_two_places() -> None:
    """
    Where a name is defined twice the newer definition is meant, and both can be resolved.
    """
    bundle = protocol("newest").bundle

    assert bundle.references["RequestId"] == "#/definitions/v2/RequestId"
    newer = bundle.resolve("#/definitions/v2/RequestId")
    assert bundle.resolve("#/definitions/RequestId") == {**newer, "title": "RequestId"}
