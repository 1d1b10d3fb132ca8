"""
What the real agent makes of a model that fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.model import ScriptedModel
from pytest_codex.runtime import binary_version
from tests.older import BOTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pytest_codex.model.conftest import World

pytestmark = BOTH

FAILURES: dict[str, tuple[Callable[[ScriptedModel], object], object]] = {
    "500": (lambda model: model.fail(500), "internalServerError"),
    "503": (lambda model: model.fail(503, message="busy"), {"httpConnectionFailed": 503}),
    "401": (lambda model: model.fail(401, message="who"), {"httpConnectionFailed": 401}),
    "429": (
        lambda model: model.fail(429, code="rate_limit_exceeded", retry_after=1),
        {"responseTooManyFailedAttempts": 429},
    ),
    "quota": (lambda model: model.failed("insufficient_quota"), "usageLimitExceeded"),
    "overload": (lambda model: model.failed("server_is_overloaded"), "serverOverloaded"),
    "cut": (lambda model: model.cut("par"), "other"),
    "cut-at-once": (lambda model: model.cut(), "other"),
    "malformed": (lambda model: model.malformed(), "other"),
    "incomplete": (lambda model: model.incomplete("par"), "other"),
}


def test_failures(world: World) -> None:
    """
    Each failure fails the turn at once, without a retry, and the next turn works again.
    """
    wire = world.wire()
    thread = wire.thread()
    told = {}

    for name, (script, _) in FAILURES.items():
        script(world.model)
        world.model.say("Recovered.")
        failed, recovered = wire.turn(thread), wire.turn(thread)
        assert ("failed", "completed") == (failed["status"], recovered["status"]), name
        info = failed["error"]["codexErrorInfo"]
        if isinstance(info, dict):
            info = {kind: detail["httpStatusCode"] for kind, detail in info.items()}
        told[name] = info

    expected = {name: info for name, (_, info) in FAILURES.items()}
    if binary_version(world.binary) < "0.160":
        # Until then these two were told as failures of no particular kind.
        expected["503"] = expected["401"] = "other"
    assert expected == told
    assert {False} == {params["willRetry"] for params in wire.said("error")}
    assert 2 * len(FAILURES) == len(world.model.calls)


def test_a_full_context_is_compacted_before_the_next_turn(world: World) -> None:
    """
    After a context failure the agent asks for a summary first, which has to be scripted too.
    """
    world.model.failed("context_length_exceeded").say("SUMMARY").say("Recovered.")
    wire = world.wire()
    thread = wire.thread()

    first, second = wire.turn(thread), wire.turn(thread)

    assert "contextWindowExceeded" == first["error"]["codexErrorInfo"]
    assert "completed" == second["status"]
    assert 1 == len(wire.items("contextCompaction"))
    world.model.assert_complete()
