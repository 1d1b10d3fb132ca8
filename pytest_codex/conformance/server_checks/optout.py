"""
Notifications that a client does not want.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Notifications a client does not want"
_DELTAS = "item/agentMessage/delta"
_UNWANTED = ("thread/started", "turn/started", "item/started", "item/completed", _DELTAS)


def _turn(server: Server, opt_out: tuple[str, ...]) -> Client:
    server.model.stream(["one ", "two"])
    client = server.connect(opt_out=opt_out)
    turn = client.turn(client.thread())
    require(turn["status"] == "completed", f"the turn ended as {turn['status']}")
    return client


@check(
    "optout/deltas",
    "A method in optOutNotificationMethods is not sent; what it builds up still comes whole.",
    _FACTS,
    methods=["initialize", "turn/start"],
    notifications=["item/completed"],
    needs=["model"],
)
def deltas(server: Server) -> None:
    client = _turn(server, (_DELTAS,))
    require(not client.said(_DELTAS), f"{_DELTAS} came though the client does not want it")
    text = "".join(item["text"] for item in client.items("agentMessage"))
    require(text == "one two", f"the completed message is {text!r}, not 'one two'")


@check(
    "optout/many",
    "Several methods may be named; none of them is sent.",
    _FACTS,
    methods=["initialize", "turn/start"],
    needs=["model"],
)
def many(server: Server) -> None:
    client = _turn(server, _UNWANTED)
    told = sorted({message["method"] for message in client.said(*_UNWANTED)})
    require(not told, f"unwanted notifications came: {', '.join(told)}")


@check(
    "optout/others-still-come",
    "What is not named is still sent.",
    _FACTS,
    methods=["initialize", "turn/start"],
    needs=["model"],
)
def others(server: Server) -> None:
    client = _turn(server, (_DELTAS,))
    for method in ("thread/started", "turn/started", "item/started", "turn/completed"):
        require(client.said(method), f"{method} did not come though only {_DELTAS} is unwanted")


@check(
    "optout/unknown-names",
    "Names of notifications that do not exist are ignored.",
    _FACTS,
    methods=["initialize", "thread/start"],
)
def unknown_names(server: Server) -> None:
    client = server.connect(opt_out=["made/up", "", "item/agentMessage/*", "item"])
    client.thread()
    client.notice("thread/started")


@check(
    "optout/whole-names-only",
    "A name stands for itself: neither for what begins like it nor for a pattern.",
    _FACTS,
    methods=["initialize", "turn/start"],
    needs=["model"],
)
def whole_names(server: Server) -> None:
    client = _turn(server, ("item/agentMessage", "item/*", "item/agentMessage/deltaX"))
    require(client.said(_DELTAS), f"{_DELTAS} did not come though its name is not among them")


@check(
    "optout/requests-still-come",
    "Requests of the server cannot be switched off.",
    _FACTS,
    methods=["initialize", "turn/start"],
    notifications=["item/commandExecution/requestApproval"],
    needs=["model"],
)
def requests(server: Server) -> None:
    asked = "item/commandExecution/requestApproval"
    server.model.run("touch asked", escalate=True, justification="it is a test").say("done")
    client = server.connect(opt_out=[asked])
    client.answers[asked] = lambda _: {"decision": "decline"}
    thread = client.thread(approvalPolicy="on-request", approvalsReviewer="user")
    client.turn(thread)
    require(client.said(asked), f"{asked} never came: it was switched off")


@check(
    "optout/belongs-to-the-connection",
    "What one client does not want still comes to another one.",
    _FACTS,
    methods=["initialize", "thread/start"],
)
def per_connection(server: Server) -> None:
    first = server.connect(opt_out=["thread/started"])
    second = server.connect()
    first.thread()
    first.settle()
    require(not first.said("thread/started"), "thread/started came though it is unwanted")
    second.thread()
    second.notice("thread/started")
