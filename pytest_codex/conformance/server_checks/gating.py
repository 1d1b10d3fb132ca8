"""
The experimental part of the protocol: only for clients that ask for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Message
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: The experimental part"
_NEEDS = "requires experimentalApi capability"
_GATED: dict[str, Message] = {
    "mock/experimentalMethod": {},
    "collaborationMode/list": {},
    "thread/backgroundTerminals/clean": {"threadId": "THREAD"},
    "thread/settings/update": {"threadId": "THREAD"},
    "thread/realtime/listVoices": {},
    "process/kill": {"processHandle": "none"},
    "remoteControl/enable": {},
}
_FIELDS: list[tuple[str, Message]] = [
    ("thread/start", {"dynamicTools": []}),
    ("thread/start", {"experimentalRawEvents": True}),
    ("thread/start", {"mockExperimentalField": "x"}),
    ("thread/start", {"environments": []}),
    ("thread/start", {"permissions": ":read-only"}),
    ("turn/start", {"permissions": ":read-only"}),
    ("turn/start", {"environments": []}),
]


def _gated(error: Message, name: str) -> None:
    found = error.get("code"), error.get("message")
    wanted = -32600, f"{name} {_NEEDS}"
    require(found == wanted, f"{name} was refused with {found}, not with {wanted}")


@check(
    "gating/methods",
    "Without experimentalApi an experimental method is refused with -32600 and the reason.",
    _FACTS,
    methods=list(_GATED),
)
def methods(server: Server) -> None:
    client = server.connect(experimental=False)
    thread = client.thread()
    for method, params in _GATED.items():
        given = {key: thread if value == "THREAD" else value for key, value in params.items()}
        _gated(client.refused(method, given), method)


@check(
    "gating/fields",
    "Without experimentalApi an experimental field is refused, and the text names it.",
    _FACTS,
    methods=["thread/start", "turn/start"],
)
def fields(server: Server) -> None:
    client = server.connect(experimental=False)
    thread = client.thread()
    for method, params in _FIELDS:
        own: dict[str, Any] = {"threadId": thread, "input": []} if method == "turn/start" else {}
        _gated(client.refused(method, {**own, **params}), f"{method}.{next(iter(params))}")


@check(
    "gating/off-unless-asked-for",
    "Without capabilities, or with experimentalApi false, the experimental part is off.",
    _FACTS,
    methods=["mock/experimentalMethod"],
)
def off_by_default(server: Server) -> None:
    info = {"name": "conformance", "version": "1"}
    for more in ({}, {"capabilities": None}, {"capabilities": {"experimentalApi": False}}):
        client = server.spawn()
        client.request("initialize", {"clientInfo": info, **more})
        _gated(client.refused("mock/experimentalMethod"), "mock/experimentalMethod")


@check(
    "gating/on-when-asked-for",
    "With experimentalApi the experimental methods and fields are served.",
    _FACTS,
    methods=["mock/experimentalMethod", "thread/start"],
)
def on_when_asked(server: Server) -> None:
    client = server.connect()
    echoed = client.request("mock/experimentalMethod", {"value": "hello"})
    require(echoed == {"echoed": "hello"}, f"mock/experimentalMethod answered {echoed}")
    client.thread(mockExperimentalField="x", experimentalRawEvents=False)


@check(
    "gating/the-stable-part-is-whole",
    "Without experimentalApi a whole turn works.",
    _FACTS,
    methods=["thread/start", "turn/start", "thread/read"],
    notifications=["turn/started", "turn/completed"],
    needs=["model"],
)
def stable_turn(server: Server) -> None:
    server.model.say("done")
    client = server.connect(experimental=False)
    thread = client.thread()
    turn = client.turn(thread)
    require(turn["status"] == "completed", f"the turn ended as {turn['status']}")
    read = client.request("thread/read", {"threadId": thread, "includeTurns": True})["thread"]
    require(len(read["turns"]) == 1, f"thread/read tells {len(read['turns'])} turns, not one")


@check(
    "gating/params-are-looked-at-first",
    "Params that cannot be read are refused as such, whoever sends them.",
    _FACTS,
    methods=["process/spawn"],
    broken=True,
)
def params_first(server: Server) -> None:
    client = server.connect(experimental=False)
    text = str(client.refused("process/spawn").get("message"))
    require(text.startswith("Invalid request"), f"process/spawn without params: {text!r}")
