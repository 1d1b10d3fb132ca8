"""
What is told of files, processes, searches, accounts and settings.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import follow, has, only, same, word
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: What is told without being asked"
_SCRIPT = ["/bin/sh", "-c", "echo out; exit 3"]


def _decoded(data: str) -> str:
    return base64.b64decode(data).decode()


@check(
    "notices/command-output",
    "What a command of the client prints is told before the answer with its exit code.",
    _FACTS,
    methods=["command/exec"],
    notifications=["command/exec/outputDelta"],
)
def command_output(server: Server) -> None:
    client = server.connect()
    streams = {"processId": "p", "streamStdoutStderr": True}
    number = client.ask("command/exec", {"command": _SCRIPT, **streams})
    answer = client.answer(number, "command/exec")
    require("result" in answer, f"command/exec was refused: {answer.get('error')}")
    same("exitCode", answer["result"].get("exitCode"), 3)
    told = client.said("command/exec/outputDelta")
    text = "".join(_decoded(each["params"]["deltaBase64"]) for each in told)
    same("what was told", text, "out\n")
    has("the delta", told[0]["params"], processId="p", stream="stdout")
    words = [word(each) for each in client.messages]
    follow(words, "command/exec/outputDelta", f"answer {number}")


@check(
    "notices/process",
    "A process of the client tells what it prints, and then its end.",
    _FACTS,
    methods=["process/spawn"],
    notifications=["process/outputDelta", "process/exited"],
)
def process(server: Server) -> None:
    client = server.connect()
    handle = {"processHandle": "p", "cwd": str(server.workspace), "streamStdoutStderr": True}
    client.request("process/spawn", {"command": _SCRIPT, **handle})
    end = client.notice("process/exited")["params"]
    has("the end", end, processHandle="p", exitCode=3)
    told = client.said("process/outputDelta")
    text = "".join(_decoded(each["params"]["deltaBase64"]) for each in told)
    same("what was told", text, "out\n")
    follow([word(each) for each in client.messages], "process/outputDelta", "process/exited")


@check(
    "notices/fuzzy-search",
    "A search session tells what it finds, and when it has seen everything.",
    _FACTS,
    methods=[f"fuzzyFileSearch/session{each}" for each in ("Start", "Update", "Stop")],
    notifications=["fuzzyFileSearch/sessionUpdated", "fuzzyFileSearch/sessionCompleted"],
)
def fuzzy_search(server: Server) -> None:
    (server.workspace / "needle.txt").write_text("", encoding="utf-8")
    client = server.connect()
    session = {"sessionId": "s"}
    roots = [str(server.workspace)]
    client.request("fuzzyFileSearch/sessionStart", {**session, "roots": roots})
    client.request("fuzzyFileSearch/sessionUpdate", {**session, "query": "needle"})
    client.wait(
        lambda m: (
            m.get("method") == "fuzzyFileSearch/sessionUpdated"
            and [each["path"] for each in m["params"]["files"]] == ["needle.txt"]
        ),
        "fuzzyFileSearch/sessionUpdated with needle.txt",
    )
    client.notice("fuzzyFileSearch/sessionCompleted", sessionId="s")
    client.request("fuzzyFileSearch/sessionStop", session)


@check(
    "notices/watched-files",
    "Who watches a directory is told of a file that appears in it.",
    _FACTS,
    methods=["fs/watch", "fs/writeFile", "fs/unwatch"],
    notifications=["fs/changed"],
)
def watched(server: Server) -> None:
    client = server.connect()
    path = server.workspace.resolve() / "seen.txt"
    client.request("fs/watch", {"watchId": "w", "path": str(path.parent)})
    data = base64.b64encode(b"Hi.\n").decode()
    client.request("fs/writeFile", {"path": str(path), "dataBase64": data})
    told = client.notice("fs/changed", watchId="w")["params"]["changedPaths"]
    same("the changed paths", told, [str(path)])
    client.request("fs/unwatch", {"watchId": "w"})


@check(
    "notices/skills",
    "New places to look for skills are told as a change of the skills.",
    _FACTS,
    methods=["skills/extraRoots/set", "skills/list"],
    notifications=["skills/changed"],
)
def skills(server: Server) -> None:
    place = server.workspace.resolve() / "skills/greet"
    place.mkdir(parents=True)
    text = "---\nname: greet\ndescription: Greets.\n---\nGreet.\n"
    (place / "SKILL.md").write_text(text, encoding="utf-8")
    client = server.connect()
    client.request("skills/extraRoots/set", {"extraRoots": [str(place.parent)]})
    client.notice("skills/changed")
    listed = client.request("skills/list", {"cwds": [str(server.workspace)]})["data"]
    names = [skill["name"] for entry in listed for skill in entry["skills"]]
    require("greet" in names, f"the new skill is not listed: {names}")


@check(
    "notices/login",
    "A login by key is told as completed, and the account as changed; so is the logout.",
    _FACTS,
    methods=["account/login/start", "account/logout", "account/read"],
    notifications=["account/login/completed", "account/updated"],
)
def login(server: Server) -> None:
    client = server.connect()
    key = "sk-conformance-0123456789"
    began = client.request("account/login/start", {"type": "apiKey", "apiKey": key})
    same("the type of the login", began.get("type"), "apiKey")
    done = client.notice("account/login/completed")["params"]
    has("the login", done, success=True, error=None)
    client.notice("account/updated", authMode="apikey")
    account = client.request("account/read")["account"]
    require(key not in str(account), "the account tells the key")
    since = len(client.messages)
    client.request("account/logout")
    client.notice("account/updated", since, authMode=None)


@check(
    "notices/import",
    "An import of another agent's settings tells how far it is, and its end.",
    _FACTS,
    methods=["externalAgentConfig/detect", "externalAgentConfig/import"],
    notifications=["externalAgentConfig/import/progress", "externalAgentConfig/import/completed"],
)
def imported(server: Server) -> None:
    (server.workspace / "CLAUDE.md").write_text("Be kind.\n", encoding="utf-8")
    client = server.connect()
    look = {"includeHome": False, "cwds": [str(server.workspace)]}
    found = client.request("externalAgentConfig/detect", look)["items"]
    same("what is found", [each["itemType"] for each in found], ["AGENTS_MD"])
    begun = client.request("externalAgentConfig/import", {"migrationItems": found})
    for method in ("progress", "completed"):
        told = client.notice(f"externalAgentConfig/import/{method}")["params"]
        same(f"importId of {method}", told.get("importId"), begun.get("importId"))
    result = only("the results", told["itemTypeResults"])
    same("the number of successes", len(result["successes"]), 1)
    copied = (server.workspace / "AGENTS.md").read_text(encoding="utf-8")
    same("the imported file", copied, "Be kind.\n")


@check(
    "notices/windows-sandbox",
    "The set-up of a sandbox for another system is told as failed, with the reason.",
    _FACTS,
    methods=["windowsSandbox/setupStart"],
    notifications=["windowsSandbox/setupCompleted"],
)
def windows_sandbox(server: Server) -> None:
    client = server.connect()
    client.request("windowsSandbox/setupStart", {"mode": "unelevated"})
    done = client.notice("windowsSandbox/setupCompleted")["params"]
    same("the mode", done.get("mode"), "unelevated")
    require(done.get("success") or done.get("error"), f"it failed without a reason: {done}")


@check(
    "notices/configuration",
    "A setting that cannot be read is told as a warning of the configuration.",
    _FACTS,
    methods=["initialize"],
    notifications=["configWarning", "remoteControl/status/changed"],
)
def configuration(server: Server) -> None:
    (server.workspace / ".codex").mkdir()
    (server.workspace / ".codex/config.toml").write_text("[", encoding="utf-8")
    client = server.connect()
    client.settle()
    summaries = [each["params"].get("summary") for each in client.said("configWarning")]
    require(
        any("onfiguration" in str(summary) for summary in summaries),
        f"no warning is about the configuration: {summaries}",
    )
    told = only("remoteControl/status/changed", client.said("remoteControl/status/changed"))
    same("the status of the remote control", told["params"].get("status"), "disabled")
