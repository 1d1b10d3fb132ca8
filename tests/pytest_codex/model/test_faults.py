"""
Where an answer breaks off, and what the real agent does when it may try again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex.model import ModelCall, ScriptedModel, parts
from pytest_codex.runtime import binary_version
from tests.older import BOTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pytest_codex.model.conftest import World

PATIENT = {"request_max_retries": 1, "stream_max_retries": 1}
LIMIT = "Rate limit reached. Please try again in 0.1s."

# Whether the agent tries again by itself: the newest version, and those until 0.160.
RETRIED: dict[str, tuple[Callable[[ScriptedModel], object], bool, bool]] = {
    "500": (lambda model: model.fail(500), True, True),
    "503": (lambda model: model.fail(503), True, True),
    "429": (lambda model: model.fail(429), False, False),
    "429, told when": (lambda model: model.fail(429, retry_after=1), True, False),
    "400": (lambda model: model.fail(400), False, False),
    "rate limit": (lambda model: model.failed("rate_limit_exceeded", LIMIT), True, True),
    "quota": (lambda model: model.failed("insufficient_quota"), False, False),
    "cut": (lambda model: model.cut("par"), True, True),
    "malformed": (lambda model: model.malformed(), True, True),
    "incomplete": (lambda model: model.incomplete("par"), False, True),
}


@BOTH
def test_retries(world: World) -> None:
    """
    Allowed to try again, the agent does so after some failures and not after others.
    """
    old = binary_version(world.binary) < "0.161"
    wire = world.wire({"model_providers": {"scripted": PATIENT}})
    thread = wire.thread()
    retried: dict[str, bool] = {}

    for name, (script, _, _) in RETRIED.items():
        before = len(world.model.calls)
        script(world.model)
        world.model.say("Recovered.")
        ended = wire.turn(thread)
        retried[name] = ended["status"] == "completed"
        assert (2 if retried[name] else 1) == len(world.model.calls) - before, name
        if not retried[name]:
            assert "completed" == wire.turn(thread)["status"]

    expected = {name: older if old else newest for name, (_, newest, older) in RETRIED.items()}
    assert expected == retried
    world.model.assert_complete()


@pytest.mark.parametrize("status", [429, 503])
def test_the_newest_version_waits_as_it_was_told(world: World, status: int) -> None:
    """
    Before it tries again the agent lets the time pass that the service asked for.
    """
    if binary_version(world.binary) < "0.161":
        pytest.skip("older versions do not heed Retry-After")
    wire = world.wire({"model_providers": {"scripted": PATIENT}})
    times: list[float] = []

    def recover(_: ModelCall) -> str:
        times.append(time.monotonic())
        return "Recovered."

    world.model.fail(status, retry_after=2).decide(recover)
    begun = time.monotonic()

    ended = wire.turn(wire.thread())

    assert "completed" == ended["status"], ended["error"]
    assert times[0] - begun >= 2


@BOTH
def test_cut_after_some_events(world: World) -> None:
    """
    Exactly as many events arrive as were asked for: here the beginning and two words.
    """
    world.model.cut("one two three four", after=4)
    wire = world.wire()

    ended = wire.turn(wire.thread())

    assert "failed" == ended["status"]
    assert "stream disconnected before completion" in ended["error"]["message"]
    assert ["one", " two"] == [p["delta"] for p in wire.said("item/agentMessage/delta")]
    assert [] == wire.items("agentMessage")


@BOTH
def test_cut_after_a_tool_call(world: World) -> None:
    """
    A tool call that arrived whole is run, although the answer was never completed.
    """
    world.model.cut(parts.run("echo made > made.txt"))
    wire = world.wire()

    ended = wire.turn(wire.thread())

    assert "failed" == ended["status"]
    assert "made\n" == (world.workspace / "made.txt").read_text()


@BOTH
def test_a_limit_that_is_reached(world: World) -> None:
    """
    A refusal for a limit can say how much of it is used.
    """
    world.model.fail(429, "usage_limit_reached", rate_limits={"primary": 100})
    wire = world.wire()

    ended = wire.turn(wire.thread())

    assert "usageLimitExceeded" == ended["error"]["codexErrorInfo"]
    assert (
        100 == wire.said("account/rateLimits/updated")[-1]["rateLimits"]["primary"]["usedPercent"]
    )


def sent(model: ScriptedModel) -> list[str]:
    """
    The kinds of events one answer sends.
    """
    body = model.reply_to(ModelCall({}, {}, "/v1/responses")).body
    text = b"".join(piece for piece in body if isinstance(piece, bytes)).decode()
    return [line.removeprefix("event: response.") for line in text.split("\n") if "event:" in line]


@pytest.mark.parametrize(
    ("how", "events"),
    [
        ({}, ["created", "output_item.added", "output_text.delta"]),
        ({"after": 0}, []),
        ({"after": 1}, ["created"]),
        ({"after": 3}, ["created", "output_item.added", "output_text.delta"]),
        (
            {"after": 99},
            [
                "created",
                "output_item.added",
                "output_text.delta",
                "output_text.delta",
                "output_item.done",
                "completed",
            ],
        ),
    ],
)
def test_cut_counts_events(how: dict[str, Any], events: list[str]) -> None:
    """
    The number is that of the events sent, the first of all included.
    """
    assert events == sent(ScriptedModel().cut("two words", **how))


def test_faults_are_named_as_they_were_written() -> None:
    """
    What remains of a script names each fault with its arguments.
    """
    model = ScriptedModel().cut("x").cut(after=2).cut(parts.run("ls"), after=1).malformed()

    assert ["cut('x')", "cut(after=2)", "cut(run('ls'), after=1)", "malformed()"] == (
        model.remaining_steps
    )
