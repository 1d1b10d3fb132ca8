"""
The first words of a connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.clients import plain
from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.outcomes import require

from .suite import FACTS, check

if TYPE_CHECKING:
    from pytest_codex.conformance.clients.client import Client

AGENTS = {
    "plain": "codex/0.163.0",
    "pre-release": "codex_cli_rs/0.200.0-alpha.3 (Debian 12.0.0; x86_64) xterm-256color (x; 1)",
    "unversioned": "codex/0.0.0 (Mac OS 15.1.0; arm64) unknown",
    "newer": "codex/1.0.0 (Linux; x86_64) unknown",
}


@check(
    "handshake/initialize-comes-first",
    "The first message is initialize, and tells who the client is.",
    FACTS,
    methods=["initialize"],
)
def initialize_first(client: Client) -> None:
    sent = client.perform("hello", plain.hello()).ended().sent
    require(sent, "the client never said anything")
    require(
        sent[0].get("method") == "initialize" and "id" in sent[0],
        f"the first message has to be the request initialize, not {sent[0]}",
    )
    info = (sent[0].get("params") or {}).get("clientInfo") or {}
    require(
        isinstance(info.get("name"), str) and isinstance(info.get("version"), str),
        f"clientInfo has to tell name and version, not {info}",
    )


@check("handshake/initialize-once", "initialize is sent once per connection.", FACTS)
def initialize_once(client: Client) -> None:
    seen = client.perform("run", plain.run()).ended().reached("initialize")
    starts, times = seen.events().count("start"), len(seen.requests("initialize"))
    require(times <= starts, f"initialize was sent {times} times on {starts} connection(s)")


@check("handshake/initialized", "initialized follows the answer to initialize.", FACTS)
def initialized(client: Client) -> None:
    seen = client.perform("run", plain.run()).ended().reached("initialize")
    methods = [one.get("method") for one in seen.sent]
    with client.lenient("the server answers without it"):
        require("initialized" in methods, "the client never sent initialized")
        late = methods[1 : methods.index("initialized")]
        require(not late, f"before initialized the client sent {late}")


@check("handshake/extra-fields", "Fields that the client does not know are no trouble.", FACTS)
def extra_fields(client: Client) -> None:
    extra = {"somethingNew": {"deep": [1, None]}, "serverInfo": {"name": "x", "version": "0.163.0"}}
    client.perform("hello", Scene(extra=extra)).reached("initialize").result()


def _agent(agent: str) -> None:
    @check(
        f"handshake/user-agent-{agent}",
        f"A userAgent such as {AGENTS[agent]!r} is understood.",
        FACTS,
    )
    def user_agent(client: Client) -> None:
        client.perform("hello", Scene(agent=AGENTS[agent])).reached("initialize").result()


for _one in AGENTS:
    _agent(_one)


@check("handshake/refused", "A refused initialize reaches the user, with its text.", FACTS)
def refused(client: Client) -> None:
    scene = Scene(agent=None)
    scene.refuse(scene.asked("initialize"), -32600, "client is too old: 4711")
    client.perform("hello", scene).failed("4711")


@check(
    "handshake/greetings",
    "Notifications between initialize and the first request are no trouble.",
    FACTS,
    notifications=["configWarning", "deprecationNotice"],
)
def greetings(client: Client) -> None:
    scene = plain.hello()
    scene.notify("configWarning", summary="a setting is not known", details=None)
    scene.notify("deprecationNotice", summary="a setting is going away", details=None)
    turn = scene.thread().turn()
    turn.message(plain.TEXT)
    turn.end()
    client.perform("run", scene).said(plain.TEXT)
