"""
What is refused, and in which words: clients read codes and texts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Message
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Errors"
_NOBODY = "01a1fcaa-0000-7000-8000-000000000000"
_TEXT = [{"type": "text", "text": "hello"}]


def _expect(error: Message, code: int, pattern: str, what: str) -> None:
    text = error.get("message")
    require(error.get("code") == code, f"{what}: code {error.get('code')}, not {code} ({text})")
    require(
        isinstance(text, str) and re.search(pattern, text),
        f"{what}: the text is {text!r}, which does not say {pattern!r}",
    )


@check(
    "errors/unknown-method",
    "An unknown method is refused with -32600, and the text names it.",
    _FACTS,
    broken=True,
)
def unknown_method(server: Server) -> None:
    client = server.connect()
    _expect(client.refused("no/such/method"), -32600, "no/such/method", "no/such/method")


@check(
    "errors/missing-field",
    "Params that lack a required field are refused with -32600, and the text names the field.",
    _FACTS,
    methods=["turn/start"],
    broken=True,
)
def missing_field(server: Server) -> None:
    client = server.connect()
    error = client.refused("turn/start", {"input": []})
    _expect(error, -32600, "^Invalid request: .*threadId", "turn/start without threadId")


@check(
    "errors/wrong-type",
    "Params with a value of another type are refused with -32600 and `Invalid request`.",
    _FACTS,
    methods=["thread/start", "thread/read"],
    broken=True,
)
def wrong_type(server: Server) -> None:
    client = server.connect()
    wrong: list[tuple[str, Any]] = [
        ("thread/start", {"cwd": 5}),
        ("thread/read", {"threadId": ["x"]}),
        ("thread/read", []),
        ("thread/read", "x"),
    ]
    for number, (method, params) in enumerate(wrong):
        client.send({"id": f"wrong-{number}", "method": method, "params": params})
        answer = client.answer(f"wrong-{number}", method)
        what = f"{method} with {params!r}"
        _expect(answer.get("error") or {}, -32600, "^Invalid request", what)


@check(
    "errors/unknown-variant",
    "An enum value that does not exist is refused with -32600, and the text names it.",
    _FACTS,
    methods=["thread/start"],
    broken=True,
)
def unknown_variant(server: Server) -> None:
    client = server.connect()
    error = client.refused("thread/start", {"sandbox": "no-such-sandbox"})
    _expect(error, -32600, "^Invalid request: .*no-such-sandbox", "an unknown sandbox")


@check(
    "errors/missing-params",
    "A request whose method takes params is refused with -32600 when it has none.",
    _FACTS,
    methods=["thread/start", "model/list"],
    broken=True,
)
def missing_params(server: Server) -> None:
    client = server.connect()
    for method in ("thread/start", "model/list"):
        client.send({"id": f"bare {method}", "method": method})
        answer = client.answer(f"bare {method}", method)
        _expect(answer.get("error") or {}, -32600, "params", f"{method} without params")


@check(
    "errors/unknown-fields-are-ignored",
    "Fields that the server does not know, in params and beside them, are ignored.",
    _FACTS,
    methods=["thread/start"],
)
def unknown_fields(server: Server) -> None:
    client = server.connect()
    client.send({"id": 7000, "method": "thread/start", "params": {"madeUp": 1}, "alsoMadeUp": {}})
    answer = client.answer(7000, "thread/start")
    require("result" in answer, f"unknown fields were refused: {answer.get('error')}")


@check(
    "errors/invalid-thread-id",
    "A thread id that is no UUID is refused with -32600 and `invalid thread id` (or session).",
    _FACTS,
    methods=["turn/start", "thread/read", "thread/archive", "thread/name/set"],
)
def invalid_thread(server: Server) -> None:
    client = server.connect()
    asked: dict[str, Message] = {
        "thread/read": {},
        "thread/archive": {},
        "thread/name/set": {"name": "x"},
        "turn/start": {"input": _TEXT},
    }
    for method, params in asked.items():
        error = client.refused(method, {"threadId": "nobody", **params})
        _expect(error, -32600, "^invalid (thread|session) id", method)


@check(
    "errors/unknown-thread",
    "A thread that does not exist is refused with -32600, and the text ends with its id.",
    _FACTS,
    methods=["turn/start", "thread/read", "thread/resume", "thread/fork", "thread/archive"],
)
def unknown_thread(server: Server) -> None:
    client = server.connect()
    asked: dict[str, tuple[Message, str]] = {
        "turn/start": ({"input": _TEXT}, "thread not found"),
        "turn/steer": ({"input": _TEXT, "expectedTurnId": _NOBODY}, "thread not found"),
        "turn/interrupt": ({"turnId": _NOBODY}, "thread not found"),
        "thread/read": ({}, "thread not loaded"),
        "thread/resume": ({}, "no rollout found for thread id"),
        "thread/fork": ({}, "no rollout found for thread id"),
        "thread/archive": ({}, "no rollout found for thread id"),
        "thread/unarchive": ({}, "no archived rollout found for thread id"),
    }
    for method, (params, text) in asked.items():
        error = client.refused(method, {"threadId": _NOBODY, **params})
        _expect(error, -32600, f"^{text}:? {_NOBODY}$", method)


@check(
    "errors/steer-without-a-turn",
    "Steering or interrupting a thread whose turn is over names the reason in words clients read.",
    _FACTS,
    methods=["turn/steer"],
    needs=["model"],
)
def steer_idle(server: Server) -> None:
    server.model.say("done")
    client = server.connect()
    thread = client.thread()
    turn = client.turn(thread)
    error = client.refused(
        "turn/steer", {"threadId": thread, "expectedTurnId": turn["id"], "input": _TEXT}
    )
    _expect(error, -32600, "^no active turn to steer$", "turn/steer on an idle thread")


@check(
    "errors/steer-another-turn",
    "Steering a turn that is not the active one tells both ids, as clients parse them.",
    _FACTS,
    methods=["turn/steer", "turn/interrupt"],
    needs=["model"],
)
def steer_another(server: Server) -> None:
    gate = server.model.hold("thinking")
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread)
    client.notice("item/agentMessage/delta")
    other: dict[str, tuple[str, Message]] = {
        "turn/steer": ("expectedTurnId", {"input": _TEXT}),
        "turn/interrupt": ("turnId", {}),
    }
    for method, (key, params) in other.items():
        error = client.refused(method, {"threadId": thread, key: _NOBODY, **params})
        wanted = f"^expected active turn id `?{_NOBODY}`? but found `?{turn}`?$"
        _expect(error, -32600, wanted, method)
    gate.release()
    client.completed(turn)


@check(
    "errors/files-that-are-not-there",
    "What the operating system refuses is -32603 with its text.",
    _FACTS,
    methods=["fs/readFile", "fs/readDirectory"],
)
def no_such_file(server: Server) -> None:
    client = server.connect()
    missing = str(server.workspace / "not-there")
    for method in ("fs/readFile", "fs/readDirectory", "fs/getMetadata"):
        _expect(client.refused(method, {"path": missing}), -32603, r"os error \d+", method)


@check(
    "errors/relative-paths",
    "A path that is not absolute is refused with -32600.",
    _FACTS,
    methods=["fs/readFile"],
)
def relative_path(server: Server) -> None:
    client = server.connect()
    error = client.refused("fs/readFile", {"path": "relative.txt"})
    _expect(error, -32600, "^Invalid request", "fs/readFile of a relative path")


@check(
    "errors/errors-have-a-code-and-a-text",
    "Every error has an integer code and a text that is not empty.",
    _FACTS,
    broken=True,
)
def proper_errors(server: Server) -> None:
    client = server.connect()
    asked: list[tuple[str, Message]] = [
        ("no/such/method", {}),
        ("turn/start", {}),
        ("thread/read", {"threadId": _NOBODY}),
        ("account/rateLimits/read", {}),
        ("account/login/cancel", {"loginId": "nobody"}),
        ("command/exec", {"command": []}),
        ("fs/readFile", {"path": str(server.workspace / "not-there")}),
    ]
    for method, params in asked:
        error = client.refused(method, params)
        require(type(error.get("code")) is int, f"{method}: the code is {error.get('code')!r}")
        require(
            isinstance(error.get("message"), str) and error["message"],
            f"{method}: the text is {error.get('message')!r}",
        )


@check(
    "errors/the-connection-survives",
    "After any number of errors the connection serves the next request as if nothing had been.",
    _FACTS,
    methods=["thread/start"],
    broken=True,
)
def survives(server: Server) -> None:
    client = server.connect()
    for number in range(20):
        client.refused("no/such/method" if number % 2 else "turn/start", {"wrong": number})
    client.thread()
    client.notice("thread/started")
