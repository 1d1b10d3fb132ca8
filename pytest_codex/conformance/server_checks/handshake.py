"""
The first words of a connection.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require
from pytest_codex.conformance.server import INITIALIZE

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.server import Server

_AGENT = re.compile(r"[^/]+/\d+\.\d+\.\d+")
_FACTS = "protocol-facts: The handshake"


@check(
    "handshake/user-agent-tells-the-version",
    "The answer to initialize names the server's version in userAgent, as name/x.y.z.",
    _FACTS,
    methods=["initialize"],
)
def user_agent(server: Server) -> None:
    client = server.spawn()
    result = client.request("initialize", {"clientInfo": INITIALIZE})
    agent = str(result.get("userAgent"))
    require(_AGENT.match(agent), f"userAgent is {agent!r}, which does not tell a version")


@check(
    "handshake/user-agent-begins-with-the-client",
    "The name in userAgent is the one the client gave in clientInfo.",
    _FACTS,
    methods=["initialize"],
)
def names_the_client(server: Server) -> None:
    client = server.spawn()
    agent = str(client.request("initialize", {"clientInfo": INITIALIZE}).get("userAgent"))
    wanted = INITIALIZE["name"] + "/"
    require(agent.startswith(wanted), f"userAgent is {agent!r} and does not begin with {wanted!r}")


@check(
    "handshake/home-is-told",
    "The answer to initialize names the directory of the server's configuration.",
    _FACTS,
    methods=["initialize"],
)
def tells_home(server: Server) -> None:
    client = server.spawn()
    result = client.request("initialize", {"clientInfo": INITIALIZE})
    home, wanted = str(result.get("codexHome")), os.path.realpath(server.runtime.home)
    require(os.path.realpath(home) == wanted, f"codexHome is {home!r}, CODEX_HOME is {wanted!r}")


@check(
    "handshake/platform-is-told",
    "The answer to initialize names the platform's family and its operating system.",
    _FACTS,
    methods=["initialize"],
)
def tells_platform(server: Server) -> None:
    client = server.spawn()
    result = client.request("initialize", {"clientInfo": INITIALIZE})
    family, system = result.get("platformFamily"), result.get("platformOs")
    require(family in ("unix", "windows"), f"platformFamily is {family!r}, not unix or windows")
    require(isinstance(system, str) and system, f"platformOs is {system!r}, which names nothing")


@check(
    "handshake/answer-comes-first",
    "Nothing is sent before the answer to initialize; greetings follow it.",
    _FACTS,
    methods=["initialize"],
)
def answer_first(server: Server) -> None:
    client = server.connect()
    client.settle()
    first = client.messages[0]
    require("result" in first, f"the first message is {first.get('method')}, not the answer")


@check(
    "handshake/nothing-before-initialize",
    "Before initialize every request is refused with -32600 and `Not initialized`.",
    _FACTS,
    methods=["thread/start", "model/list", "account/read"],
)
def nothing_before(server: Server) -> None:
    client = server.spawn()
    for method in ("thread/start", "model/list", "account/read"):
        error = client.refused(method)
        require(error.get("code") == -32600, f"{method}: code {error.get('code')}, not -32600")
        text = error.get("message")
        require(text == "Not initialized", f"{method}: {text!r}, not 'Not initialized'")


@check(
    "handshake/refusals-do-not-spoil-it",
    "After refused requests the handshake still succeeds.",
    _FACTS,
    methods=["initialize"],
)
def late_handshake(server: Server) -> None:
    client = server.spawn()
    client.refused("thread/loaded/list")
    client.send({"method": "initialized"})
    client.request("initialize", {"clientInfo": INITIALIZE})
    client.request("thread/loaded/list")


@check(
    "handshake/only-once",
    "A second initialize is refused with -32600 and `Already initialized`; the first one stands.",
    _FACTS,
    methods=["initialize"],
)
def only_once(server: Server) -> None:
    client = server.connect()
    error = client.refused("initialize", {"clientInfo": INITIALIZE})
    found = error.get("code"), error.get("message")
    require(found == (-32600, "Already initialized"), f"it was refused with {found}")
    client.request("thread/loaded/list")


@check(
    "handshake/client-info-is-required",
    "An initialize without clientInfo is refused with -32600, and can be put right.",
    _FACTS,
    methods=["initialize"],
    broken=True,
)
def client_info(server: Server) -> None:
    client = server.spawn()
    error = client.refused("initialize")
    require(error.get("code") == -32600, f"the code is {error.get('code')}, not -32600")
    require("clientInfo" in str(error.get("message")), f"{error} does not name clientInfo")
    client.request("initialize", {"clientInfo": INITIALIZE})


@check(
    "handshake/initialized-is-optional",
    "A client that never sends initialized is served like any other.",
    _FACTS,
    methods=["initialize", "thread/start"],
)
def without_initialized(server: Server) -> None:
    client = server.spawn()
    client.request("initialize", {"clientInfo": INITIALIZE})
    thread = client.thread()
    client.notice("thread/started")
    loaded = client.request("thread/loaded/list")["data"]
    require(loaded == [thread], f"thread/loaded/list says {loaded}, not the thread just started")


@check(
    "handshake/capabilities-may-be-null",
    "capabilities may be null, and title of clientInfo too.",
    _FACTS,
    methods=["initialize"],
)
def null_capabilities(server: Server) -> None:
    client = server.spawn()
    info = {"name": "conformance", "title": None, "version": "1"}
    client.request("initialize", {"clientInfo": info, "capabilities": None})
    client.request("thread/loaded/list")


@check(
    "handshake/capabilities-may-be-empty",
    "Capabilities that the server does not know are ignored, none at all is allowed.",
    _FACTS,
    methods=["initialize"],
)
def odd_capabilities(server: Server) -> None:
    for capabilities in ({}, {"experimentalApi": False, "somethingElse": {"is": True}}):
        client = server.spawn()
        client.request("initialize", {"clientInfo": INITIALIZE, "capabilities": capabilities})
        client.request("thread/loaded/list")


@check(
    "handshake/each-process-anew",
    "The handshake belongs to the connection: a second process of the same home wants its own.",
    _FACTS,
    methods=["initialize"],
)
def each_process(server: Server) -> None:
    server.connect()
    second = server.spawn()
    text = second.refused("thread/loaded/list").get("message")
    require(text == "Not initialized", f"the second process says {text!r}")
    second.request("initialize", {"clientInfo": INITIALIZE})
