"""
Questions to the user about edits, and what follows from each answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import (
    ADD_NOTE,
    FILE_APPROVAL,
    MODEL,
    READ_ONLY,
    ended,
    has,
    item,
    same,
    texts,
    usable,
)
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Requests of the server"
_AGAIN = "*** Update File: note.txt\n@@\n-one\n+two\n"


def _ask(server: Server) -> tuple[Client, str, str]:
    """
    A turn whose agent asks for an edit; returns client, thread and turn.
    """
    server.model.patch(ADD_NOTE).say("Going on.")
    client = server.connect()
    thread = client.thread(**READ_ONLY)
    return client, thread, client.start(thread)


def _answer(client: Client, result: Message) -> Message:
    asked = client.notice(FILE_APPROVAL)
    client.send({"id": asked["id"], "result": result})
    return dict(asked["params"])


def _note(server: Server) -> str | None:
    path = server.workspace / "note.txt"
    return path.read_text(encoding="utf-8") if path.exists() else None


@check(
    "approvals/edit-accepted",
    "An accepted edit is made, not before; the question names thread, turn and item.",
    _FACTS,
    notifications=[FILE_APPROVAL, "serverRequest/resolved"],
    needs=MODEL,
)
def accepted(server: Server) -> None:
    client, thread, turn = _ask(server)
    client.notice(FILE_APPROVAL)
    same("the file before the answer", _note(server), None)
    asked = _answer(client, {"decision": "accept"})
    ended(client.completed(turn))
    has("the question", asked, threadId=thread, turnId=turn)
    same("itemId", asked.get("itemId"), item(client, "fileChange")["id"])
    same("the status of the edit", item(client, "fileChange").get("status"), "completed")
    same("the file", _note(server), "one\n")


@check(
    "approvals/edit-declined",
    "A declined edit touches no file; its item is declined, and the turn goes on.",
    _FACTS,
    notifications=[FILE_APPROVAL],
    needs=MODEL,
)
def declined(server: Server) -> None:
    client, _, turn = _ask(server)
    _answer(client, {"decision": "decline"})
    ended(client.completed(turn))
    same("the status of the edit", item(client, "fileChange").get("status"), "declined")
    same("the messages", texts(client), ["Going on."])
    same("the file", _note(server), None)


@check(
    "approvals/edit-cancelled",
    "Cancelling an edit ends the turn as interrupted, and touches no file.",
    _FACTS,
    notifications=[FILE_APPROVAL],
    needs=MODEL,
)
def cancelled(server: Server) -> None:
    client, thread, turn = _ask(server)
    _answer(client, {"decision": "cancel"})
    ended(client.completed(turn), "interrupted")
    usable(client, thread)
    same("the file", _note(server), None)


@check(
    "approvals/edit-accepted-for-the-session",
    "After an edit was accepted for the session the same file is edited without a question.",
    _FACTS,
    notifications=[FILE_APPROVAL],
    needs=MODEL,
)
def for_session(server: Server) -> None:
    server.model.patch(ADD_NOTE).patch(_AGAIN).say("Edited twice.")
    client = server.connect()
    client.answers[FILE_APPROVAL] = lambda _: {"decision": "acceptForSession"}
    ended(client.turn(client.thread(**READ_ONLY)))
    same("the number of questions", len(client.said(FILE_APPROVAL)), 1)
    same("the file", _note(server), "two\n")


@check(
    "approvals/edit-empty-answer-is-no-yes",
    "An answer without a decision makes no edit; the turn goes on.",
    _FACTS,
    notifications=[FILE_APPROVAL],
    needs=MODEL,
    broken=True,
)
def empty(server: Server) -> None:
    client, _, turn = _ask(server)
    _answer(client, {})
    ended(client.completed(turn))
    status = item(client, "fileChange").get("status")
    require(status in {"failed", "declined"}, f"the status of the edit is {status!r}")
    same("the file", _note(server), None)
