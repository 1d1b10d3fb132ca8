"""
The automatic reviewer, who decides about approvals in the user's place; and hooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import (
    COMMAND_APPROVAL,
    ESCALATED,
    MODEL,
    ended,
    follow,
    has,
    item,
    only,
    same,
    texts,
    word,
)
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_GUARDIAN = "protocol-facts: The automatic reviewer"
_HOOKS = "protocol-facts: Hooks"
_STARTED = "item/autoApprovalReview/started"
_COMPLETED = "item/autoApprovalReview/completed"


def _reviewed(server: Server, allow: bool) -> tuple[Client, Message]:
    """
    A turn whose command is reviewed; returns the client and the verdict.
    """
    server.model.run(ESCALATED, escalate=True, justification="Please.").say("Reviewed.")
    server.model.guardian(allow=allow, rationale="As scripted.")
    client = server.connect()
    policy = {"approvalPolicy": "on-request", "approvalsReviewer": "auto_review"}
    ended(client.turn(client.thread(**policy)))
    require(not client.said(COMMAND_APPROVAL), "the client was asked, too")
    begun = only(_STARTED, client.said(_STARTED))["params"]
    verdict = only(_COMPLETED, client.said(_COMPLETED))["params"]
    same("the status while it is reviewed", begun["review"].get("status"), "inProgress")
    same("reviewId", verdict.get("reviewId"), begun.get("reviewId"))
    follow([word(each) for each in client.messages], _STARTED, _COMPLETED)
    same("rationale", verdict["review"].get("rationale"), "As scripted.")
    require(client.said("guardianWarning"), "there came no guardianWarning")
    same("the messages", texts(client), ["Reviewed."])
    return client, verdict


@check(
    "guardian/allows",
    "What the reviewer allows is run without asking the client; its verdict is told.",
    _GUARDIAN,
    notifications=[_STARTED, _COMPLETED, "guardianWarning"],
    needs=MODEL,
)
def allows(server: Server) -> None:
    client, verdict = _reviewed(server, True)
    same("the status of the verdict", verdict["review"].get("status"), "approved")
    same("targetItemId", verdict.get("targetItemId"), item(client, "commandExecution")["id"])
    require((server.workspace / "escalated.txt").exists(), "the allowed command did not run")


@check(
    "guardian/denies",
    "What the reviewer denies is not run; the turn goes on.",
    _GUARDIAN,
    notifications=[_STARTED, _COMPLETED, "guardianWarning"],
    needs=MODEL,
)
def denies(server: Server) -> None:
    _, verdict = _reviewed(server, False)
    same("the status of the verdict", verdict["review"].get("status"), "denied")
    require(not (server.workspace / "escalated.txt").exists(), "the denied command ran")


@check(
    "hooks/run-is-told",
    "A hook the user trusts is run at its event; its beginning and its end are told.",
    _HOOKS,
    methods=["hooks/list", "config/batchWrite"],
    notifications=["hook/started", "hook/completed"],
    needs=MODEL,
)
def hooks(server: Server) -> None:
    handler = {"type": "command", "command": "echo hooked > hooked.txt"}
    server.configure({"hooks": {"Stop": [{"hooks": [handler]}]}})
    server.model.say("Hello.")
    client = server.connect()
    listed = client.request("hooks/list", {"cwds": [str(server.workspace)]})["data"]
    found = only("the hooks", [hook for entry in listed for hook in entry["hooks"]])
    has("the hook", found, eventName="stop", command=handler["command"], trustStatus="untrusted")
    trust = {found["key"]: {"trusted_hash": found["currentHash"]}}
    edit = {"keyPath": "hooks.state", "value": trust, "mergeStrategy": "upsert"}
    client.request("config/batchWrite", {"edits": [edit], "reloadUserConfig": True})
    turn = client.turn(client.thread())
    ended(turn)
    begun = only("hook/started", client.said("hook/started"))["params"]
    done = only("hook/completed", client.said("hook/completed"))["params"]
    same("the run", done["run"].get("id"), begun["run"].get("id"))
    has("the run", done["run"], eventName="stop", status="completed")
    same("the turn of the hook", done.get("turnId"), turn["id"])
    follow([word(each) for each in client.messages], "hook/started", "hook/completed")
    require((server.workspace / "hooked.txt").exists(), "the hook was told and did not run")


@check(
    "hooks/untrusted-is-not-run",
    "A hook that the user has not trusted is not run.",
    _HOOKS,
    methods=["turn/start"],
    needs=MODEL,
)
def untrusted(server: Server) -> None:
    handler = {"type": "command", "command": "echo hooked > hooked.txt"}
    server.configure({"hooks": {"Stop": [{"hooks": [handler]}]}})
    server.model.say("Hello.")
    client = server.connect()
    ended(client.turn(client.thread()))
    client.settle()
    same("the hooks that were told", client.said("hook/started"), [])
    require(not (server.workspace / "hooked.txt").exists(), "the hook ran without being trusted")
