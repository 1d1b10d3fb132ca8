"""
Broken choices of the client: notifications it does not want, and the experimental part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.pytest_codex.conformance.defects.kit import (
    Behaviour,
    Defect,
    Line,
    Message,
    Seen,
    accepts,
    change,
    error,
    get,
    hears,
    lose,
    put,
    refuses,
    rewrite,
)

_WANTED = "params.capabilities.optOutNotificationMethods"
_GATE = "requires experimentalApi capability"
_DELTA = "item/agentMessage/delta"


class _OptsOut(Behaviour):
    """
    Leaves out more than the client asked for.

    Args:
        meant: Whether a method is left out, for a name that the client gave.
    """

    def __init__(self, meant: Callable[[str, str], bool], requests: bool = False) -> None:
        self._meant, self._requests = meant, requests
        self._names: list[str] = []

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        if isinstance(line, dict) and line.get("method") == "initialize":
            self._names = get(line, _WANTED) or []
        return (line,)

    def server(self, seen: Seen) -> Iterable[Line]:
        if seen.kind in ("result", "error") or (seen.kind == "request") != self._requests:
            return (seen.message,)
        out = any(self._meant(name, seen.method) for name in self._names)
        return () if out else (seen.message,)


class _Forgets(Behaviour):
    """
    Leaves out thread/started for those who did not say so.
    """

    def __init__(self) -> None:
        self._names: list[str] | None = None

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        if isinstance(line, dict) and line.get("method") == "initialize":
            self._names = get(line, _WANTED)
        return (line,)

    def server(self, seen: Seen) -> Iterable[Line]:
        if seen.method == "thread/started" and seen.kind == "notification" and not self._names:
            return ()
        return (seen.message,)


def _some(message: Message) -> bool:
    return message.get("method") == "initialize" and bool(get(message, _WANTED))


def _hello(edit: Callable[[Message], object]) -> Callable[[Message], Iterable[Line]]:
    def make(message: Message) -> Iterable[Line]:
        edit(message)
        return (message,)

    return make


_REFUSED = error().where(lambda m: _GATE in str(m["error"].get("message")))

DEFECTS = (
    Defect(
        "ignores-opt-out",
        "optOutNotificationMethods is ignored.",
        hears(_some, _hello(lose(_WANTED))),
        fails={"optout/deltas", "optout/many", "optout/belongs-to-the-connection"},
        live=True,
    ),
    Defect(
        "opts-out-of-one-only",
        "Of several unwanted methods only the first is left out.",
        hears(_some, _hello(rewrite(_WANTED, lambda names: names[:1]))),
        fails={"optout/many"},
        live=True,
    ),
    Defect(
        "opts-out-of-the-message",
        "Who does not want deltas gets no text at all.",
        lambda: _OptsOut(lambda name, method: name == _DELTA and method == "item/completed"),
        fails={"optout/deltas"},
    ),
    Defect(
        "opts-out-of-the-turn",
        "Who does not want deltas does not hear when a turn begins.",
        lambda: _OptsOut(lambda name, method: name == _DELTA and method == "turn/started"),
        fails={"optout/others-still-come"},
    ),
    Defect(
        "knows-all-notifications",
        "Names of notifications that do not exist are refused.",
        refuses(lambda m: _some(m) and "made/up" in (get(m, _WANTED) or ())),
        fails={"optout/unknown-names"},
    ),
    Defect(
        "opts-out-by-prefix",
        "A name stands for all that begins like it.",
        lambda: _OptsOut(lambda name, method: bool(name) and method.startswith(name)),
        fails={"optout/whole-names-only"},
    ),
    Defect(
        "opts-out-of-requests",
        "Requests of the server can be switched off.",
        lambda: _OptsOut(lambda name, method: name == method, requests=True),
        fails={"optout/requests-still-come"},
    ),
    Defect(
        "opts-out-for-everyone",
        "What nobody said it does not want is left out all the same.",
        _Forgets,
        fails={"optout/belongs-to-the-connection"},
    ),
    Defect(
        "gate-is-open",
        "Experimental methods are served without experimentalApi.",
        accepts(_REFUSED.where(lambda m: not m["error"]["message"].startswith("turn/start"))),
        fails={"gating/methods", "gating/fields", "gating/off-unless-asked-for"},
    ),
    Defect(
        "gate-ignores-fields",
        "Experimental fields of turn/start are served without experimentalApi.",
        accepts(
            _REFUSED.where(lambda m: m["error"]["message"].startswith("turn/start.")),
            {"turn": {"id": "x"}},
        ),
        fails={"gating/fields"},
    ),
    Defect(
        "gate-gives-no-reason",
        "What is experimental is refused like what does not exist.",
        change(_REFUSED, put("error.message", "Invalid request")),
        fails={"gating/methods", "gating/fields", "gating/off-unless-asked-for"},
    ),
    Defect(
        "gate-is-closed",
        "Experimental methods are refused to those who asked for them.",
        refuses(
            lambda m: get(m, "params.value") == "hello",
            text=f"mock/experimentalMethod {_GATE}",
        ),
        fails={"gating/on-when-asked-for"},
    ),
    Defect(
        "gate-closes-the-stable-part",
        "Who did not ask for the experimental part may not read threads.",
        refuses(
            lambda m: m.get("method") == "thread/read" and get(m, "params.includeTurns") is True,
            text=f"thread/read.includeTurns {_GATE}",
        ),
        fails={"gating/the-stable-part-is-whole"},
    ),
    Defect(
        "gate-comes-first",
        "Params that cannot be read are refused as experimental.",
        change(error("process/spawn"), put("error.message", f"process/spawn {_GATE}")),
        fails={"gating/params-are-looked-at-first"},
    ),
)
