"""
A client that is done ends its server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.clients import acts, plain
from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.outcomes import require

from .suite import FACTS, check

if TYPE_CHECKING:
    from pytest_codex.conformance.clients.client import Client


@check("goodbye/after-hello", "A client that does nothing ends its server, too.", FACTS)
def after_hello(client: Client) -> None:
    client.perform("hello", plain.hello()).reached("initialize").ended().alone()


@check("goodbye/after-a-turn", "After its last turn the client ends its server.", FACTS)
def after_turn(client: Client) -> None:
    client.perform("run", plain.run()).said(plain.TEXT).alone()


@check(
    "goodbye/politely",
    "The client closes the server's input, or sends SIGTERM, before it kills.",
    FACTS,
)
def politely(client: Client) -> None:
    seen = client.perform("run", plain.run()).ended().reached("thread/start")
    events = seen.events()
    with client.lenient("the server can save nothing when it is killed"):
        require(
            "eof" in events or "sigterm" in events,
            "the server was killed: neither did its input end nor did SIGTERM come",
        )


@check("goodbye/after-an-error", "After an error the client ends its server, too.", FACTS)
def after_error(client: Client) -> None:
    scene = Scene()
    scene.refuse(scene.asked("thread/start"), -32600, "no")
    client.perform("run", scene).failed().reached("thread/start").alone()


@check("goodbye/after-a-failed-handshake", "A refused handshake ends the server, too.", FACTS)
def after_handshake(client: Client) -> None:
    scene = Scene(agent=None)
    scene.refuse(scene.asked("initialize"), -32600, "no")
    client.perform("hello", scene).failed().reached("initialize").alone()


@check("goodbye/stubborn", "A server that does not go is killed in the end.", FACTS)
def stubborn(client: Client) -> None:
    scene = Scene()
    thread = scene.thread()
    scene.act(acts.STAY, thread.id)
    turn = thread.turn()
    turn.message(plain.TEXT)
    turn.end()
    client.perform("run", scene).said(plain.TEXT).alone()


@check("goodbye/still-talking", "A server that goes on talking does not keep the client.", FACTS)
def talking(client: Client) -> None:
    scene = plain.run()
    for number in range(5_000):
        scene.notify("warning", message=f"still here {number}")
    client.perform("run", scene).said(plain.TEXT).alone()
