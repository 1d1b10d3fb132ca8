"""
What a server must bear: odd, broken and broken-off lines, and ids of every kind.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require
from pytest_codex.conformance.server import INITIALIZE

from .suite import check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Lines and ids"
_ASKED = "account/read"
"""What is asked here: answers to this method keep the order of their requests."""


def _request(number: Any, **more: Any) -> dict[str, Any]:
    return {"id": number, "method": _ASKED, "params": {}, **more}


def _ignored(client: Client, lines: Iterable[str]) -> None:
    """
    Hold that nothing answers these lines, and that the server goes on.
    """
    client.request(_ASKED)
    since = len(client.messages)
    for line in lines:
        client.send_line(line)
    client.request(_ASKED)
    answers = [m for m in client.messages[since:-1] if "method" not in m]
    require(not answers, f"what has to be ignored was answered: {json.dumps(answers)[:300]}")


def _same(first: Any, second: Any) -> bool:
    return type(first) is type(second) and bool(first == second)


@check(
    "robustness/broken-json",
    "Lines that are no JSON are ignored, empty ones too.",
    _FACTS,
    methods=[_ASKED],
    broken=True,
)
def broken_json(server: Server) -> None:
    whole = json.dumps(_request("broken"))
    _ignored(server.connect(), ["this is no JSON", "", "   ", whole[:-1], whole + "}", "{" + whole])


@check(
    "robustness/no-objects",
    "Lines that hold JSON but no object are ignored, batches too.",
    _FACTS,
    methods=[_ASKED],
    broken=True,
)
def no_objects(server: Server) -> None:
    batch = json.dumps([_request("batch")])
    _ignored(server.connect(), ["[]", batch, "5", "null", "true", '"text"'])


@check(
    "robustness/no-messages",
    "Objects that are neither request, answer nor notification are ignored.",
    _FACTS,
    methods=[_ASKED],
    broken=True,
)
def no_messages(server: Server) -> None:
    odd: list[dict[str, Any]] = [
        {},
        {"id": 1},
        {"id": "x", "params": {}},
        {"id": "x", "method": 5, "params": {}},
        {"id": "x", "method": None, "params": {}},
    ]
    _ignored(server.connect(), map(json.dumps, odd))


@check(
    "robustness/odd-ids",
    "Requests whose id is neither text nor a 64-bit integer are ignored.",
    _FACTS,
    methods=[_ASKED],
    broken=True,
)
def odd_ids(server: Server) -> None:
    odd: list[Any] = [None, 1.5, True, {}, [], 2**63]
    _ignored(server.connect(), [json.dumps(_request(number)) for number in odd])


@check(
    "robustness/ids-come-back-as-they-were",
    "Text and integer ids are echoed verbatim: their type, their sign, their letters.",
    _FACTS,
    methods=[_ASKED],
)
def verbatim_ids(server: Server) -> None:
    client = server.connect()
    ids: list[Any] = ["7", 7, "", "id-ü-😀", "a b/c\\d", 0, -5, 2**63 - 1, "x" * 1000]
    for number in ids:
        client.send(_request(number))
    for number in ids:
        client.wait(
            lambda m, number=number: "result" in m and _same(m.get("id"), number),  # type: ignore[misc]
            f"the answer to the request with id {number!r:.80}",
        )


@check(
    "robustness/duplicate-ids",
    "Two requests with the same id are both answered.",
    _FACTS,
    methods=[_ASKED],
)
def duplicate_ids(server: Server) -> None:
    client = server.connect()
    for _ in range(2):
        client.send(_request("twice"))
    client.answer("twice", _ASKED)
    since = len(client.messages)
    client.wait(lambda m: m.get("id") == "twice", "the second answer to one id", since)


@check(
    "robustness/ids-may-be-used-again",
    "An id may be used again once it was answered.",
    _FACTS,
    methods=[_ASKED, "model/list"],
)
def reused_ids(server: Server) -> None:
    client = server.connect()
    for method in (_ASKED, "model/list"):
        since = len(client.messages)
        client.send({"id": "again", "method": method, "params": {}})
        answer = client.wait(lambda m: m.get("id") == "again", f"the answer to {method}", since)
        require("result" in answer, f"{method} with an id used before: {answer.get('error')}")


@check(
    "robustness/unknown-answers",
    "Answers and errors for requests the server never sent are ignored.",
    _FACTS,
    methods=[_ASKED],
)
def unknown_answers(server: Server) -> None:
    odd: list[dict[str, Any]] = [
        {"id": 900, "result": {}},
        {"id": "nobody", "result": None},
        {"id": 901, "error": {"code": 1, "message": "m"}},
        {"id": None, "error": {"code": 1, "message": "m"}},
    ]
    _ignored(server.connect(), map(json.dumps, odd))


@check(
    "robustness/unknown-notifications",
    "Notifications that the server does not know are ignored.",
    _FACTS,
    methods=[_ASKED],
    broken=True,
)
def unknown_notifications(server: Server) -> None:
    odd = [{"method": "made/up", "params": {}}, {"method": "made/up"}, {"method": _ASKED}]
    _ignored(server.connect(), map(json.dumps, odd))


@check(
    "robustness/jsonrpc-member",
    "Messages with a jsonrpc member are served like those without.",
    _FACTS,
    methods=["initialize", "thread/start"],
    broken=True,
)
def with_jsonrpc(server: Server) -> None:
    client = server.spawn()
    hello = {"method": "initialize", "params": {"clientInfo": INITIALIZE}}
    client.send({"jsonrpc": "2.0", "id": 1000, **hello})
    require("result" in client.answer(1000, "initialize"), "initialize with jsonrpc was refused")
    client.send({"jsonrpc": "2.0", "method": "initialized"})
    client.send({"jsonrpc": "2.0", "id": 1001, "method": "thread/start", "params": {}})
    require("result" in client.answer(1001, "thread/start"), "thread/start was refused")


@check(
    "robustness/says-no-jsonrpc",
    "The server never sends a jsonrpc member, not to clients that do.",
    _FACTS,
    methods=[_ASKED],
    broken=True,
)
def says_no_jsonrpc(server: Server) -> None:
    client = server.connect()
    client.send({"jsonrpc": "2.0", **_request("with")})
    client.answer("with", _ASKED)
    client.refused("turn/start")
    client.thread()
    client.notice("thread/started")
    found = [m for m in client.messages if "jsonrpc" in m]
    require(not found, f"a message has a jsonrpc member: {json.dumps(found[:1])[:200]}")


@check(
    "robustness/members-in-any-order",
    "The order of a message's members, and blanks between them, mean nothing.",
    _FACTS,
    methods=[_ASKED],
)
def any_order(server: Server) -> None:
    client = server.connect()
    client.send_line(f'  {{ "params" : {{}} ,\t"method":"{_ASKED}","id" : "late" }}  ')
    require("result" in client.answer("late", _ASKED), "the request was refused")
