"""
The server goes away, or says nonsense: the client ends with an error, and leaves nothing behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.clients import acts
from pytest_codex.conformance.clients.plain import TEXT
from pytest_codex.conformance.clients.scene import Scene

from .suite import FACTS, check

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.conformance.clients.client import Client
    from pytest_codex.conformance.clients.threads import Turn


def _at_initialize(code: int) -> Scene:
    scene = Scene(agent=None)
    scene.asked("initialize")
    scene.exit(code, "codex: cannot start: 4711\n")
    return scene


@check("close/exits-at-initialize", "A server that ends instead of answering is told.", FACTS)
def exits_at_initialize(client: Client) -> None:
    client.perform("hello", _at_initialize(1)).failed().reached("initialize").alone()


@check("close/killed-at-initialize", "A server that is killed at once is told.", FACTS)
def killed_at_initialize(client: Client) -> None:
    client.perform("hello", _at_initialize(-9)).failed().reached("initialize").alone()


@check("close/exits-at-a-request", "A request that will never be answered ends.", FACTS)
def at_request(client: Client) -> None:
    scene = Scene()
    scene.asked("thread/start")
    scene.until("thread/start")
    scene.exit(0)
    client.perform("run", scene).failed().reached("thread/start").alone()


def _mid_turn(disturb: Callable[[Turn], None], *, goes_on: bool = False) -> Scene:
    scene = Scene()
    turn = scene.thread().turn()
    item = turn.open_message()
    turn.delta(item, "Working")
    disturb(turn)
    if goes_on:
        turn.item({"type": "agentMessage", "id": item, "text": TEXT}, begun=False)
        turn.end()
    return scene


ENDS: dict[str, tuple[str, Callable[[Turn], None]]] = {
    "exits": ("ends", lambda turn: turn.scene.exit(0, thread=turn.thread.id)),
    "fails": ("fails", lambda turn: turn.scene.exit(101, "panicked\n", turn.thread.id)),
    "killed": ("is killed", lambda turn: turn.scene.exit(-9, thread=turn.thread.id)),
    "closes-its-output": (
        "closes its output and runs on",
        lambda turn: turn.scene.act(acts.CLOSE_OUTPUT, turn.thread.id),
    ),
}


def _ends(name: str) -> None:
    what, disturb = ENDS[name]

    @check(f"close/{name}-in-mid-turn", f"A server that {what} in a turn is told.", FACTS)
    def ends(client: Client) -> None:
        client.perform("run", _mid_turn(disturb)).failed().reached("turn/start").alone()


for _one in ENDS:
    _ends(_one)


@check("close/exits-while-streaming", "Who follows a turn is told that the server ended.", FACTS)
def while_streaming(client: Client) -> None:
    seen = client.perform("stream", _mid_turn(ENDS["exits"][1]))
    seen.failed().reached("turn/start").alone()


@check("close/exits-in-two-threads", "Everybody who waits is told that the server ended.", FACTS)
def in_two_threads(client: Client) -> None:
    scene = Scene()
    threads = [scene.thread(), scene.thread()]
    threads[0].turn()
    turn = threads[1].turn()
    scene.exit(1, thread=turn.thread.id)
    client.perform("two-threads", scene).failed().reached("turn/start").alone()


@check("close/exits-while-asking", "A server that ends before it was answered is told.", FACTS)
def while_asking(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    params = {"threadId": turn.thread.id, "turnId": turn.id, "itemId": "x", "startedAtMs": 0}
    scene.request("item/commandExecution/requestApproval", params)
    scene.exit(1, thread=turn.thread.id)
    client.perform("run", scene).failed().reached("turn/start").alone()


HALF = b'{"method": "turn/completed", "params": {"threa'
LINES = {
    "half-a-line": ("half a line and the end", HALF, True),
    "garbage": ("a line that is no JSON", b"thread 'main' panicked at src/main.rs\n", False),
    "an-array": ("a line that is no object", b'["turn/completed"]\n', False),
    "a-number": ("a line that is a number", b"42\n", False),
    "no-message": ("an object that is no message", b'{"hello": "world"}\n', False),
    "not-utf-8": ("a line that is not UTF-8", b'{"method": "warning \xff\xfe"}\n', False),
    "empty-lines": ("empty lines", b"\n\n  \n", False),
}


def _line(name: str) -> None:
    what, data, ends = LINES[name]

    @check(
        f"close/{name}",
        f"After {what} the client goes on, or ends with an error: it does not wait for ever.",
        FACTS,
    )
    def line(client: Client) -> None:
        def disturb(turn: Turn) -> None:
            turn.scene.raw(data, turn.thread.id)
            if ends:
                turn.scene.exit(0, thread=turn.thread.id)

        seen = client.perform("run", _mid_turn(disturb, goes_on=not ends)).ended()
        seen.reached("turn/start").alone()
        if ends or seen.trouble is not None:
            seen.failed()
        else:
            seen.said(TEXT)


for _one in LINES:
    _line(_one)


@check("close/noisy-standard-error", "Megabytes on standard error hold up nothing.", FACTS)
def noisy(client: Client) -> None:
    def disturb(turn: Turn) -> None:
        turn.scene.act(acts.STDERR, turn.thread.id, size=2_000_000)

    client.perform("run", _mid_turn(disturb, goes_on=True)).said(TEXT).alone()
