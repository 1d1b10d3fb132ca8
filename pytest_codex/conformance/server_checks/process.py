"""
How the server's process ends, and what it leaves behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require, skip

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: The end of the process"
_GRACE = 10.0
"""Seconds that a server may take to go."""


def _ended(client: Client, after: str) -> int:
    try:
        return client.process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        require(False, f"the server runs on {_GRACE:g} s after {after}")
        raise


def _in_a_turn(server: Server) -> Client:
    server.model.hold("thinking")
    client = server.connect()
    client.start(client.thread())
    client.notice("item/agentMessage/delta")
    return client


@check(
    "process/ends-with-its-input",
    "The server ends with code 0 when its input ends.",
    _FACTS,
)
def ends_with_input(server: Server) -> None:
    client = server.connect()
    client.thread()
    code = client.close()
    require(code == 0, f"the exit code is {code}")


@check(
    "process/ends-without-a-handshake",
    "The server ends with code 0 when its input ends before anything was said.",
    _FACTS,
)
def ends_unused(server: Server) -> None:
    code = server.spawn().close()
    require(code == 0, f"the exit code is {code}")


@check(
    "process/ends-in-a-turn",
    "The server ends with code 0 when its input ends in the middle of a turn.",
    _FACTS,
    methods=["turn/start"],
    needs=["model", "live"],
)
def ends_in_turn(server: Server) -> None:
    code = _in_a_turn(server).close()
    require(code == 0, f"the exit code is {code}")


@check(
    "process/ends-on-sigterm",
    "SIGTERM ends the server, in a turn too: with code 0, in some versions by the signal.",
    _FACTS,
    methods=["turn/start"],
    needs=["model", "live"],
)
def ends_on_sigterm(server: Server) -> None:
    if not hasattr(signal, "SIGKILL"):
        skip("this system has no signals")
    client = _in_a_turn(server)
    client.process.send_signal(signal.SIGTERM)
    code = _ended(client, "SIGTERM")
    require(code in (0, -signal.SIGTERM), f"the exit code is {code}")


@check(
    "process/ends-on-sigint",
    "SIGINT ends the server.",
    _FACTS,
    needs=["live"],
)
def ends_on_sigint(server: Server) -> None:
    if not hasattr(signal, "SIGKILL"):
        skip("this system has no signals")
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        skip("SIGINT is ignored here, as in what a shell starts in the background")
    client = server.connect()
    client.settle()
    client.process.send_signal(signal.SIGINT)
    code = _ended(client, "SIGINT")
    require(code in (0, -signal.SIGINT, 128 + signal.SIGINT), f"the exit code is {code}")


@check(
    "process/client-dies",
    "The server ends when its client dies: when nobody writes to it and nobody reads.",
    _FACTS,
    methods=["turn/start"],
    needs=["model", "live"],
)
def client_dies(server: Server) -> None:
    client = _in_a_turn(server)
    assert client.process.stdin
    assert client.process.stdout
    # Closing a pipe that a thread reads from is not safe; another file in its place is.
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), client.process.stdout.fileno())
    client.process.stdin.close()
    _ended(client, "its client died")


@check(
    "process/killed-in-a-turn",
    "The thread of a server that was killed in a turn can be resumed and used by the next one.",
    _FACTS,
    methods=["turn/start", "thread/resume"],
    needs=["model", "live"],
)
def killed(server: Server) -> None:
    server.model.say("first answer")
    client = server.connect()
    thread = client.thread()
    client.turn(thread, "first")
    server.model.hold("thinking")
    client.start(thread, "second")
    client.notice("item/agentMessage/delta", since=len(client.messages))
    client.kill()
    second = server.connect()
    resumed = second.request("thread/resume", {"threadId": thread})["thread"]
    require(resumed["id"] == thread, f"the resumed thread is {resumed['id']}, not {thread}")
    server.model.say("third answer")
    turn = second.turn(thread, "third")
    require(turn["status"] == "completed", f"the next turn ended as {turn['status']}")


@check(
    "process/says-only-messages",
    "Standard output carries one JSON object per line and nothing else, up to the end.",
    _FACTS,
    methods=["turn/start"],
    needs=["model"],
)
def only_messages(server: Server) -> None:
    server.model.run("echo from a command").say("done")
    client = server.connect()
    client.turn(client.thread())
    client.refused("no/such/method")
    assert client.process.stdin
    client.process.stdin.close()
    client.drain()
    code = _ended(client, "its input ended")
    require(code == 0, f"the exit code is {code}")


@check(
    "process/two-at-once",
    "Two processes of one home serve their clients independently.",
    _FACTS,
    methods=["thread/start", "turn/start"],
    needs=["model"],
)
def two_at_once(server: Server) -> None:
    server.model.say("one").say("two")
    clients = [server.connect(), server.connect()]
    threads = [client.thread() for client in clients]
    for client, thread in zip(clients, threads, strict=True):
        turn = client.turn(thread)
        require(turn["status"] == "completed", f"a turn ended as {turn['status']}")
    for client, mine, other in zip(clients, threads, reversed(threads), strict=True):
        known = {m["params"].get("threadId") for m in client.said("turn/completed")}
        require(known == {mine}, f"a client heard of turns of {known}, not only of {mine}")
        require(
            other not in client.request("thread/loaded/list")["data"],
            "a thread of one process is loaded in the other",
        )
