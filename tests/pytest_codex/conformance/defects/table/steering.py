"""
Broken steering and interrupts.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    Message,
    accepts,
    asks,
    at,
    change,
    done,
    error,
    get,
    instead,
    put,
    refuses,
    result,
    send,
    turned,
)

_OTHER = "01a1fcaa-0000-7000-8000-000000000002"


def _late_delta(message: Message) -> list[Message]:
    params = {
        "threadId": message["params"]["threadId"],
        "turnId": message["params"]["turn"]["id"],
        "itemId": "m",
        "delta": "more",
    }
    return [message, {"method": "item/agentMessage/delta", "params": params}]


def _another_turn(message: Message) -> list[Message]:
    params = {**message["params"], "turn": {"id": _OTHER, "status": "inProgress", "items": []}}
    return [message, {"method": "turn/started", "params": params}]


DEFECTS = (
    Defect(
        "steers-nobody",
        "turn/steer is answered and not passed on.",
        change(done("userMessage"), put("params.item.content.0.text", "")),
        fails={"steering/joins-the-turn"},
    ),
    Defect(
        "steers-another-turn",
        "The answer to turn/steer names another turn.",
        change(result("turn/steer"), put("result.turnId", _OTHER)),
        fails={"steering/joins-the-turn"},
    ),
    Defect(
        "steers-any-turn",
        "Steering another turn than the active one is accepted.",
        accepts(error("turn/steer")),
        fails={
            "steering/wrong-turn-is-refused",
            "steering/idle-thread-is-refused",
            "errors/steer-another-turn",
            "errors/steer-without-a-turn",
        },
    ),
    Defect(
        "refuses-to-be-steered-while-asking",
        "A turn that waits for an approval cannot be steered.",
        refuses(lambda m: "And hurry." in str(get(m, "params.input")), text="waiting for approval"),
        fails={"steering/while-an-approval-is-open"},
    ),
    Defect(
        "queues-the-second-turn",
        "turn/start on a busy thread begins another turn.",
        send(done("userMessage"), _another_turn),
        fails={"steering/second-turn-joins-the-first", "steering/joins-the-turn"},
    ),
    Defect(
        "interrupted-is-an-error",
        "An interrupted turn tells an error.",
        change(turned("interrupted"), put("params.turn.error", {"message": "interrupted"})),
        fails={"interrupts/ends-the-turn"},
    ),
    Defect(
        "speaks-after-the-interrupt",
        "The message goes on after the turn was interrupted.",
        send(turned("interrupted"), _late_delta),
        fails={"interrupts/silences-the-turn"},
    ),
    Defect(
        "interrupts-nothing",
        "turn/interrupt is answered and not passed on.",
        instead(asks("turn/interrupt"), lambda m: ({"id": m["id"], "result": {}},)),
        fails={
            "interrupts/ends-the-turn",
            "interrupts/silences-the-turn",
            "interrupts/before-the-model-speaks",
            "interrupts/running-command-goes-on",
            "interrupts/only-its-own-thread",
            "interrupts/history-tells-it",
            "approvals/interrupt-while-open",
        },
        live=True,
    ),
    Defect(
        "late-command-of-another-turn",
        "A command that outlives its turn names another one.",
        change(done("commandExecution"), put("params.turnId", _OTHER)),
        fails={"interrupts/running-command-goes-on"},
    ),
    Defect(
        "never-answers-an-idle-interrupt",
        "An interrupt on an idle thread is never answered.",
        instead(asks("turn/interrupt"), lambda _: ()),
        fails={"interrupts/idle-thread"},
        live=True,
    ),
    Defect(
        "history-forgets-interrupts",
        "In the history an interrupted turn is completed.",
        change(
            result("thread/read").where(at("result.thread.turns.0.status", "interrupted")),
            put("result.thread.turns.0.status", "completed"),
        ),
        fails={"interrupts/history-tells-it"},
    ),
)
