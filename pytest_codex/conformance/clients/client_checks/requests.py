"""
Every request of the server gets a valid answer or an error, and the turn goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.clients import asking
from pytest_codex.conformance.clients.plain import TEXT
from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.outcomes import require

from .schema import faults
from .suite import FACTS, check

if TYPE_CHECKING:
    from fake_server.messages import Message
    from pytest_codex.conformance.clients.client import Client
    from pytest_codex.conformance.clients.seen import Seen


def only_answer(seen: Seen, number: object, method: str) -> Message:
    """
    The one answer to a request.
    """
    answers = seen.answers(number)
    require(answers, f"{method} has to be answered, with its id {number!r}; it was not")
    require(len(answers) == 1, f"{method} was answered {len(answers)} times")
    answer = answers[0]
    require(
        ("result" in answer) != ("error" in answer),
        f"an answer has a result or an error: {answer}",
    )
    return answer


def _request(method: str) -> None:
    name = method.replace("/", "-")

    @check(
        f"requests/{name}",
        f"{method} gets a valid answer or an error, and the turn goes on.",
        FACTS,
        notifications=[method],
    )
    def request(client: Client) -> None:
        scene, number = asking.asks(method)
        seen = client.perform("run", scene)
        answer = only_answer(seen, number, method)
        seen.said(TEXT)
        if "error" in answer:
            error = answer["error"]
            good = isinstance(error, dict) and isinstance(error.get("code"), int)
            require(good, f"an error has a code and a message, not {error}")
        else:
            wrong = faults(client, seen, "client answer")
            require(not wrong, "the answer is not valid: " + "; ".join(wrong))


for _one in asking.PARAMS:
    _request(_one)


@check(
    "requests/user-input",
    "Each question of the agent gets its own answer.",
    FACTS,
    notifications=[asking.QUESTION],
)
def user_input(client: Client) -> None:
    scene, number = asking.asks(asking.QUESTION)
    seen = client.perform("user-input", scene)
    result: Any = only_answer(seen, number, asking.QUESTION).get("result") or {}
    want = {name: {"answers": ["red"]} for name in ("one", "two")}
    got = result.get("answers")
    require(got == want, f"the first option of each question is {want}; the answer is {got}")
    seen.said(TEXT)


@check(
    "requests/resolved-by-another",
    "A request that somebody else answered meanwhile is no trouble.",
    FACTS,
    notifications=["serverRequest/resolved"],
)
def resolved(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    asking.begun(turn, asking.COMMAND)
    number = scene.request(asking.COMMAND, asking.PARAMS[asking.COMMAND](turn))
    turn.thread.notify("serverRequest/resolved", requestId=number)
    asking.ended(turn, asking.COMMAND)
    turn.message(TEXT)
    turn.end()
    scene.answered(number, turn.thread.id)
    client.perform("run", scene).said(TEXT)


@check(
    "requests/of-an-unknown-thread",
    "A request about a thread that no answer named is answered: sub-agents ask, too.",
    FACTS,
    notifications=[asking.COMMAND],
)
def stranger(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    other = scene.stranger()
    scene.notify("thread/started", thread={**other.described(), "parentThreadId": turn.thread.id})
    child = other.new_turn().begin()
    asking.begun(child, asking.COMMAND)
    number = scene.request(asking.COMMAND, asking.PARAMS[asking.COMMAND](child))
    scene.answered(number, other.id)
    asking.ended(child, asking.COMMAND)
    child.end()
    scene.act("$until", turn.thread.id, answer=number)
    turn.message(TEXT)
    turn.end()
    seen = client.perform("run", scene)
    only_answer(seen, number, asking.COMMAND)
    seen.said(TEXT)
