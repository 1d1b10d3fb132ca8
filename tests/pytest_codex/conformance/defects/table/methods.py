"""
Broken methods of the server as a whole.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    Message,
    accepts,
    asks,
    at,
    change,
    drop,
    error,
    put,
    refuses,
    result,
    says,
)


def _without_an_account(message: Message) -> bool:
    return "authentication required" in str(message["error"]["message"])


DEFECTS = (
    Defect(
        "limits-of-nobody",
        "The rate limits of no account are told.",
        accepts(error("account/rateLimits/read"), {"rateLimits": {}}),
        fails={"methods/account"},
    ),
    Defect(
        "internal-errors-everywhere",
        "What needs an account is refused with a code of its own.",
        change(error().where(_without_an_account), put("error.code", -32042)),
        fails={"methods/account"},
    ),
    Defect(
        "no-gateway-at-all",
        "account/gatewayOAuth/read is refused.",
        refuses(asks("account/gatewayOAuth/read")),
        fails={"methods/providers"},
    ),
    Defect(
        "any-profile-will-do",
        "A profile of AWS that does not exist is accepted.",
        accepts(error("account/bedrock/setup")),
        fails={"methods/providers"},
    ),
    Defect(
        "lists-without-data",
        "hooks/list is answered without a list.",
        change(result("hooks/list"), put("result", {"hooks": []})),
        fails={"methods/catalogues"},
    ),
    Defect(
        "environments-are-connected",
        "An environment that cannot be reached is told as connected.",
        change(
            result("environment/status").where(at("result.status", "disconnected")),
            put("result.status", "ready"),
        ),
        fails={"methods/environments"},
    ),
    Defect(
        "imports-in-silence",
        "externalAgentConfig/import/completed is never sent.",
        drop(says("externalAgentConfig/import/completed")),
        fails={"methods/other-agents"},
    ),
    Defect(
        "finds-no-other-agent",
        "externalAgentConfig/detect finds nothing.",
        change(result("externalAgentConfig/detect"), put("result.items", [])),
        fails={"methods/other-agents"},
    ),
    Defect(
        "finds-no-files",
        "fuzzyFileSearch finds nothing.",
        change(result("fuzzyFileSearch"), put("result.files", [])),
        fails={"methods/file-search"},
    ),
    Defect(
        "searches-in-silence",
        "fuzzyFileSearch/sessionUpdated is never sent.",
        drop(says("fuzzyFileSearch/sessionUpdated")),
        fails={"methods/file-search"},
    ),
    Defect(
        "skills-change-in-silence",
        "skills/changed is never sent.",
        drop(says("skills/changed")),
        fails={"methods/skills"},
    ),
    Defect(
        "knows-no-skills",
        "skills/list tells none.",
        change(result("skills/list").where(at("result.data.0")), put("result.data", [])),
        fails={"methods/skills"},
    ),
    Defect(
        "remote-control-is-on",
        "Remote control is told as connected.",
        change(result("remoteControl/status/read"), put("result.status", "connected")),
        fails={"methods/remote-control"},
    ),
    Defect(
        "anyone-may-control",
        "Remote control is enabled without an account.",
        accepts(error("remoteControl/enable")),
        fails={"methods/remote-control"},
    ),
    Defect(
        "no-windows-here",
        "windowsSandbox/readiness is refused where there is no Windows.",
        refuses(asks("windowsSandbox/readiness")),
        fails={"methods/system"},
    ),
    Defect(
        "verifies-with-any-code",
        "userVerification/enroll is refused with an odd code.",
        change(error("userVerification/enroll"), put("error.code", 7)),
        fails={"methods/system"},
    ),
)
