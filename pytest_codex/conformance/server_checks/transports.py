"""
Other ways to talk to a server than over its pipes: WebSockets, on a port or a socket.
"""

from __future__ import annotations

import http.client
import stat
import subprocess
from typing import TYPE_CHECKING

from pytest_codex.conformance import sockets
from pytest_codex.conformance.outcomes import ConformanceError, require

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server
    from pytest_codex.conformance.sockets import Listening

_FACTS = "protocol-facts: Transports"
_APPROVAL = "item/commandExecution/requestApproval"
_GRACE = 10.0
"""Seconds that a server may take to go."""


def _whole_turn(server: Server, listening: Listening) -> None:
    server.model.say("done")
    client = listening.connect()
    turn = client.turn(client.thread())
    require(turn["status"] == "completed", f"the turn ended as {turn['status']}")


def _ended(client: Client) -> int:
    try:
        return client.process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        raise ConformanceError(f"the server runs on after {_GRACE:g} s") from None


@check(
    "transports/websocket",
    "With --listen ws://127.0.0.1:0 the server takes WebSockets; a frame is a message.",
    _FACTS,
    methods=["initialize", "turn/start"],
    needs=["model", "live"],
)
def websocket(server: Server) -> None:
    _whole_turn(server, sockets.on_port(server))


@check(
    "transports/unix-socket",
    "With --listen unix://PATH it takes WebSockets on a socket that only its owner may use.",
    _FACTS,
    methods=["initialize", "turn/start"],
    needs=["model", "live"],
)
def unix_socket(server: Server) -> None:
    _whole_turn(server, sockets.on_socket(server))
    # Looked at last: for a moment after it is made the socket has the mode of any file.
    mode = stat.S_IMODE((server.directory / "s").stat().st_mode)
    require(mode == 0o600, f"the socket's mode is {mode:o}, not 600")


@check(
    "transports/health",
    "A server on a port answers /readyz and /healthz with 200.",
    _FACTS,
    needs=["live"],
)
def health(server: Server) -> None:
    listening = sockets.on_port(server)
    for path in ("/readyz", "/healthz"):
        connection = http.client.HTTPConnection(str(listening.address), timeout=_GRACE)
        try:
            connection.request("GET", path)
            status = connection.getresponse().status
        finally:
            connection.close()
        require(status == 200, f"{path} is answered with {status}")


@check(
    "transports/no-browsers",
    "A connection that a page in a browser opens (it has an Origin) is refused.",
    _FACTS,
    needs=["live"],
)
def no_browsers(server: Server) -> None:
    listening = sockets.on_port(server)
    try:
        listening.spawn(Origin="https://example.org")
    except ConformanceError as refusal:
        require("403" in str(refusal), f"it was refused otherwise than with 403: {refusal}")
    else:
        require(False, "a connection with an Origin was taken")


@check(
    "transports/handshake-for-each",
    "Each connection has a handshake and ids of its own.",
    _FACTS,
    methods=["initialize"],
    needs=["live"],
)
def handshake_for_each(server: Server) -> None:
    listening = sockets.on_port(server)
    first, second = listening.connect(), listening.spawn()
    text = second.refused("thread/loaded/list").get("message")
    require(text == "Not initialized", f"the second connection is told {text!r}")
    server.greet(second)
    for client in (first, second):
        client.send({"id": "the same", "method": "account/read", "params": {}})
    for client in (first, second):
        client.answer("the same", "account/read")


@check(
    "transports/survives-disconnects",
    "The server goes on when a client leaves in a turn, and the next one finds the thread.",
    _FACTS,
    methods=["turn/start", "thread/resume"],
    needs=["model", "live"],
)
def survives(server: Server) -> None:
    listening = sockets.on_port(server)
    gate = server.model.hold("thinking")
    first = listening.connect()
    thread = first.thread()
    turn = first.start(thread)
    first.notice("item/agentMessage/delta")
    first.kill()
    second = listening.connect()
    second.request("thread/resume", {"threadId": thread})
    gate.release()
    status = second.completed(turn)["status"]
    require(status == "completed", f"the turn ended as {status}")


@check(
    "transports/turns-belong-to-subscribers",
    "Who did not start or resume a thread is told its status, and nothing of its turns.",
    _FACTS,
    methods=["turn/start"],
    notifications=["thread/status/changed"],
    needs=["model", "live"],
)
def subscribers(server: Server) -> None:
    listening = sockets.on_port(server)
    server.model.say("done")
    first, second = listening.connect(), listening.connect()
    thread = first.thread()
    first.turn(thread)
    second.notice("thread/status/changed", threadId=thread, status={"type": "idle"})
    second.settle()
    told = [m["method"] for m in second.messages if m.get("params", {}).get("turnId")]
    require(not told, f"another client was told {sorted(set(told))}")


@check(
    "transports/first-answer-wins",
    "All subscribers are asked for an approval, with one id; the first answer counts.",
    _FACTS,
    methods=["turn/start", "thread/resume"],
    notifications=[_APPROVAL, "serverRequest/resolved"],
    needs=["model", "live"],
)
def first_answer(server: Server) -> None:
    listening = sockets.on_port(server)
    server.model.say("hello").run("touch asked", escalate=True, justification="a test")
    server.model.say("done")
    first, second = listening.connect(), listening.connect()
    thread = first.thread(approvalPolicy="on-request", approvalsReviewer="user")
    first.turn(thread)
    second.request("thread/resume", {"threadId": thread})
    turn = first.start(thread)
    asked = [client.notice(_APPROVAL)["id"] for client in (first, second)]
    require(asked[0] == asked[1], f"the clients are asked with ids {asked}")
    second.send({"id": asked[1], "result": {"decision": "decline"}})
    for client in (first, second):
        client.notice("serverRequest/resolved", requestId=asked[0])
    first.send({"id": asked[0], "result": {"decision": "accept"}})
    first.completed(turn)
    items = first.items("commandExecution")
    require(items and items[-1]["status"] == "declined", "the second answer was counted")


@check(
    "transports/ends-on-sigterm",
    "A server that listens ends with code 0 on SIGTERM and leaves no socket behind.",
    _FACTS,
    needs=["live"],
)
def sigterm(server: Server) -> None:
    listening = sockets.on_socket(server)
    listening.connect()
    listening.process.process.terminate()
    code = _ended(listening.process)
    require(code == 0, f"the exit code is {code}")
    require(not (server.directory / "s").exists(), "the socket is still there")


@check(
    "transports/odd-addresses",
    "An address it cannot or must not listen on ends the server with an error.",
    _FACTS,
    needs=["live"],
)
def odd_addresses(server: Server) -> None:
    nowhere = f"unix://{server.workspace}/.git/HEAD/s"  # below a file
    for address in ("made-up://here", nowhere, "ws://0.0.0.0:0"):
        client = server.spawn(["--listen", address])
        code = _ended(client)
        require(code != 0, f"with --listen {address} it ends with code 0")
