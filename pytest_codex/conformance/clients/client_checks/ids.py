"""
Whose id is whose: both sides count for themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_server.messages import encode, is_request
from pytest_codex.conformance.clients import acts, asking, plain
from pytest_codex.conformance.clients.plain import TEXT
from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.outcomes import require

from .requests import only_answer
from .suite import FACTS, check

if TYPE_CHECKING:
    from pytest_codex.conformance.clients.client import Client

IDS: dict[str, Any] = {
    "integer": 7,
    "zero": 0,
    "large-integer": 2**53 - 1,
    "string": "approval-7",
    "string-of-digits": "7",
}


def _echo(name: str) -> None:
    @check(f"ids/{name}", f"A request with the id {IDS[name]!r} is answered with it.", FACTS)
    def echo(client: Client) -> None:
        seen = client.perform("run", asking.asks(asking.COMMAND, number=IDS[name])[0])
        only_answer(seen, IDS[name], asking.COMMAND)
        seen.said(TEXT)


for _one in IDS:
    _echo(_one)


@check(
    "ids/same-as-the-clients-own",
    "A request of the server may have the id of a request of the client.",
    FACTS,
)
def collision(client: Client) -> None:
    scene = Scene()
    thread = scene.thread()
    number = scene.asked("turn/start", threadId=thread.id)
    turn = thread.new_turn()
    asked = scene.request(
        asking.COMMAND, asking.PARAMS[asking.COMMAND](turn), f"{acts.CLIENT_ID}turn/start"
    )
    scene.answered(asked, thread.id)
    scene.answer(number, {"turn": turn.described("inProgress")})
    turn.begin()
    turn.message(TEXT)
    turn.end()
    seen = client.perform("run", scene)
    live = [one["id"] for one in seen.requests("turn/start")]
    require(live, "turn/start never came")
    only_answer(seen, live[0], asking.COMMAND)
    seen.said(TEXT)


@check("ids/own-ids-are-unique", "The client uses no id twice, and none that is null.", FACTS)
def unique(client: Client) -> None:
    seen = client.perform("turns", plain.turns())
    seen.turns()
    ids = [encode(one["id"]) for one in seen.sent if is_request(one)]
    require(len(set(ids)) == len(ids), f"ids were used twice: {ids}")
    kinds = {type(one["id"]).__name__ for one in seen.sent if is_request(one)}
    require(kinds <= {"int", "str"}, f"ids are integers or strings, not {sorted(kinds)}")
