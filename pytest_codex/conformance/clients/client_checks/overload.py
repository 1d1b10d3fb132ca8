"""
An overloaded server refuses with -32001: try again, or tell the user, but never wait for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.clients.plain import TEXT
from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.outcomes import require

from .suite import FACTS, check

if TYPE_CHECKING:
    from pytest_codex.conformance.clients.client import Client

CODE, REASON = -32001, "Server overloaded; retry later."
TRIES = 50


def _once(method: str) -> Scene:
    """
    The first request of a method is refused, the second one served.
    """
    scene = Scene()
    if method == "thread/start":
        scene.refuse(scene.asked(method), CODE, REASON)
    thread = scene.thread()
    if method == "turn/start":
        scene.refuse(scene.asked(method, threadId=thread.id), CODE, REASON)
    turn = thread.turn()
    turn.message(TEXT)
    turn.end()
    return scene


def _overload(method: str) -> None:
    name = method.replace("/", "-")

    @check(
        f"overload/{name}-once",
        f"A {method} refused once with -32001 is tried again, or the user is told.",
        FACTS,
        methods=[method],
    )
    def once(client: Client) -> None:
        seen = client.perform("run", _once(method)).ended()
        if len(seen.requests(method)) > 1:
            seen.said(TEXT)
        else:
            seen.failed("overloaded")


for _one in ("thread/start", "turn/start"):
    _overload(_one)


@check(
    "overload/always",
    "A server that stays overloaded is given up, and the user is told.",
    FACTS,
    methods=["thread/start"],
)
def always(client: Client) -> None:
    scene = Scene()
    for _ in range(TRIES):
        scene.refuse(scene.asked("thread/start"), CODE, REASON)
    seen = client.perform("run", scene).failed("overloaded")
    tries = len(seen.requests("thread/start"))
    require(tries < TRIES, f"it was tried {tries} times without end")


@check(
    "overload/retry",
    "What the client has for retrying after an overload does retry after -32001.",
    FACTS,
    methods=["thread/start"],
)
def retry(client: Client) -> None:
    seen = client.perform("retry", _once("thread/start")).ended()
    tries = len(seen.requests("thread/start"))
    require(tries > 1, "thread/start was refused with -32001 and not tried again")
    seen.said(TEXT)
