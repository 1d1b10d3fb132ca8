"""
What a turn is made of, and what of it is the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.clients import plain
from pytest_codex.conformance.clients.plain import TEXT
from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.outcomes import require

from .suite import FACTS, check

if TYPE_CHECKING:
    from pytest_codex.conformance.clients.client import Client


@check("items/never-completed", "An item that is never completed holds up nothing.", FACTS)
def never_completed(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    turn.delta(turn.open_message(), "Cut ")
    command = {"type": "commandExecution", "command": "sleep 9", "cwd": "/workspace"}
    turn.item({**command, "commandActions": [], "status": "inProgress"}, done=False)
    turn.message(TEXT)
    turn.end()
    client.perform("run", scene).said(TEXT)


@check("items/never-started", "An item may be completed that nobody said had begun.", FACTS)
def never_started(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    turn.item({"type": "agentMessage", "text": TEXT}, begun=False)
    turn.end()
    client.perform("run", scene).said(TEXT)


@check("items/none", "A turn without any item is over when it is completed.", FACTS)
def none(client: Client) -> None:
    scene = Scene()
    scene.thread().turn().end()
    report = client.perform("run", scene).reached("turn/start").result()
    require(report.get("status") == "completed", f"it was completed, not {report.get('status')}")
    final = report.get("final_response")
    require(not final, f"the agent said nothing; the driver reports {final!r}")


@check("items/refusal", "A message that the model broke off is not the answer.", FACTS)
def refusal(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    turn.delta(turn.open_message(), "I cannot")
    turn.end()
    final = client.perform("run", scene).reached("turn/start").result().get("final_response")
    require(not final, f"no message was completed; the driver reports {final!r}")


@check("items/last-message-is-the-answer", "The last message of a turn is its answer.", FACTS)
def last_message(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    turn.message("First I look around.")
    turn.item({"type": "reasoning", "summary": ["Hm."], "content": []})
    turn.message(TEXT)
    turn.end()
    client.perform("run", scene).said(TEXT)


@check(
    "items/commentary-is-not-the-answer",
    "When one message is marked as the final answer, it is the answer.",
    FACTS,
)
def commentary(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    turn.message(TEXT, phase="final_answer")
    turn.message("By the way, it rains.", phase="commentary")
    turn.end()
    client.perform("run", scene).said(TEXT)


@check(
    "items/opt-out",
    "Without the notifications that the client opted out of, a turn is as good.",
    FACTS,
    methods=["initialize"],
)
def opt_out(client: Client) -> None:
    seen = client.perform("opt-out", plain.quiet()).said(TEXT)
    params = [one.get("params") or {} for one in seen.requests("initialize")]
    capabilities = (params[0].get("capabilities") or {}) if params else {}
    unwanted = capabilities.get("optOutNotificationMethods") or []
    require(
        "item/agentMessage/delta" in unwanted,
        f"initialize opts out of item/agentMessage/delta; it says {unwanted}",
    )
