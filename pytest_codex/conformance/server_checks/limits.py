"""
How much a server takes at once, and what it says when that was too much.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Limits"
_MOST_INPUT = 1_048_576
_LONG_ANSWER = 8_000_000
_FLOOD = 1500
_PROBE_EVERY = 32


def _text(length: int) -> list[Message]:
    return [{"type": "text", "text": "a" * length}]


def _too_large(client: Client, thread: str, given: list[Message], actual: int) -> None:
    error = client.refused("turn/start", {"threadId": thread, "input": given})
    require(error.get("code") == -32602, f"the code is {error.get('code')}, not -32602")
    data = error.get("data") or {}
    wanted = {"input_error_code": "input_too_large", "max_chars": _MOST_INPUT}
    require(
        {**wanted, "actual_chars": actual} == data,
        f"the error's data is {json.dumps(data)}, which does not tell limit and length",
    )


@check(
    "limits/input-at-the-limit",
    "A turn's input may have 1,048,576 characters.",
    _FACTS,
    methods=["turn/start"],
    needs=["model"],
)
def input_at_limit(server: Server) -> None:
    server.model.say("done")
    client = server.connect()
    turn = client.completed(
        client.request(
            "turn/start", {"threadId": client.thread(ephemeral=True), "input": _text(_MOST_INPUT)}
        )["turn"]["id"]
    )
    require(turn["status"] == "completed", f"the turn ended as {turn['status']}")


@check(
    "limits/input-over-the-limit",
    "Longer input is refused with -32602; its data tells the limit and the length.",
    _FACTS,
    methods=["turn/start"],
)
def input_over_limit(server: Server) -> None:
    client = server.connect()
    _too_large(client, client.thread(), _text(_MOST_INPUT + 1), _MOST_INPUT + 1)


@check(
    "limits/input-is-counted-together",
    "The limit is of characters, not bytes, of all parts of the input together.",
    _FACTS,
    methods=["turn/start"],
)
def input_together(server: Server) -> None:
    client = server.connect()
    given = [{"type": "text", "text": "ü" * 600_000}, {"type": "text", "text": "a" * 500_000}]
    _too_large(client, client.thread(), given, 1_100_000)


@check(
    "limits/empty-input",
    "A turn may begin without any input.",
    _FACTS,
    methods=["turn/start"],
    needs=["model"],
)
def empty_input(server: Server) -> None:
    server.model.say("done")
    client = server.connect()
    given = {"threadId": client.thread(), "input": []}
    turn = client.completed(client.request("turn/start", given)["turn"]["id"])
    require(turn["status"] == "completed", f"the turn ended as {turn['status']}")


@check(
    "limits/long-answer",
    "An agent's message of 8 MB arrives whole, in one line.",
    _FACTS,
    methods=["turn/start"],
    notifications=["item/completed"],
    needs=["model", "live"],
)
def long_answer(server: Server) -> None:
    server.model.say("x" * _LONG_ANSWER)
    client = server.connect()
    client.turn(client.thread(ephemeral=True))
    said = client.items("agentMessage")
    require(said, "no item/completed came for the message")
    length = len(said[-1]["text"])
    require(length == _LONG_ANSWER, f"the message has {length} characters, not {_LONG_ANSWER}")


@check(
    "limits/many-deltas",
    "Each piece of the model's text is one delta, in order, and none is lost.",
    _FACTS,
    methods=["turn/start"],
    notifications=["item/agentMessage/delta"],
    needs=["model"],
)
def many_deltas(server: Server) -> None:
    pieces = [f"{number} " for number in range(300)]
    server.model.stream(pieces)
    client = server.connect()
    client.turn(client.thread(ephemeral=True))
    deltas = [m["params"]["delta"] for m in client.said("item/agentMessage/delta")]
    require(deltas == pieces, f"of {len(pieces)} pieces {len(deltas)} deltas came: {deltas[:5]} …")


@check(
    "limits/requests-in-flight",
    "Fifty requests may wait for their answers at once; each is answered once.",
    _FACTS,
    methods=["account/read"],
)
def in_flight(server: Server) -> None:
    client = server.connect()
    asked = [client.ask("account/read") for _ in range(50)]
    for number in asked:
        answer = client.answer(number, "account/read")
        require("result" in answer, f"one of fifty was refused: {json.dumps(answer)[:200]}")
    _each_once(client, set(asked))


def _each_once(client: Client, asked: set[Any]) -> None:
    told = [m["id"] for m in client.messages if "method" not in m and m.get("id") in asked]
    twice = {number for number in told if told.count(number) > 1}
    require(not twice, f"requests were answered more than once: {sorted(twice)[:5]}")


@check(
    "limits/overload",
    "In a flood the server answers, says -32001, or drops; then it serves on as before.",
    _FACTS,
    methods=["thread/loaded/list"],
    needs=["live"],
)
def overload(server: Server) -> None:
    client = server.connect()
    client.settle()
    names = [f"flood-{number}" for number in range(_FLOOD)]
    lines = [{"id": name, "method": "thread/loaded/list", "params": {}} for name in names]
    for line in lines:
        client.send(line)
    _wait_until_served(client)
    _each_once(client, set(names))
    wanted = {"code": -32001, "message": "Server overloaded; retry later."}
    for message in client.messages:
        if str(message.get("id")).startswith("flood-") and "result" not in message:
            error = message.get("error")
            require(error == wanted, f"overload is told as {json.dumps(error)}")


def _wait_until_served(client: Client) -> None:
    """
    Wait until a request is answered with a result again.

    While the flood lasts a request may be dropped without a word, so another one is sent
    now and then as long as messages come: the last one finds the queues empty.
    """
    asked = {client.ask("thread/loaded/list")}
    seen = 0
    while True:
        message = client.wait(lambda _: True, "an answer after the flood", len(client.messages))
        if message.get("id") in asked and "result" in message:
            return
        seen += 1
        if seen % _PROBE_EVERY == 0:
            asked.add(client.ask("thread/loaded/list"))
