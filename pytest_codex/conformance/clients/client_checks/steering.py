"""
Steering and interrupting a turn under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.clients import asking
from pytest_codex.conformance.clients.plain import TEXT
from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.outcomes import require

from .suite import FACTS, check

if TYPE_CHECKING:
    from pytest_codex.conformance.clients.client import Client
    from pytest_codex.conformance.clients.threads import Turn


_FIRST_TURN = "00000001-0001-7000-8000-000000000000"


def _goes_on(turn: Turn, item: str) -> None:
    """
    The turn ends as if nobody had said anything.
    """
    turn.item({"type": "agentMessage", "id": item, "text": TEXT}, begun=False)
    turn.end()


@check(
    "steering/interrupt",
    "An interrupted turn ends as interrupted; its open message is never completed.",
    FACTS,
    methods=["turn/interrupt"],
)
def interrupt(client: Client) -> None:
    seen = client.perform("interrupt", asking.interrupted())
    status = seen.result().get("status")
    require(status == "interrupted", f"the turn was interrupted; the driver reports {status!r}")
    started = [one["params"]["threadId"] for one in seen.requests("turn/start")]
    asked = [one["params"].get("threadId") for one in seen.requests("turn/interrupt")]
    require(asked == started, f"turn/interrupt is for the thread {started}, not {asked}")


@check(
    "steering/interrupt-refused",
    "An interrupt that comes too early, or too late, and is refused leaves nobody waiting.",
    FACTS,
    methods=["turn/interrupt"],
)
def refused(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    item = turn.open_message()
    turn.delta(item, "Working")
    number = scene.asked("turn/interrupt", threadId=turn.thread.id)
    scene.refuse(number, -32600, "no active turn to interrupt")
    _goes_on(turn, item)
    client.perform("interrupt", scene).ended().reached("turn/interrupt")


@check(
    "steering/interrupt-unanswered",
    "An interrupt of a turn that ends meanwhile is not answered, and leaves nobody waiting.",
    FACTS,
    methods=["turn/interrupt"],
)
def unanswered(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    item = turn.open_message()
    turn.delta(item, "Working")
    scene.asked("turn/interrupt", threadId=turn.thread.id)
    _goes_on(turn, item)
    client.perform("interrupt", scene).ended().reached("turn/interrupt")


@check(
    "steering/interrupt-answered-late",
    "The answer to an interrupt may come after the turn is over.",
    FACTS,
    methods=["turn/interrupt"],
)
def late(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    turn.delta(turn.open_message(), "Working")
    number = scene.asked("turn/interrupt", threadId=turn.thread.id)
    turn.end("interrupted")
    scene.answer(number, {})
    status = client.perform("interrupt", scene).result().get("status")
    require(status == "interrupted", f"the turn was interrupted; the driver reports {status!r}")


@check(
    "steering/steer",
    "A steered turn goes on; the message that was open is never completed.",
    FACTS,
    methods=["turn/steer"],
)
def steer(client: Client) -> None:
    seen = client.perform("steer", asking.steered()).said(TEXT)
    params = [one["params"] for one in seen.requests("turn/steer")]
    want = [one["params"]["threadId"] for one in seen.requests("turn/start")]
    require([one.get("threadId") for one in params] == want, f"turn/steer is for {want}")
    require(
        all(
            one.get("expectedTurnId", "").endswith("0001-7000-8000-000000000000") for one in params
        ),
        f"turn/steer names the turn it means; it says {params}",
    )


@check(
    "steering/steer-refused",
    "A steer that comes too late is told to the user.",
    FACTS,
    methods=["turn/steer"],
)
def steer_refused(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    item = turn.open_message()
    turn.delta(item, "Working")
    number = scene.asked("turn/steer", threadId=turn.thread.id)
    scene.refuse(number, -32600, "no active turn to steer")
    _goes_on(turn, item)
    client.perform("steer", scene).failed("no active turn to steer")


@check("steering/interrupted-by-another", "A turn that somebody else interrupts ends.", FACTS)
def by_another(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    turn.delta(turn.open_message(), "Working")
    turn.end("interrupted")
    seen = client.perform("run", scene).ended().reached("turn/start")
    status = (seen.report or {}).get("status")
    require(status in (None, "interrupted"), f"it was interrupted; the driver reports {status!r}")
