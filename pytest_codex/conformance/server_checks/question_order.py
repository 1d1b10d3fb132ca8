"""
The order around questions to the client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import (
    ADD_NOTE,
    ASK_USER,
    COMMAND_APPROVAL,
    ESCALATED,
    FILE_APPROVAL,
    MODEL,
    READ_ONLY,
    follow,
    same,
    story,
)
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.server import Server

_ORDER = "protocol-facts: Order that holds"


@check(
    "ordering/item-before-its-command-approval",
    "A command's item begins, and its thread waits, before the client is asked about it.",
    _ORDER,
    notifications=[COMMAND_APPROVAL, "item/started", "thread/status/changed"],
    needs=MODEL,
)
def before_command_approval(server: Server) -> None:
    server.model.run(ESCALATED, escalate=True).say("Done.")
    client = server.connect()
    thread = client.thread(**ASK_USER)
    turn = client.start(thread)
    asked = client.notice(COMMAND_APPROVAL)
    follow(story(client, thread), "item/started commandExecution", COMMAND_APPROVAL)
    follow(
        story(client, thread), "thread/status/changed active waitingOnApproval", COMMAND_APPROVAL
    )
    begun = [each["params"]["item"]["id"] for each in client.said("item/started")]
    require(
        asked["params"]["itemId"] in begun,
        f"the client is asked about {asked['params']['itemId']}; started were {begun}",
    )
    client.send({"id": asked["id"], "result": {"decision": "accept"}})
    client.completed(turn)


@check(
    "ordering/item-before-its-edit-approval",
    "An edit's item begins, with its changes, before the client is asked about it.",
    _ORDER,
    notifications=[FILE_APPROVAL, "item/started"],
    needs=MODEL,
)
def before_edit_approval(server: Server) -> None:
    server.model.patch(ADD_NOTE).say("Done.")
    client = server.connect()
    thread = client.thread(**READ_ONLY)
    turn = client.start(thread)
    asked = client.notice(FILE_APPROVAL)
    follow(story(client, thread), "item/started fileChange", FILE_APPROVAL)
    begun = {
        each["params"]["item"]["id"]: each["params"]["item"] for each in client.said("item/started")
    }
    own = asked["params"]["itemId"]
    require(own in begun, f"the client is asked about {own}; started were {list(begun)}")
    require(begun[own].get("changes"), f"the item has no changes yet: {begun[own]}")
    client.send({"id": asked["id"], "result": {"decision": "accept"}})
    client.completed(turn)


@check(
    "ordering/resolved-after-the-answer",
    "serverRequest/resolved comes after the client's answer, never before, and only once.",
    _ORDER,
    notifications=["serverRequest/resolved"],
    needs=MODEL,
)
def resolved_after(server: Server) -> None:
    server.model.run(ESCALATED, escalate=True).say("Done.")
    client = server.connect()
    thread = client.thread(**ASK_USER)
    turn = client.start(thread)
    asked = client.notice(COMMAND_APPROVAL)
    client.settle()
    early = client.said("serverRequest/resolved")
    require(not early, f"the question was resolved before it was answered: {early}")
    client.send({"id": asked["id"], "result": {"decision": "accept"}})
    resolved = client.notice("serverRequest/resolved")["params"]
    same("the request that was resolved", resolved.get("requestId"), asked["id"])
    same("its thread", resolved.get("threadId"), thread)
    client.completed(turn)
    same("the number of serverRequest/resolved", len(client.said("serverRequest/resolved")), 1)
    follow(
        story(client, thread),
        *(COMMAND_APPROVAL, "serverRequest/resolved", "item/completed commandExecution"),
        "turn/completed completed",
    )
