"""
The first words of a connection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require
from pytest_codex.conformance.server import INITIALIZE

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.server import Server

_AGENT = re.compile(r"[^/]+/\d+\.\d+\.\d+")


@check(
    "handshake/user-agent-tells-the-version",
    "The answer to initialize names the server's version in userAgent, as name/x.y.z.",
    "protocol-facts: The base sequence",
    methods=["initialize"],
)
def user_agent(server: Server) -> None:
    client = server.spawn()
    result = client.request("initialize", {"clientInfo": INITIALIZE})
    agent = str(result.get("userAgent"))
    require(_AGENT.match(agent), f"userAgent is {agent!r}, which does not tell a version")


@check(
    "handshake/nothing-before-initialize",
    "Before initialize every request is refused with -32600.",
    "protocol-facts: Errors",
    methods=["thread/start"],
)
def nothing_before(server: Server) -> None:
    client = server.spawn()
    error = client.refused("thread/start")
    require(error.get("code") == -32600, f"the code is {error.get('code')}, not -32600")
