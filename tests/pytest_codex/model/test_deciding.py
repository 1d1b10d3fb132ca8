"""
Callables that look at what the agent asks and choose the answer.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex.model import ModelCall, ScriptedModel, parts
from tests.older import BOTH

if TYPE_CHECKING:
    from tests.pytest_codex.model.conftest import World


def work(call: ModelCall) -> Any:
    """
    Run a command, read what it printed, and say it.
    """
    if call.outputs:
        (output,) = call.outputs.values()
        return f"It said {output.splitlines()[-1]}."
    return ["First look.", parts.run("echo hello")]


def choose_wrongly(call: ModelCall) -> Any:
    """
    A mistake of the test's author.
    """
    assert call.user_texts == ["something else"], "the prompt is another"


@BOTH
def test_a_callable_answers_every_call(world: World) -> None:
    """
    With repeat it plays the whole model, from what it reads.
    """
    world.model.decide(work, repeat=True)
    wire = world.wire()

    ended = wire.turn(wire.thread())

    assert "It said hello." == ended["items"][-1]["text"]
    assert ["First look.", "It said hello."] == [i["text"] for i in wire.items("agentMessage")]
    world.model.assert_complete()


@BOTH
def test_a_callable_can_fail_an_answer(world: World) -> None:
    """
    Faults may be chosen, too, and the next answer of the script follows.
    """
    world.model.decide(lambda call: parts.fail(400, message=f"no {call.user_texts[-1]}"))
    world.model.say("Fine.")
    wire = world.wire()
    thread = wire.thread()

    first, second = wire.turn(thread, "thanks"), wire.turn(thread)

    assert "no thanks" in first["error"]["message"]
    assert "Fine." == second["items"][-1]["text"]


@BOTH
def test_an_exception_in_a_callable(world: World) -> None:
    """
    It ends the turn at once, and turn and test are told its text and its line.
    """
    world.model.decide(choose_wrongly)
    wire = world.wire()

    ended = wire.turn(wire.thread())

    assert "failed" == ended["status"]
    assert [ended["error"]["message"]] == world.model.unexpected
    assert (
        "decide(choose_wrongly) raised AssertionError: the prompt is another"
        in (ended["error"]["message"])
    )
    assert "test_deciding.py:" in ended["error"]["message"]
    assert 1 == len(world.model.calls)


def answer(model: ScriptedModel) -> str:
    """
    What the model answers to an empty call.
    """
    body = model.reply_to(ModelCall({}, {}, "/v1/responses")).body
    return b"".join(piece for piece in body if isinstance(piece, bytes)).decode()


@pytest.mark.parametrize(
    ("choose", "told"),
    [
        (lambda _: None, "decide(lambda) returned None; it must return a text, a part"),
        (lambda _: [1], "decide(lambda): an answer is made of texts and of parts"),
        (lambda _: ["x", parts.fail(500)], "fail(status=500) is a whole answer"),
        (lambda _: pytest.fail("of the test"), "raised Failed: of the test"),
        (partial(int, "x"), "decide(partial) raised"),
    ],
)
def test_what_a_callable_must_not_do(choose: Any, told: str) -> None:
    """
    Whatever goes wrong in it is told in one sentence.
    """
    model = ScriptedModel().decide(choose)

    assert told in answer(model)
    assert told in model.unexpected[0]


def test_ids_of_other_answers_stay() -> None:
    """
    When a callable runs changes no id of the answers around it.
    """
    model = ScriptedModel().say("one").decide(lambda _: ["a", parts.run("ls")]).say("two")

    assert '"msg_1"' in answer(model)
    decided = answer(model)
    assert '"decide_1_msg_1"' in decided
    assert '"decide_1_call_1"' in decided
    assert '"msg_2"' in answer(model)


def test_a_callable_may_ask_the_model() -> None:
    """
    Calls are known to it, its own among them.
    """
    model = ScriptedModel()
    model.decide(lambda _: f"call {len(model.calls)}", repeat=True)

    assert "call 1" in answer(model)
    assert "call 2" in answer(model)


@pytest.mark.parametrize("tier", ["scripted", "replay"])
def test_nothing_follows_a_callable_that_repeats(tier: str) -> None:
    """
    What could never be asked for is refused where it is written, in every tier.
    """
    model = ScriptedModel() if tier == "scripted" else ScriptedModel.idle()
    model.decide(work, repeat=True)

    with pytest.raises(ValueError, match=r"decide\(work\) with repeat=True .* say\('x'\) would"):
        model.say("x")


def test_what_an_answer_costs_goes_for_callables_too() -> None:
    """
    Usage and headers are those the verb was given.
    """
    model = ScriptedModel().decide(lambda _: "x", usage={"input": 77}, headers={"x-a": "b"})

    reply = model.reply_to(ModelCall({}, {}, "/v1/responses"))

    assert {"x-a": "b"} == reply.headers
    assert b'"input_tokens":77' in reply.body[-1]  # type: ignore[operator]
