"""
Near-misses have one defect, and it is where they say.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import find

from pytest_codex import strategies
from pytest_codex.schema import Bundle, Checker, Role
from pytest_codex.strategies import NearMiss, defects
from tests.protocols import NEWEST, VERSIONS, checker
from tests.pytest_codex.strategies.drawing import PLAINEST, draw

if TYPE_CHECKING:
    from tests.pytest_codex.model.conftest import Message, World

ROLES = get_args(Role)
NOTHING_TO_SPOIL = {"initialized"}
"""Methods whose messages carry nothing."""


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """
    The paths at which two JSON values differ.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted(one.keys() | other.keys())
        missing = object()
        return [
            found
            for key in keys
            for found in differences(
                one.get(key, missing), other.get(key, missing), f"{path}.{key}"
            )
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            found
            for number, pair in enumerate(zip(one, other, strict=True))
            for found in differences(*pair, f"{path}[{number}]")
        ]
    return [] if one == other and type(one) is type(other) else [path.removeprefix(".")]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("role", ROLES)
def test_every_near_miss_has_one_defect(version: str, role: Role) -> None:
    """
    For every method: the message is refused, differs in one place, and was valid before.
    """
    judge = checker(version)

    def check(method: str, miss: NearMiss) -> None:
        assert judge.fault(role, method, miss.message) is not None
        assert judge.fault(role, method, miss.valid) is None
        assert [miss.defect.path] == differences(miss.valid, miss.message)

    for method in sorted(judge.bundle.messages[role].keys() - NOTHING_TO_SPOIL):
        draw(strategies.near_misses(judge, role, method), 2, partial(check, method))


EVERYTHING = {
    "type": "object",
    "required": ["params", "method"],
    "properties": {
        "method": {"enum": ["all"]},
        "params": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 1},
                "size": {"type": "integer", "minimum": 1, "maximum": 5},
                "mode": {"enum": ["on", "off"]},
                "list": {"type": ["array", "null"], "items": {"type": "boolean"}},
            },
        },
    },
}


def test_every_kind_of_defect() -> None:
    """
    Missing, surplus, another type, out of a list, out of bounds, too short: each is tried.
    """
    judge = Checker(Bundle({"definitions": {"ClientNotification": {"oneOf": [EVERYTHING]}}}))
    valid = {"method": "all", "params": {"name": "n", "size": 2, "mode": "on", "list": [True]}}

    told = {str(miss.defect) for miss in defects(judge, "client notification", "all", valid)}

    assert told >= {
        "params.name: is missing",
        "params.noSuchThing: is not allowed here",
        "params.size: is above 5",
        "params.size: is below 1",
        "params.name: is shorter than it may be",
        'params.mode: is "noSuchThing", which is no value of the list',
        "params.mode: is 7, which is of another type",
        "params.list: is {}, which is of another type",
        "params.list[0]: is null, which is of another type",
        "params: is [], which is of another type",
    }
    assert not any("list: is null" in one for one in told)


def test_shrinking_keeps_the_defect_readable() -> None:
    """
    A near-miss shrinks to the plainest message with a defect, told in one line.
    """
    steer = strategies.near_misses(checker(NEWEST), "client request", "turn/steer")

    found = find(steer, lambda miss: "threadId" in miss.defect.path, settings=PLAINEST)

    assert found.valid["params"] == {"expectedTurnId": "", "input": [], "threadId": ""}
    assert found.defect.path == "params.threadId"


@pytest.mark.parametrize("method", ["thread/start", "turn/start", "thread/list", "model/list"])
def test_the_real_server_refuses_near_misses(method: str, world: World) -> None:
    """
    What the schema forbids the real server refuses too, as bad params of a known method.
    """
    wire = world.wire()
    found: dict[str, NearMiss] = {}
    spoilt = strategies.near_misses(checker(NEWEST), "client request", method)

    def keep(miss: NearMiss) -> None:
        found.setdefault(miss.defect.path, miss)

    draw(spoilt, 20, keep)

    for number, miss in enumerate(found.values(), 100):
        wire.send({**miss.message, "id": number})
        answer = wire.wait(partial(answers, number))
        assert -32600 == answer.get("error", {}).get("code"), (str(miss.defect), answer)


def answers(number: int, message: Message) -> bool:
    """
    Whether a message answers a request.
    """
    return message.get("id") == number and "method" not in message
