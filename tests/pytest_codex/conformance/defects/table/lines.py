"""
Broken reading and writing of lines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from tests.pytest_codex.conformance.defects.kit import (
    Behaviour,
    Defect,
    Line,
    Message,
    anything,
    before,
    change,
    put,
    refuses,
    result,
    rewrite,
    send,
)

_ASKED = "account/read"
_PARSE_ERROR = {"id": None, "error": {"code": -32700, "message": "Parse error"}}
_INVALID = {"id": None, "error": {"code": -32600, "message": "Invalid Request"}}


class _Complains(Behaviour):
    """
    Answers lines that have to be ignored.
    """

    def __init__(self, which: Callable[[Line], bool], answer: Message) -> None:
        self._which, self._answer = which, answer

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        if self._which(line):
            reply(self._answer)
        return (line,)


def _json(line: Line) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return _json


def _is_message(line: Message) -> bool:
    if isinstance(line.get("method"), str):
        return True
    return "result" in line or "error" in line


def _odd_id(line: Line) -> bool:
    if not isinstance(line, dict) or "id" not in line or "method" not in line:
        return False
    given = line["id"]
    whole = type(given) is int and -(2**63) <= given < 2**63
    return not isinstance(given, str) and not whole


class _Once(Behaviour):
    """
    Answers each id once only.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()

    def server(self, seen: Any) -> Iterable[Line]:
        if seen.kind not in ("result", "error"):
            return (seen.message,)
        key = repr(seen.message["id"])
        if key in self._known:
            return ()
        self._known.add(key)
        return (seen.message,)


def _answers_unknown(line: Line) -> bool:
    return (
        isinstance(line, dict)
        and "method" not in line
        and ("result" in line or "error" in line)
        and line.get("id") in (900, "nobody", 901, None)
    )


def _unknown_notice(line: Line) -> bool:
    return isinstance(line, dict) and "id" not in line and line.get("method") != "initialized"


class _Deaf(Behaviour):
    """
    Does not hear some lines, judged by how they are written.
    """

    def __init__(self, which: Callable[[str], bool]) -> None:
        self._which = which

    def client(self, line: Line, reply: Callable[[Line], None]) -> Iterable[Line]:
        return () if self._which(self.raw) else (line,)


DEFECTS = (
    Defect(
        "answers-broken-json",
        "A line that is no JSON is answered with a parse error, as JSON-RPC has it.",
        lambda: _Complains(
            lambda line: isinstance(line, str) and _json(line) is _json, _PARSE_ERROR
        ),
        fails={"robustness/broken-json"},
    ),
    Defect(
        "answers-what-is-no-object",
        "A line that holds another value is answered with an error.",
        lambda: _Complains(
            lambda line: isinstance(line, str) and _json(line) is not _json, _INVALID
        ),
        fails={"robustness/no-objects"},
    ),
    Defect(
        "answers-what-is-no-message",
        "An object that is no message is answered with an error.",
        lambda: _Complains(lambda line: isinstance(line, dict) and not _is_message(line), _INVALID),
        fails={"robustness/no-messages"},
    ),
    Defect(
        "answers-odd-ids",
        "A request whose id is neither text nor integer is refused.",
        lambda: _Complains(_odd_id, _INVALID),
        fails={"robustness/odd-ids"},
    ),
    Defect(
        "answers-answers",
        "An answer to a request that was never sent is refused.",
        lambda: _Complains(_answers_unknown, _INVALID),
        fails={"robustness/unknown-answers"},
    ),
    Defect(
        "answers-notifications",
        "A notification that it does not know is refused.",
        lambda: _Complains(_unknown_notice, _INVALID),
        fails={"robustness/unknown-notifications"},
    ),
    Defect(
        "ids-become-text",
        "Every id comes back as text.",
        change(result(_ASKED).where(lambda m: m["id"] == -5), rewrite("id", str)),
        fails={"robustness/ids-come-back-as-they-were"},
    ),
    Defect(
        "one-answer-for-each-id",
        "An id that was answered once is never answered again.",
        _Once,
        fails={"robustness/duplicate-ids", "robustness/ids-may-be-used-again"},
    ),
    Defect(
        "refuses-jsonrpc",
        "A message with a jsonrpc member is refused.",
        refuses(lambda m: "jsonrpc" in m),
        fails={"robustness/jsonrpc-member"},
    ),
    Defect(
        "says-jsonrpc",
        "Every message has a jsonrpc member.",
        change(anything(), put("jsonrpc", "2.0")),
        fails={"robustness/says-no-jsonrpc"},
    ),
    Defect(
        "reads-one-order-of-members",
        "A request is heard only when it has no blanks between its members.",
        lambda: _Deaf(lambda raw: '"id" : ' in raw),
        fails={"robustness/members-in-any-order"},
    ),
    Defect(
        "deaf-to-crlf",
        "A line that ends with CRLF is not heard.",
        lambda: _Deaf(lambda raw: raw.endswith("\r")),
        fails={"robustness/crlf"},
    ),
    Defect(
        "deaf-to-broken-lines",
        "A line that came in pieces is not heard.",
        lambda: _Deaf(lambda raw: '"half-ü"' in raw),
        fails={"robustness/half-a-line"},
        live=True,
    ),
    Defect(
        "hears-one-line-of-a-write",
        "Of many lines in one write only the first is heard.",
        lambda: _Deaf(lambda raw: '"line-2' in raw),
        fails={"robustness/many-lines-at-once"},
        live=True,
    ),
    Defect(
        "loses-letters",
        "Letters outside ASCII become question marks.",
        change(
            result("fs/readDirectory"),
            rewrite(
                "result.entries",
                lambda found: json.loads(
                    json.dumps(found, ensure_ascii=False).encode("ascii", "replace")
                ),
            ),
        ),
        fails={"robustness/letters"},
    ),
    Defect(
        "deaf-to-escapes",
        "A line with escaped letters is not heard.",
        lambda: _Deaf(lambda raw: "\\ud8" in raw),
        fails={"robustness/escaped-letters"},
    ),
    Defect(
        "deaf-to-long-lines",
        "A line of megabytes is not heard.",
        lambda: _Deaf(lambda raw: len(raw) > 1_000_000),
        fails={"robustness/long-lines"},
        live=True,
    ),
    Defect(
        "reads-no-depth",
        "A line nested a hundred deep is not heard.",
        lambda: _Deaf(lambda raw: raw.count("{") > 50),
        fails={"robustness/deep-nesting"},
    ),
    Defect(
        "prints-a-log-line",
        "A line of a log is on standard output.",
        before(result("turn/start"), "2026-01-01T00:00:00Z INFO codex: a turn begins"),
        fails={"process/says-only-messages"},
    ),
    Defect(
        "prints-a-list",
        "A batch is on standard output.",
        send(result("turn/start"), lambda m: (json.dumps([m]),)),
        fails={"process/says-only-messages"},
    ),
)
