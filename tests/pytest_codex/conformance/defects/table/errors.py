"""
Broken refusals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.pytest_codex.conformance.defects.kit import (
    Behaviour,
    Defect,
    Line,
    Message,
    Selector,
    accepts,
    asks,
    at,
    change,
    error,
    instead,
    put,
    refuses,
    rewrite,
)


def _saying(text: str, *methods: str) -> Selector:
    return error(*methods).where(lambda m: text in str(m["error"].get("message")))


def _odd_fields(message: Message) -> bool:
    return "alsoMadeUp" in message or "madeUp" in (message.get("params") or {})


class _Tires(Behaviour):
    """
    Serves nobody any more after ten refusals.
    """

    def __init__(self) -> None:
        self._refused = 0

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        if self._refused < 10 or not isinstance(line, dict) or "id" not in line:
            return (line,)
        reply({"id": line["id"], "error": {"code": -32600, "message": "Enough."}})
        return ()

    def server(self, seen: object) -> Iterable[Line]:
        self._refused += getattr(seen, "kind", "") == "error"
        return (getattr(seen, "message", None),)


DEFECTS = (
    Defect(
        "method-not-found",
        "An unknown method is refused as JSON-RPC has it, with -32601.",
        change(_saying("no/such/method"), put("error.code", -32601)),
        fails={"errors/unknown-method"},
    ),
    Defect(
        "silent-about-unknown-methods",
        "An unknown method is answered with silence.",
        instead(asks("no/such/method"), lambda _: ()),
        fails={
            "errors/unknown-method",
            "errors/errors-have-a-code-and-a-text",
            "errors/the-connection-survives",
        },
    ),
    Defect(
        "vague-about-fields",
        "The refusal of params that lack a field does not name the field.",
        change(_saying("missing field"), put("error.message", "Invalid request: bad params")),
        fails={"errors/missing-field"},
    ),
    Defect(
        "takes-any-type",
        "Params of the wrong type are refused as an internal error.",
        change(_saying("invalid type"), put("error.code", -32603)),
        fails={"errors/wrong-type"},
    ),
    Defect(
        "vague-about-variants",
        "The refusal of an unknown enum value does not name it.",
        change(_saying("no-such-sandbox"), put("error.message", "Invalid request: unknown value")),
        fails={"errors/unknown-variant"},
    ),
    Defect(
        "params-are-optional",
        "Requests without params are served.",
        accepts(_saying("params")),
        fails={"errors/missing-params"},
    ),
    Defect(
        "strict-about-fields",
        "Fields that it does not know are refused.",
        refuses(_odd_fields),
        fails={"errors/unknown-fields-are-ignored"},
    ),
    Defect(
        "any-thread-id-will-do",
        "A thread id that is no UUID is refused as not found.",
        change(
            error().where(lambda m: m["error"]["message"].startswith("invalid ")),
            put("error.message", "thread not found: nobody"),
        ),
        fails={"errors/invalid-thread-id"},
    ),
    Defect(
        "forgets-which-thread",
        "The refusal of an unknown thread does not tell its id.",
        change(
            _saying("01a1fcaa-0000-7000-8000-000000000000", "turn/start"),
            put("error.message", "thread not found"),
        ),
        fails={"errors/unknown-thread"},
    ),
    Defect(
        "idle-in-other-words",
        "Steering an idle thread is refused in other words.",
        change(
            error("turn/steer"), rewrite("error.message", lambda text: text.replace("no a", "A"))
        ),
        fails={"errors/steer-without-a-turn", "steering/idle-thread-is-refused"},
    ),
    Defect(
        "active-turn-is-a-secret",
        "The refusal to steer another turn does not tell which one is active.",
        change(
            _saying("expected active turn id"),
            rewrite("error.message", lambda text: text.partition(" but found")[0]),
        ),
        fails={"errors/steer-another-turn", "steering/wrong-turn-is-refused"},
    ),
    Defect(
        "io-errors-are-bad-requests",
        "What the operating system refuses is told as a bad request.",
        change(error("fs/readFile", "fs/readDirectory"), put("error.code", -32600)),
        fails={"errors/files-that-are-not-there"},
    ),
    Defect(
        "relative-to-whom",
        "A relative path is taken.",
        accepts(error("fs/readFile").where(at("error.code", -32600))),
        fails={"errors/relative-paths"},
    ),
    Defect(
        "errors-without-text",
        "Errors have a code only.",
        change(error("account/rateLimits/read"), put("error.message", "")),
        fails={"errors/errors-have-a-code-and-a-text"},
    ),
    Defect(
        "errors-with-words-for-codes",
        "An error's code is a word.",
        change(error("account/login/cancel"), put("error.code", "not-found")),
        fails={"errors/errors-have-a-code-and-a-text"},
    ),
    Defect(
        "tires-of-errors",
        "After ten errors nothing is served any more.",
        _Tires,
        fails={"errors/the-connection-survives"},
    ),
)
