"""
Broken first words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.pytest_codex.conformance.defects.kit import (
    Behaviour,
    Defect,
    Line,
    Message,
    accepts,
    at,
    change,
    error,
    get,
    late,
    lose,
    put,
    refuses,
    result,
    says,
)

_EARLY = error().where(at("error.message", "Not initialized"))


def _no_info(message: Message) -> bool:
    return message.get("method") == "initialize" and not get(message, "params.clientInfo")


def _odd_capabilities(message: Message) -> bool:
    known = {"experimentalApi", "optOutNotificationMethods"}
    return bool(set(get(message, "params.capabilities") or {}) - known)


class _Waits(Behaviour):
    """
    Serves only clients that have sent ``initialized``.
    """

    def __init__(self) -> None:
        self._greeted = False

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        method = line.get("method") if isinstance(line, dict) else None
        if method == "initialized":
            self._greeted = True
        if self._greeted or method == "initialize" or "id" not in line:
            return (line,)
        reply({"id": line["id"], "error": {"code": -32600, "message": "Say initialized."}})
        return ()


class _Sulks(Behaviour):
    """
    Refuses the handshake after it had to refuse a request.
    """

    def __init__(self) -> None:
        self._sulks = False

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        if isinstance(line, dict) and line.get("method") == "initialize" and self._sulks:
            reply({"id": line["id"], "error": {"code": -32600, "message": "Too late."}})
            return ()
        self._sulks = True
        return (line,)


DEFECTS = (
    Defect(
        "agent-without-version",
        "userAgent does not tell the version.",
        change(result("initialize"), put("result.userAgent", "pytest-codex-conformance/new")),
        fails={"handshake/user-agent-tells-the-version"},
    ),
    Defect(
        "agent-of-its-own",
        "userAgent does not begin with the client's name.",
        change(result("initialize"), put("result.userAgent", "codex/0.163.0 (Linux)")),
        fails={"handshake/user-agent-begins-with-the-client"},
    ),
    Defect(
        "home-is-not-told",
        "The answer to initialize has no codexHome.",
        change(result("initialize"), lose("result.codexHome")),
        fails={"handshake/home-is-told"},
    ),
    Defect(
        "platform-is-not-told",
        "The answer to initialize has no platformFamily.",
        change(result("initialize"), lose("result.platformFamily")),
        fails={"handshake/platform-is-told"},
    ),
    Defect(
        "greets-before-it-answers",
        "The first notification comes before the answer to initialize.",
        late(result("initialize"), until=says("remoteControl/status/changed")),
        fails={"handshake/answer-comes-first"},
    ),
    Defect(
        "other-code-before-initialize",
        "Requests before initialize are refused with a code of its own.",
        change(_EARLY, put("error.code", -32002)),
        fails={"handshake/nothing-before-initialize"},
    ),
    Defect(
        "needs-no-handshake",
        "Requests before initialize are served.",
        accepts(_EARLY),
        fails={
            "handshake/nothing-before-initialize",
            "handshake/each-process-anew",
            "handshake/refusals-do-not-spoil-it",
        },
    ),
    Defect(
        "sulks",
        "A request before initialize spoils the handshake.",
        _Sulks,
        fails={"handshake/refusals-do-not-spoil-it", "handshake/each-process-anew"},
    ),
    Defect(
        "initialize-twice",
        "A second initialize is accepted.",
        accepts(error("initialize").where(at("error.message", "Already initialized"))),
        fails={"handshake/only-once"},
    ),
    Defect(
        "needs-no-client-info",
        "An initialize without clientInfo is accepted.",
        accepts(error("initialize").where(lambda m: "clientInfo" in m["error"]["message"])),
        fails={"handshake/client-info-is-required"},
    ),
    Defect(
        "waits-for-initialized",
        "Nothing is served before initialized has come.",
        _Waits,
        fails={"handshake/initialized-is-optional"},
    ),
    Defect(
        "wants-capabilities",
        "An initialize whose capabilities are null is refused.",
        refuses(
            lambda m: (
                m.get("method") == "initialize"
                and not _no_info(m)
                and "capabilities" in m["params"]
                and m["params"]["capabilities"] is None
            )
        ),
        fails={"handshake/capabilities-may-be-null"},
    ),
    Defect(
        "knows-all-capabilities",
        "Capabilities that it does not know are refused.",
        refuses(_odd_capabilities),
        fails={"handshake/capabilities-may-be-empty"},
        live=True,
    ),
    Defect(
        "model-list-is-refused-early",
        "Another text tells that the handshake is missing.",
        change(_EARLY, put("error.message", "Say initialize first.")),
        fails={"handshake/nothing-before-initialize", "handshake/each-process-anew"},
    ),
    Defect(
        "serves-nobody",
        "Each request after the handshake is refused.",
        refuses(
            lambda m: "id" in m and m.get("method") == "thread/loaded/list", text="Not initialized"
        ),
        fails={
            "handshake/only-once",
            "handshake/refusals-do-not-spoil-it",
            "handshake/capabilities-may-be-null",
        },
    ),
)
