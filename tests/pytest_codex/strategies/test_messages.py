"""
Generated messages are valid, for every method of every version.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from pytest_codex import strategies
from pytest_codex.errors import HarnessError
from pytest_codex.schema import Bundle, Role
from pytest_codex.schema.models import ModelChecker
from tests.protocols import NEWEST, VERSIONS, checker, protocol
from tests.pytest_codex.strategies.drawing import FEW, PLAINEST, draw

if TYPE_CHECKING:
    from collections.abc import Callable

ROLES = get_args(Role)


def each(role: Role, bundle: Bundle, check: Callable[[str, Any], None]) -> None:
    """
    Draw a message of every method of a role, and check it.
    """
    for method in sorted(bundle.messages[role]):
        draw(strategies.messages(bundle, role, method), 1, partial(check, method))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("role", ROLES)
def test_every_message_is_valid(version: str, role: Role) -> None:
    """
    What is drawn validates against the schema it was drawn from, and is JSON.
    """
    judge = checker(version)

    def check(method: str, message: Any) -> None:
        assert judge.fault(role, method, message) is None
        assert message == json.loads(json.dumps(message))

    each(role, protocol(version).bundle, check)


@pytest.mark.parametrize("role", ["client request", "server response", "server notification"])
def test_the_sdk_understands_every_message(role: Role) -> None:
    """
    The installed SDK parses what every client may send and get by the stable schema.
    """
    models = ModelChecker()

    def check(method: str, message: Any) -> None:
        assert models.fault(role, method, message) is None

    each(role, protocol(NEWEST).stable_bundle, check)


def test_a_method_of_any_kind() -> None:
    """
    Without a method, messages of every method of the role are drawn.
    """
    bundle = protocol(NEWEST).bundle
    drawn: set[str] = set()

    any_request = strategies.messages(bundle, "server request")
    draw(any_request, 200, lambda message: drawn.add(message["method"]))

    assert bundle.messages["server request"].keys() == drawn


def test_shrinking_ends_at_the_plainest_message() -> None:
    """
    A message that fails for one field is shrunk to that field and what is required.
    """
    turn = strategies.messages(protocol(NEWEST).bundle, "client request", "turn/start")

    found = find(turn, lambda message: bool(message["params"]["input"]), settings=PLAINEST)

    assert {"threadId", "input"} == found["params"].keys()
    assert [{"type": "text", "text": ""}] == found["params"]["input"]


TREE = {
    "definitions": {
        "Tree": {
            "type": "object",
            "properties": {
                "leaf": {"type": ["number", "boolean"]},
                "children": {"type": "array", "items": {"$ref": "#/definitions/Tree"}},
            },
            "required": ["children"],
            "additionalProperties": {"type": "string"},
        }
    }
}


@settings(FEW, max_examples=50)
@given(st.data())
def test_definitions_may_name_themselves(data: st.DataObject) -> None:
    """
    A definition that leads back to itself ends somewhere.
    """
    tree = data.draw(strategies.values(Bundle(TREE), {"$ref": "#/definitions/Tree"}))

    def check(one: Any) -> None:
        assert isinstance(one["children"], list)
        assert isinstance(one.get("leaf", 0.5), (float, bool))
        assert all(isinstance(one[key], str) for key in one.keys() - {"children", "leaf"})
        for child in one["children"]:
            check(child)

    check(tree)


def test_what_a_version_does_not_have_is_told() -> None:
    """
    Methods go with the versions; a bare KeyError would not say that this one has gone.
    """
    bundle = protocol(NEWEST).bundle

    with pytest.raises(
        HarnessError, match=r"no client request 'turn/strat'; did you mean 'turn/st"
    ):
        strategies.messages(bundle, "client request", "turn/strat")
    with pytest.raises(HarnessError, match=r"this version has no server notification 'x'$"):
        strategies.near_misses(checker(NEWEST), "server notification", "x")
    with pytest.raises(HarnessError, match="no role 'server notice'; did you mean 'server not"):
        strategies.messages(bundle, "server notice")  # type: ignore[arg-type]
