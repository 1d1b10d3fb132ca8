"""
Broken limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.pytest_codex.conformance.defects.kit import (
    Behaviour,
    Defect,
    Line,
    Message,
    Seen,
    at,
    change,
    done,
    drop,
    error,
    get,
    put,
    refuses,
    result,
    rewrite,
    says,
    twice,
)

_DELTA = "item/agentMessage/delta"


def _length(message: Message) -> int:
    given = get(message, "params.input") or [] if message.get("method") == "turn/start" else []
    return sum(len(part.get("text", "")) for part in given)


class _Merges(Behaviour):
    """
    Sends two deltas of an item as one.
    """

    def __init__(self) -> None:
        self._kept: Message | None = None

    def server(self, seen: Seen) -> Iterable[Line]:
        if seen.method == _DELTA and self._kept is None:
            self._kept = seen.message
            return ()
        kept, self._kept = self._kept, None
        if kept is None:
            return (seen.message,)
        if seen.method != _DELTA:
            return (kept, seen.message)
        text = kept["params"]["delta"] + seen.message["params"]["delta"]
        return ({**kept, "params": {**kept["params"], "delta": text}},)

    def idle(self) -> Iterable[Line]:
        kept, self._kept = self._kept, None
        return () if kept is None else (kept,)


class _Tired(Behaviour):
    """
    Drops requests beyond the fortieth that waits.
    """

    def __init__(self) -> None:
        self._asked = 0

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        if isinstance(line, dict) and line.get("method") == "account/read":
            self._asked += 1
            if self._asked > 40:
                return ()
        return (line,)


def _now_and_then(message: Message) -> bool:
    ident = str(message.get("id"))
    return ident.startswith("flood-") and ident.endswith("00")


DEFECTS = (
    Defect(
        "half-the-input",
        "Input of more than half a million characters is refused.",
        refuses(lambda m: 500_000 < _length(m) <= 1_048_576, -32602, "too large"),
        fails={"limits/input-at-the-limit"},
    ),
    Defect(
        "vague-about-limits",
        "The refusal of long input does not tell the limit.",
        change(error("turn/start").where(at("error.code", -32602)), put("error.data", None)),
        fails={"limits/input-over-the-limit", "limits/input-is-counted-together"},
    ),
    Defect(
        "long-input-is-a-bad-request",
        "Long input is refused as any bad request is.",
        change(error("turn/start").where(at("error.code", -32602)), put("error.code", -32600)),
        fails={"limits/input-over-the-limit", "limits/input-is-counted-together"},
    ),
    Defect(
        "counts-bytes",
        "The length of the input is told in bytes.",
        change(
            error("turn/start").where(at("error.data.actual_chars", 1_100_000)),
            put("error.data.actual_chars", 1_700_000),
        ),
        fails={"limits/input-is-counted-together"},
    ),
    Defect(
        "wants-input",
        "A turn without input is refused.",
        refuses(lambda m: m.get("method") == "turn/start" and get(m, "params.input") == []),
        fails={"limits/empty-input"},
    ),
    Defect(
        "cuts-long-messages",
        "A message of the agent has at most a million characters.",
        change(done("agentMessage"), rewrite("params.item.text", lambda text: text[:1_000_000])),
        fails={"limits/long-answer"},
        live=True,
    ),
    Defect(
        "merges-deltas",
        "Two pieces of a message are sent as one delta.",
        _Merges,
        fails={"limits/many-deltas", "turns/deltas-make-the-text"},
    ),
    Defect(
        "loses-a-delta",
        "The first piece of each message is lost.",
        drop(says(_DELTA), times=1),
        fails={"limits/many-deltas", "turns/deltas-make-the-text"},
    ),
    Defect(
        "drops-requests",
        "Of fifty requests forty are answered.",
        _Tired,
        fails={"limits/requests-in-flight"},
    ),
    Defect(
        "answers-twice",
        "Requests are answered twice.",
        twice(result("account/read")),
        fails={"limits/requests-in-flight"},
    ),
    Defect(
        "overload-in-other-words",
        "A flood is refused as an internal error.",
        # By itself a server that stands behind a proxy is never flooded.
        refuses(_now_and_then, -32603, "Server overloaded; retry later."),
        fails={"limits/overload"},
        live=True,
    ),
)
