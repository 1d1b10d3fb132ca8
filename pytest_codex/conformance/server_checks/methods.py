"""
Every method is asked: those of the server as a whole, family by family.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .asking import Asking
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Methods"


@check(
    "methods/account",
    "What needs an account is refused with the reason; what does not is answered.",
    _FACTS,
)
def account(server: Server) -> None:
    needs = "authentication required"
    with Asking(server.connect()) as ask:
        ask.result("account/read", {"refreshToken": False})
        ask.refused("account/rateLimits/read", because=needs)
        ask.refused("account/usage/read", because=needs)
        ask.refused("account/workspaceMessages/read", because=needs)
        consumed = {"idempotencyKey": "conformance"}
        ask.refused("account/rateLimitResetCredit/consume", consumed, because=needs)
        nudge = {"creditType": "credits"}
        ask.refused("account/sendAddCreditsNudgeEmail", nudge, because=needs)
        ask.refused("feedback/upload", {"classification": "bug"}, because="disabled")


@check(
    "methods/providers",
    "What belongs to other providers of models is answered without one.",
    _FACTS,
)
def providers(server: Server) -> None:
    with Asking(server.connect()) as ask:
        ask.result("account/gatewayOAuth/read")
        ask.refused("account/gatewayOAuth/login", because="gateway OAuth")
        ask.result("account/gatewayOAuth/cancel")
        ask.result("account/bedrock/discover")
        ask.result("account/bedrock/checkGovCloudRequirements")
        profile = {"type": "profile", "profile": "conformance-none", "region": "us-east-1"}
        ask.refused("account/bedrock/setup", profile, because="AWS")
        ask.result("modelProvider/capabilities/read")


@check(
    "methods/catalogues",
    "Lists of what the server offers are answered, each with its data.",
    _FACTS,
)
def catalogues(server: Server) -> None:
    with Asking(server.connect()) as ask:
        for method in (
            "app/list",
            "collaborationMode/list",
            "experimentalFeature/list",
            "hooks/list",
            "mcpServerStatus/list",
            "model/list",
            "permissionProfile/list",
            "skills/list",
            "thread/list",
            "thread/loaded/list",
        ):
            found = ask.result(method)
            ok = found is None or isinstance(found.get("data"), list)
            require(ok, f"{method} is answered without a list: {json.dumps(found)[:200]}")
        ask.result("app/installed")
        ask.result("app/read", {"appIds": []})
        ask.result("configRequirements/read")
        ask.result("config/mcpServer/reload")
        ask.result("experimentalFeature/enablement/set", {"enablement": {}})
        ask.result("mock/experimentalMethod", {"value": "x"})
        ask.result("server/diagnostics")


@check(
    "methods/environments",
    "An environment that cannot be reached is told as disconnected.",
    _FACTS,
    methods=["environment/add"],
)
def environments(server: Server) -> None:
    with Asking(server.connect()) as ask:
        # Nobody listens at the discard port.
        place = {"environmentId": "nowhere", "execServerUrl": "ws://127.0.0.1:9"}
        ask.result("environment/add", place)
        # Answered when the attempt to connect has failed; the status is pending until then.
        ask.refused("environment/info", {"environmentId": "nowhere"}, because="nowhere")
        found = ask.result("environment/status", {"environmentId": "nowhere"})
        require(found is None or found["status"] == "disconnected", f"the status is {found}")
        found = ask.result("environment/status", {"environmentId": "unheard-of"})
        require(found is None or found["status"] == "unknown", f"the status is {found}")


@check(
    "methods/other-agents",
    "What another agent left is found and brought over, and its history is kept.",
    _FACTS,
    methods=["externalAgentConfig/detect", "externalAgentConfig/import"],
    notifications=["externalAgentConfig/import/progress", "externalAgentConfig/import/completed"],
)
def other_agents(server: Server) -> None:
    (server.workspace / "CLAUDE.md").write_text("Be brief.\n", encoding="utf-8")
    with Asking(server.connect()) as ask:
        items = ask.result("externalAgentConfig/detect", {"cwds": [str(server.workspace)]})["items"]
        kinds = [item["itemType"] for item in items]
        require(kinds == ["AGENTS_MD"], f"found was {kinds}, there is one file for AGENTS.md")
        number = ask.result("externalAgentConfig/import", {"migrationItems": items})["importId"]
        ask.client.notice("externalAgentConfig/import/progress", importId=number)
        ask.client.notice("externalAgentConfig/import/completed", importId=number)
        done = {"itemType": "MEMORY", "successes": [{"itemType": "MEMORY"}], "failures": []}
        record = {"providerId": "another", "itemTypeResults": [done]}
        made = ask.result("externalAgentConfig/import/recordHistory", record)
        told = ask.result("externalAgentConfig/import/readHistories")
        if made and told:
            known = [one["importId"] for one in told["data"]]
            require(made["importId"] in known, f"the history {made} is not among {known}")
        ask.client.close()
        require((server.workspace / "AGENTS.md").exists(), "AGENTS.md was not written")


@check(
    "methods/file-search",
    "Files are found by pieces of their names, at once and as the user types.",
    _FACTS,
    methods=["fuzzyFileSearch"],
    notifications=["fuzzyFileSearch/sessionUpdated", "fuzzyFileSearch/sessionCompleted"],
)
def file_search(server: Server) -> None:
    place = str(server.workspace)
    (server.workspace / "needle.txt").write_text("x", encoding="utf-8")
    with Asking(server.connect()) as ask:
        asked = {"query": "needl", "roots": [place], "cancellationToken": None}
        found = [one["path"] for one in ask.result("fuzzyFileSearch", asked)["files"]]
        require(found == ["needle.txt"], f"found was {found}")
        ask.result("fuzzyFileSearch/sessionStart", {"sessionId": "s", "roots": [place]})
        ask.result("fuzzyFileSearch/sessionUpdate", {"sessionId": "s", "query": "needl"})
        ask.client.notice("fuzzyFileSearch/sessionUpdated", sessionId="s", query="needl")
        ask.client.notice("fuzzyFileSearch/sessionCompleted", sessionId="s")
        ask.result("fuzzyFileSearch/sessionStop", {"sessionId": "s"})
        later = {"sessionId": "s", "query": "x"}
        ask.refused("fuzzyFileSearch/sessionUpdate", later, because="not found")


@check(
    "methods/skills",
    "Skills are listed by directory, switched, and found in further directories.",
    _FACTS,
    methods=["skills/list", "skills/extraRoots/set", "skills/config/write"],
    notifications=["skills/changed"],
)
def skills(server: Server) -> None:
    folder = server.workspace / "more" / "a-skill"
    folder.mkdir(parents=True)
    text = "---\nname: a-skill\ndescription: Shows that it is found.\n---\nSay hello.\n"
    (folder / "SKILL.md").write_text(text, encoding="utf-8")
    with Asking(server.connect()) as ask:
        ask.result("skills/extraRoots/set", {"extraRoots": [str(folder.parent)]})
        ask.client.notice("skills/changed")
        asked = {"cwds": [str(server.workspace)], "forceReload": True}
        data = ask.result("skills/list", asked)["data"]
        found = [skill["name"] for one in data for skill in one["skills"]]
        require("a-skill" in found, f"the skills are {found}, a-skill is missing")
        ask.result("skills/config/write", {"name": "a-skill", "enabled": False})
        ask.refused("skills/config/write", {"enabled": False}, because="path or name")


@check(
    "methods/remote-control",
    "Remote control is off without an account, and says so.",
    _FACTS,
    methods=["remoteControl/status/read"],
)
def remote_control(server: Server) -> None:
    with Asking(server.connect()) as ask:
        status = ask.result("remoteControl/status/read")["status"]
        require(status == "disabled", f"the status is {status!r}")
        for method in ("enable", "disable"):
            ask.refused(f"remoteControl/{method}", because="authentication")
        ask.refused("remoteControl/pairing/start", because="to be enabled")
        code = {"pairingCode": "none"}
        ask.refused("remoteControl/pairing/status", code, because="to be enabled")
        place = {"environmentId": "none"}
        ask.refused("remoteControl/client/list", place, because="authentication")
        client = {**place, "clientId": "none"}
        ask.refused("remoteControl/client/revoke", client, because="authentication")


@check(
    "methods/system",
    "What belongs to other systems and builds is answered on this one, too.",
    _FACTS,
    notifications=["windowsSandbox/setupCompleted"],
)
def system(server: Server) -> None:
    with Asking(server.connect()) as ask:
        ask.result("windowsSandbox/readiness")
        if ask.result("windowsSandbox/setupStart", {"mode": "unelevated"}):
            ask.client.notice("windowsSandbox/setupCompleted")
        ask.result("userVerification/status")
        ask.either("userVerification/enroll")
        ask.either("userVerification/delete")
        asked = {"challenge": "AAAA", "title": "A title", "description": "A text"}
        ask.either("userVerification/verify", asked)
        ask.result("userVerification/cancel", {"requestId": "none"})
        ask.result("memory/status")
        ask.result("memory/reset")
        ask.result("rollout/compress")
