"""
What was asked of the client, what it answered, and who decided that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_codex.wire import Wire

APPROVAL = "requestApproval"
"""How the method of every approval ends."""

REVIEW = "item/autoApprovalReview/completed"

CLIENT, DEFAULT, REVIEWER = "the client", "the SDK's default", "the reviewer model"
WITHDRAWN, NOBODY = "withdrawn", "nobody"

ACCEPTING = ("accept", "acceptForSession")


@dataclass(frozen=True, slots=True)
class Asked:
    """
    One approval.

    Attributes:
        kind: ``command``, ``fileChange`` or what else stands in the method.
        subject: The command, or the reason given for an edit.
        decision: What was decided; empty when nothing was.
        by: Who decided: ``the client``, ``the SDK's default`` (no handler was given),
            ``the reviewer model``, ``withdrawn`` (the turn was over) or ``nobody``.
    """

    kind: str
    subject: str
    decision: str
    by: str

    @property
    def accepted(self) -> bool:
        """
        Whether it was let happen.
        """
        return self.decision in ACCEPTING or self.decision == "approved"


class DefaultAnswers:
    """
    Notes which questions the SDK answered by itself, because the client has no handler.
    """

    def __init__(self) -> None:
        self._noted: list[str] = []

    def note(self, method: str, params: Any) -> None:
        """
        Note one; the SDK's reader thread calls this.
        """
        self._noted.append(_key(method, params))

    def __contains__(self, message: dict[str, Any]) -> bool:
        return _key(message["method"], message.get("params")) in self._noted


def asked(wire: Wire, defaults: DefaultAnswers) -> list[Asked]:
    """
    The approvals of a session until now, in the order they were asked.
    """
    lines = wire.tail(len(wire))
    if not any(APPROVAL in line or REVIEW in line for _, _, line in lines):
        return []  # so that a replay does not parse what nobody will look at
    return list(_asked(list(_messages(lines)), defaults))


def _messages(lines: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for connection, sender, line in lines:
        try:
            body = json.loads(line)
        except ValueError:
            continue
        if isinstance(body, dict):
            yield connection, sender, body


def _asked(
    messages: list[tuple[int, str, dict[str, Any]]], defaults: DefaultAnswers
) -> Iterator[Asked]:
    for place, (connection, sender, body) in enumerate(messages):
        method = str(body.get("method", ""))
        params = body.get("params") or {}
        if sender != "server":
            continue
        if method == REVIEW:
            status = str((params.get("review") or {}).get("status", ""))
            yield Asked("review", _reviewed(params), status, REVIEWER)
        elif method.endswith(APPROVAL) and "id" in body:
            later = [(who, what) for conn, who, what in messages[place + 1 :] if conn == connection]
            decision, by = _decision(body, later)
            if by == CLIENT and body in defaults:
                by = DEFAULT
            yield Asked(method.split("/")[-2], _subject(params), decision, by)


def _decision(request: dict[str, Any], later: list[tuple[str, dict[str, Any]]]) -> tuple[str, str]:
    params = request.get("params") or {}
    for sender, body in later:
        method, said = body.get("method"), body.get("params") or {}
        if sender == "client" and method is None and body.get("id") == request["id"]:
            return _word(body), CLIENT
        resolved = method == "serverRequest/resolved" and said.get("requestId") == request["id"]
        turn = (said.get("turn") or {}).get("id") if method == "turn/completed" else None
        if sender == "server" and (resolved or (turn is not None and turn == params.get("turnId"))):
            return "", WITHDRAWN
    return "", NOBODY


def _word(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return "error"
    result = answer.get("result")
    decision = result.get("decision") if isinstance(result, dict) else None
    if isinstance(decision, dict):
        return next(iter(decision), "none")
    return str(decision) if decision else "none"


def _subject(params: dict[str, Any]) -> str:
    command = params.get("command")
    if isinstance(command, list):
        command = " ".join(map(str, command))
    return str(command or params.get("reason") or params.get("grantRoot") or params.get("itemId"))


def _reviewed(params: dict[str, Any]) -> str:
    action = params.get("action") or {}
    return str(action.get("command") or action.get("type") or params.get("targetItemId") or "")


def _key(method: str, params: Any) -> str:
    return json.dumps([method, params], sort_keys=True)
