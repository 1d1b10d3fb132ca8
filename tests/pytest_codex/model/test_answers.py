"""
What every answer can say beside its content, and what it is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from pytest_codex.model import ScriptedModel, parts
from tests.older import BOTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pytest_codex.model.conftest import World

USAGE = {"input": 100, "cached": 40, "output": 7, "reasoning": 3}


class Verdict(BaseModel):
    """
    What a reviewing bot wants to know.
    """

    passed: bool
    notes: list[str]


@dataclass
class Note:
    """
    Data without a schema.
    """

    text: str


SCHEMA = {**Verdict.model_json_schema(), "additionalProperties": False}


@BOTH
def test_usage_of_a_tool_call(world: World) -> None:
    """
    Any verb can say what its answer cost; the thread adds it up.
    """
    world.model.run("true", usage=USAGE).say("Done.", usage={"input": 50, "output": 1})
    wire = world.wire()

    wire.turn(wire.thread())

    first, *_, last = [p["tokenUsage"] for p in wire.said("thread/tokenUsage/updated")]
    counts = ("inputTokens", "cachedInputTokens", "outputTokens", "reasoningOutputTokens")
    assert [100, 40, 7, 3] == [first["last"][name] for name in counts]
    assert [50, 0, 1, 0] == [last["last"][name] for name in counts]
    assert [150, 40, 8, 3] == [last["total"][name] for name in counts]


@BOTH
def test_rate_limits(world: World) -> None:
    """
    What an answer says about rate limits reaches the client.
    """
    window = {"used_percent": 7, "window_minutes": 10_080, "resets_at": 1_900_000_000}
    world.model.say("Done.", rate_limits={"primary": 42.5, "secondary": window})
    wire = world.wire()

    wire.turn(wire.thread())

    limits = wire.said("account/rateLimits/updated")[-1]["rateLimits"]
    assert 43 == limits["primary"]["usedPercent"]  # whole numbers on the wire
    assert {"usedPercent": 7, "windowDurationMins": 10_080, "resetsAt": 1_900_000_000} == {
        name: limits["secondary"][name]
        for name in ("usedPercent", "windowDurationMins", "resetsAt")
    }


@BOTH
def test_headers(world: World) -> None:
    """
    Other headers of the service have their effect, here what is left of bought credits.
    """
    credits_left = {
        "x-codex-credits-has-credits": "true",
        "x-codex-credits-unlimited": "false",
        "x-codex-credits-balance": "12.5",
    }
    world.model.say("Done.", rate_limits={"primary": 1}, headers=credits_left)
    wire = world.wire()

    wire.turn(wire.thread())

    limits = wire.said("account/rateLimits/updated")[-1]["rateLimits"]
    assert "12.5" == limits["credits"]["balance"]


@BOTH
def test_answer_data(world: World) -> None:
    """
    Data is said as JSON, and the schema it follows can be asked for.
    """
    world.model.answer(Verdict(passed=True, notes=["é"]))
    wire = world.wire()

    wire.turn(wire.thread(), outputSchema=SCHEMA)

    (item,) = wire.items("agentMessage")
    assert Verdict(passed=True, notes=["é"]) == Verdict.model_validate_json(item["text"])
    assert world.model.calls[0].schema == SCHEMA


@BOTH
def test_data_that_does_not_fit(world: World) -> None:
    """
    Data the agent did not ask for fails the turn and tells the test what is wrong.
    """
    world.model.answer({"passed": "yes", "notes": []})
    wire = world.wire()

    ended = wire.turn(wire.thread(), outputSchema=SCHEMA)

    assert "failed" == ended["status"]
    assert [ended["error"]["message"]] == world.model.unexpected
    assert "$.passed is string, not boolean" in ended["error"]["message"]


@BOTH
def test_slow(world: World) -> None:
    """
    A slow answer arrives; one slower than the agent's patience fails the turn.
    """
    world.model.slow("one two three", seconds=0.05)
    world.model.slow(["never"], seconds=30)
    provider = {"stream_idle_timeout_ms": 2000}
    wire = world.wire({"model_providers": {"scripted": provider}})
    thread = wire.thread()

    first, second = wire.turn(thread), wire.turn(thread)

    assert "completed" == first["status"]
    assert ["one", " two", " three"] == [p["delta"] for p in wire.said("item/agentMessage/delta")]
    assert "failed" == second["status"]
    assert "idle timeout" in second["error"]["message"]


@BOTH
def test_texts_among_parts(world: World) -> None:
    """
    A text in an answer is said; everything keeps its order.
    """
    world.model.respond(parts.reason("Hm."), "First this.", parts.run("true"), usage=USAGE)
    world.model.say("Done.")
    wire = world.wire()

    wire.turn(wire.thread())

    kinds = [params["item"]["type"] for params in wire.said("item/completed")]
    assert ["userMessage", "reasoning", "agentMessage", "commandExecution", "agentMessage"] == kinds


def test_a_dataclass_is_data() -> None:
    """
    Instances of dataclasses are answers, too.
    """
    model = ScriptedModel().answer(Note("hi"))

    assert ['answer(\'{"text": "hi"}\')'] == model.remaining_steps


@pytest.mark.parametrize(
    ("verb", "error", "told"),
    [
        (lambda m: m.say("x", usage={"inputs": 1}), ValueError, "usage has no inputs"),
        (lambda m: m.run("x", rate_limits={"third": 1}), ValueError, "rate_limits has no third"),
        (
            lambda m: m.run("x", rate_limits={"primary": {"percent": 1}}),
            ValueError,
            r"rate_limits\['primary'\] has no percent; it knows used_percent, window_minutes",
        ),
        (lambda m: m.respond(parts.fail(500), "x"), ValueError, r"fail\(status=500\) is a whole"),
        (lambda m: m.respond(parts.cut(), usage={"input": 1}), ValueError, "it tells no usage"),
        (lambda m: m.respond(42), TypeError, "an answer is made of texts and of parts"),
        (lambda m: m.answer(object()), TypeError, "not JSON serializable"),
        (lambda m: m.call("x", {"y": object()}), TypeError, "not JSON serializable"),
        (lambda m: m.cut("x", after=-1), ValueError, "not negative"),
        (lambda m: m.decide("x"), TypeError, "wants a callable"),
    ],
)
@pytest.mark.parametrize("tier", ["scripted", "replay"])
def test_nonsense_is_refused_where_it_is_written(
    tier: str, verb: Callable[[Any], object], error: type[Exception], told: str
) -> None:
    """
    A verb that cannot be meant fails at once, in every tier.
    """
    model = ScriptedModel() if tier == "scripted" else ScriptedModel.idle()

    with pytest.raises(error, match=told):
        verb(model)
