"""
Questions to the user about commands, and what follows from each answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require

from .kit import (
    ASK_USER,
    COMMAND_APPROVAL,
    ESCALATED,
    MODEL,
    NO_TURN,
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
_RESOLVED = "serverRequest/resolved"


def _ask(server: Server, times: int = 1, **how: Any) -> tuple[Client, str, str]:
    """
    A turn whose agent asks for a command; returns client, thread and turn.
    """
    for _ in range(times):
        server.model.run("echo more >> escalated.txt", escalate=True, **how)
    server.model.say("Going on.")
    client = server.connect()
    thread = client.thread(**ASK_USER)
    return client, thread, client.start(thread)


def _answered(client: Client, decision: Any) -> Message:
    """
    The question, answered.
    """
    asked = client.notice(COMMAND_APPROVAL)
    client.send({"id": asked["id"], "result": {"decision": decision}})
    return dict(asked["params"])


def _written(server: Server) -> str | None:
    path = server.workspace / "escalated.txt"
    return path.read_text(encoding="utf-8") if path.exists() else None


@check(
    "approvals/command-question",
    "The question names thread, turn, item, command, directory and the agent's reason.",
    _FACTS,
    notifications=[COMMAND_APPROVAL],
    needs=MODEL,
)
def question(server: Server) -> None:
    client, thread, turn = _ask(server, justification="It must be there.")
    asked = _answered(client, "decline")
    client.completed(turn)
    has("the question", asked, threadId=thread, turnId=turn, reason="It must be there.")
    same("itemId", asked.get("itemId"), item(client, "commandExecution")["id"])
    require("echo more" in str(asked.get("command")), f"command is {asked.get('command')!r}")
    same("cwd", asked.get("cwd"), str(server.workspace.resolve()))


@check(
    "approvals/command-accepted",
    "An accepted command runs, outside of the sandbox; the turn goes on.",
    _FACTS,
    notifications=[COMMAND_APPROVAL, _RESOLVED],
    needs=MODEL,
)
def accepted(server: Server) -> None:
    client, _, turn = _ask(server)
    require(_written(server) is None, "the command ran before it was accepted")
    _answered(client, "accept")
    ended(client.completed(turn))
    has("the command", item(client, "commandExecution"), status="completed", exitCode=0)
    same("what it wrote", _written(server), "more\n")


@check(
    "approvals/command-declined",
    "A declined command never runs; its item is declined, and the turn goes on.",
    _FACTS,
    notifications=[COMMAND_APPROVAL, _RESOLVED],
    needs=MODEL,
)
def declined(server: Server) -> None:
    client, _, turn = _ask(server)
    _answered(client, "decline")
    ended(client.completed(turn))
    has("the command", item(client, "commandExecution"), status="declined", exitCode=None)
    same("the messages", texts(client), ["Going on."])
    same("what it wrote", _written(server), None)


@check(
    "approvals/command-cancelled",
    "Cancelling instead of declining ends the turn as interrupted; the thread is usable.",
    _FACTS,
    notifications=[COMMAND_APPROVAL, _RESOLVED],
    needs=MODEL,
)
def cancelled(server: Server) -> None:
    client, thread, turn = _ask(server)
    _answered(client, "cancel")
    ended(client.completed(turn), "interrupted")
    usable(client, thread)
    same("what it wrote", _written(server), None)


@check(
    "approvals/command-accepted-for-the-session",
    "A command accepted for the session runs again without a question.",
    _FACTS,
    notifications=[COMMAND_APPROVAL],
    needs=MODEL,
)
def for_session(server: Server) -> None:
    client, _, turn = _ask(server, times=2)
    client.answers[COMMAND_APPROVAL] = lambda _: {"decision": "acceptForSession"}
    ended(client.completed(turn))
    same("the number of questions", len(client.said(COMMAND_APPROVAL)), 1)
    same("what was written", _written(server), "more\nmore\n")


@check(
    "approvals/command-accepted-once-is-asked-again",
    "Accepting a command is no word about the next one: it is asked again.",
    _FACTS,
    notifications=[COMMAND_APPROVAL],
    needs=MODEL,
)
def asked_again(server: Server) -> None:
    client, _, turn = _ask(server, times=2)
    client.answers[COMMAND_APPROVAL] = lambda _: {"decision": "accept"}
    ended(client.completed(turn))
    asked = client.said(COMMAND_APPROVAL)
    same("the number of questions", len(asked), 2)
    require(asked[0]["id"] != asked[1]["id"], f"both questions have the id {asked[0]['id']}")


@check(
    "approvals/command-rule-accepted",
    "Accepting with a rule lets other commands run that the rule matches.",
    _FACTS,
    notifications=[COMMAND_APPROVAL],
    needs=MODEL,
)
def rule(server: Server) -> None:
    rule = ["touch", "escalated.txt"]
    for command in ("touch escalated.txt", "touch escalated.txt other.txt"):
        server.model.run(command, escalate=True, prefix_rule=rule)
    server.model.say("Done.")
    client = server.connect()
    turn = client.start(client.thread(**ASK_USER))
    chosen = {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": rule}}
    asked = _answered(client, chosen)
    same("the rule in the question", asked.get("proposedExecpolicyAmendment"), rule)
    ended(client.completed(turn))
    same("the number of questions", len(client.said(COMMAND_APPROVAL)), 1)
    require((server.workspace / "other.txt").exists(), "the second command did not run")


def _no_answer(server: Server, answer: Message) -> None:
    """
    An answer that decides nothing is no yes: the command fails, and the turn goes on.
    """
    client, _, turn = _ask(server)
    asked = client.notice(COMMAND_APPROVAL)
    client.send({"id": asked["id"], **answer})
    ended(client.completed(turn))
    same("the status of the command", item(client, "commandExecution").get("status"), "failed")
    same("the messages", texts(client), ["Going on."])
    same("what it wrote", _written(server), None)


@check(
    "approvals/empty-answer-is-no-yes",
    "An answer without a decision fails the command, which never runs.",
    _FACTS,
    notifications=[COMMAND_APPROVAL],
    needs=MODEL,
    broken=True,
)
def empty(server: Server) -> None:
    _no_answer(server, {"result": {}})


@check(
    "approvals/unknown-decision-is-no-yes",
    "A decision that does not exist fails the command, which never runs.",
    _FACTS,
    notifications=[COMMAND_APPROVAL],
    needs=MODEL,
    broken=True,
)
def unknown(server: Server) -> None:
    _no_answer(server, {"result": {"decision": "perhaps"}})


@check(
    "approvals/error-answer-is-no-yes",
    "A client that answers with an error fails the command, which never runs.",
    _FACTS,
    notifications=[COMMAND_APPROVAL],
    needs=MODEL,
)
def error(server: Server) -> None:
    _no_answer(server, {"error": {"code": -32603, "message": "The user has gone."}})


@check(
    "approvals/interrupt-while-open",
    "Interrupting a turn that asks ends it and the question; a late answer runs nothing.",
    _FACTS,
    methods=["turn/interrupt"],
    notifications=[COMMAND_APPROVAL, _RESOLVED],
    needs=MODEL,
)
def interrupted(server: Server) -> None:
    client, thread, turn = _ask(server)
    asked = client.notice(COMMAND_APPROVAL)
    client.request("turn/interrupt", {"threadId": thread, "turnId": turn})
    ended(client.completed(turn), "interrupted")
    client.notice(_RESOLVED, requestId=asked["id"])
    client.send({"id": asked["id"], "result": {"decision": "accept"}})
    usable(client, thread)
    same("what the command wrote", _written(server), None)


@check(
    "approvals/foreign-answer-decides-nothing",
    "An answer with the id of no request leaves the question open.",
    _FACTS,
    notifications=[COMMAND_APPROVAL],
    needs=MODEL,
)
def foreign(server: Server) -> None:
    client, _, turn = _ask(server)
    asked = client.notice(COMMAND_APPROVAL)
    client.send({"id": NO_TURN, "result": {"decision": "accept"}})
    client.settle()
    require(not client.said(_RESOLVED), "the question was resolved by an answer to another")
    same("what the command wrote", _written(server), None)
    client.send({"id": asked["id"], "result": {"decision": "accept"}})
    ended(client.completed(turn))
    same("what it wrote after the answer", _written(server), "more\n")


@check(
    "approvals/policy-never-never-asks",
    "A thread whose policy is never asks nothing: the command does not leave the sandbox.",
    _FACTS,
    needs=MODEL,
)
def never(server: Server) -> None:
    server.model.run(ESCALATED, escalate=True).say("Then not.")
    client = server.connect()
    ended(client.turn(client.thread(approvalPolicy="never", sandbox="read-only")))
    require(not client.said(COMMAND_APPROVAL), "the client was asked though the policy is never")
    same("what the command wrote", _written(server), None)
    same("the messages", texts(client), ["Then not."])
