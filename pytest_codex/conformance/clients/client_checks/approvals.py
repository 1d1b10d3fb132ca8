"""
An approval is given only to what was asked, and only when the user gives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.clients import asking, plain
from pytest_codex.conformance.clients.plain import TEXT
from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.outcomes import require

from .requests import only_answer
from .suite import FACTS, check

if TYPE_CHECKING:
    from fake_server.messages import Message
    from pytest_codex.conformance.clients.client import Client

ACCEPTING = ("accept", "acceptForSession", "approved", "approved_for_session")
DECLINING = ("decline", "cancel", "denied", "abort")
APPROVALS = {"command": asking.COMMAND, "file-change": asking.FILES}


def decision(answer: Message) -> Any:
    """
    What was decided; None when the answer is an error, or says nothing.
    """
    result = answer.get("result")
    found = result.get("decision") if isinstance(result, dict) else None
    return next(iter(found)) if isinstance(found, dict) and found else found


def _decision(name: str, method: str) -> None:
    @check(
        f"approvals/{name}-accepted",
        f"When the user accepts, {method} is accepted.",
        FACTS,
        notifications=[method],
    )
    def accepted(client: Client) -> None:
        scene, number = asking.asks(method)
        seen = client.perform("approve", scene)
        answer = only_answer(seen, number, method)
        require(decision(answer) in ACCEPTING, f"the user accepts; the answer is {answer}")
        seen.said(TEXT)

    @check(
        f"approvals/{name}-declined",
        f"When the user declines, {method} is declined.",
        FACTS,
        notifications=[method],
    )
    def declined(client: Client) -> None:
        scene, number = asking.asks(method)
        seen = client.perform("decline", scene)
        answer = only_answer(seen, number, method)
        require(decision(answer) in DECLINING, f"the user declines; the answer is {answer}")
        seen.said(TEXT)


for _name, _method in APPROVALS.items():
    _decision(_name, _method)

MALFORMED: dict[str, Any] = {
    "without-ids": {"command": "rm -r /", "cwd": "/workspace"},
    "with-wrong-types": {"threadId": 7, "turnId": None, "itemId": [], "startedAtMs": "now"},
    "without-params": [],
}


def _malformed(name: str) -> None:
    @check(
        f"approvals/malformed-{name}",
        "A malformed request for an approval is never accepted.",
        FACTS,
        notifications=[asking.COMMAND],
    )
    def malformed(client: Client) -> None:
        scene, number = asking.asks(asking.COMMAND, MALFORMED[name])
        seen = client.perform("approve", scene)
        answer = only_answer(seen, number, asking.COMMAND)
        require(decision(answer) not in ACCEPTING, f"it was accepted: {answer}")


for _one in MALFORMED:
    _malformed(_one)


@check(
    "approvals/two-at-once",
    "Two requests that are open at once each get their own answer.",
    FACTS,
    notifications=[asking.COMMAND, asking.FILES],
)
def two_at_once(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    methods = (asking.COMMAND, asking.FILES)
    numbers = [scene.request(method, asking.PARAMS[method](turn)) for method in methods]
    for number in numbers:
        scene.answered(number, turn.thread.id)
    turn.message(TEXT)
    turn.end()
    seen = client.perform("approve", scene)
    for number in numbers:
        answer = only_answer(seen, number, "the approval")
        require(decision(answer) in ACCEPTING, f"the user accepts both; one answer is {answer}")
    seen.said(TEXT)


@check(
    "approvals/in-one-of-two-threads",
    "An approval in one thread does not hold up the other.",
    FACTS,
    notifications=[asking.COMMAND],
)
def two_threads(client: Client) -> None:
    scene = Scene()
    threads = [scene.thread(), scene.thread()]
    first = threads[0].turn()
    scene.until("turn/start", 2, threads[0].id)
    asking.begun(first, asking.COMMAND)
    number = first.ask(asking.COMMAND, asking.PARAMS[asking.COMMAND](first))
    asking.ended(first, asking.COMMAND)
    first.message(plain.TEXTS[0])
    first.end()
    second = threads[1].turn()
    second.message(plain.TEXTS[1])
    second.end()
    seen = client.perform("two-threads", scene)
    only_answer(seen, number, asking.COMMAND)
    for text, report in zip(plain.TEXTS, seen.turns(), strict=False):
        seen.said(text, report)
