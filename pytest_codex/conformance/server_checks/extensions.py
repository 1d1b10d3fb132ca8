"""
Every method is asked: marketplaces, plugins, MCP servers, processes.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .asking import Asking
from .suite import check

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Methods"


def _marketplace(place: Path) -> Path:
    """
    A marketplace with one plugin; its file.
    """
    plugin = place / "plugins" / "one" / ".codex-plugin"
    plugin.mkdir(parents=True)
    told = {"name": "one", "version": "1.0.0", "description": "A plugin"}
    (plugin / "plugin.json").write_text(json.dumps(told), encoding="utf-8")
    file = place / ".agents" / "plugins" / "marketplace.json"
    file.parent.mkdir(parents=True)
    entry = {"name": "one", "source": {"source": "local", "path": "./plugins/one"}}
    market = {"name": "conformance", "owner": {"name": "Nobody"}, "plugins": [entry]}
    file.write_text(json.dumps(market), encoding="utf-8")
    return file


@check(
    "methods/marketplaces",
    "A marketplace on this machine can be added and removed.",
    _FACTS,
    methods=["marketplace/add", "marketplace/remove"],
)
def marketplaces(server: Server) -> None:
    place = server.workspace / "market"
    _marketplace(place)
    with Asking(server.connect()) as ask:
        added = ask.result("marketplace/add", {"source": str(place)})
        require(added["marketplaceName"] == "conformance", f"added was {added}")
        require(added["alreadyAdded"] is False, "a new marketplace is told as known")
        again = ask.result("marketplace/add", {"source": str(place)})
        require(again["alreadyAdded"] is True, "a known marketplace is told as new")
        name = {"marketplaceName": "conformance"}
        ask.refused("marketplace/upgrade", name, because="Git")
        ask.result("marketplace/upgrade")
        ask.result("marketplace/remove", name)
        ask.refused("marketplace/remove", name, because="conformance")
        ask.refused("marketplace/add", {"source": "none"}, because="marketplace source")


@check(
    "methods/plugins",
    "A plugin of a marketplace on this machine can be listed, read, installed and removed.",
    _FACTS,
    methods=["plugin/list", "plugin/install", "plugin/uninstall", "plugin/installed"],
)
def plugins(server: Server) -> None:
    server.configure({"features": {"plugins": True}})
    place = server.workspace / "market"
    file = str(_marketplace(place))
    with Asking(server.connect()) as ask:
        ask.result("marketplace/add", {"source": str(place)})
        one = {"pluginName": "one", "marketplacePath": file}
        told = ask.result("plugin/read", one)
        require(told is None or "one" in json.dumps(told), f"plugin/read tells {told}")
        ask.result("plugin/list", {"cwds": [str(server.workspace)], "marketplaceKinds": ["local"]})
        ask.result("plugin/install", one)
        installed = json.dumps(ask.result("plugin/installed"))
        require('"one"' in installed, f"plugin/installed does not tell it: {installed[:300]}")
        ask.result("plugin/uninstall", {"pluginId": "one@conformance"})
        ask.refused("plugin/read", {"pluginName": "one"}, because="exactly one of")


@check(
    "methods/remote-plugins",
    "What belongs to plugins elsewhere is refused without an account, with the reason.",
    _FACTS,
)
def remote_plugins(server: Server) -> None:
    off = "not enabled|disabled"
    with Asking(server.connect()) as ask:
        ask.refused("plugin/share/list", because=off)
        ask.refused("plugin/share/checkout", {"remotePluginId": "none"}, because=off)
        ask.refused("plugin/share/delete", {"remotePluginId": "none"}, because=off)
        ask.refused("plugin/share/save", {"pluginPath": str(server.workspace)}, because=off)
        asked = {"discoverability": "PRIVATE", "remotePluginId": "none", "shareTargets": []}
        ask.refused("plugin/share/updateTargets", asked, because=off)
        skill = {"remoteMarketplaceName": "none", "remotePluginId": "none", "skillName": "none"}
        ask.refused("plugin/skill/read", skill, because=off)
        ask.result("plugin/search", {"searchTerm": "none"})
        ask.result("plugin/reconcile")


@check(
    "methods/mcp",
    "What concerns an MCP server that does not exist is refused, and names it.",
    _FACTS,
    methods=["mcpServer/tool/call", "mcpServer/resource/read", "mcpServer/oauth/login"],
)
def mcp(server: Server) -> None:
    client = server.connect()
    thread = client.thread()
    with Asking(client) as ask:
        asked = {"server": "nobody", "threadId": thread, "tool": "none", "arguments": {}}
        ask.refused("mcpServer/tool/call", asked, because="nobody")
        resource = {"server": "nobody", "threadId": thread, "uri": "test://none"}
        ask.refused("mcpServer/resource/read", resource, because="nobody")
        ask.refused("mcpServer/oauth/login", {"name": "nobody"}, because="nobody")
        listed = ask.result("mcpServerStatus/list", {"threadId": thread})
        require(listed["data"] == [], f"MCP servers are told though there are none: {listed}")
        stream = {"server": "nobody", "name": "none", "arguments": {}, "subscriptionId": "s"}
        ask.refused("mcpServer/event/stream/start", {**stream, "threadId": thread}, because="MCP")
        ask.either("mcpServer/event/stream/stop", {"subscriptionId": "s"})


@check(
    "methods/processes",
    "A process has input, output and an end, each told under its handle.",
    _FACTS,
    methods=["process/spawn", "process/writeStdin"],
    notifications=["process/outputDelta", "process/exited"],
)
def processes(server: Server) -> None:
    with Asking(server.connect()) as ask:
        asked = {"command": ["/bin/cat"], "cwd": str(server.workspace)}
        more = {"streamStdin": True, "streamStdoutStderr": True}
        for name in ("one", "two"):
            handle = {"processHandle": name}
            ask.result("process/spawn", {**asked, **handle, **more})
            text = base64.b64encode(f"hello {name}\n".encode()).decode()
            ask.result("process/writeStdin", {**handle, "deltaBase64": text})
            told = ask.client.notice("process/outputDelta", processHandle=name)["params"]
            require(told["deltaBase64"] == text, f"the process said {told['deltaBase64']}")
            ask.result("process/writeStdin", {**handle, "closeStdin": True})
            ended = ask.client.notice("process/exited", processHandle=name)["params"]
            require(ended["exitCode"] == 0, f"the exit code is {ended['exitCode']}")


@check(
    "methods/terminals",
    "A process with a terminal can be resized and killed.",
    _FACTS,
    methods=["process/spawn", "process/kill", "process/resizePty"],
    notifications=["process/exited"],
)
def terminals(server: Server) -> None:
    with Asking(server.connect()) as ask:
        size = {"rows": 20, "cols": 70}
        script = "stty size; read line; stty size; sleep 600"
        asked = {"command": ["/bin/sh", "-c", script], "cwd": str(server.workspace)}
        handle = {"processHandle": "t"}
        terminal = {"tty": True, "size": size, "streamStdin": True, "streamStdoutStderr": True}
        ask.result("process/spawn", {**asked, **handle, **terminal})
        ask.refused("process/spawn", {**asked, **handle}, because="t")
        _wait_for(ask, b"20 70")
        ask.result("process/resizePty", {**handle, "size": {"rows": 30, "cols": 90}})
        line = base64.b64encode(b"\n").decode()
        ask.result("process/writeStdin", {**handle, "deltaBase64": line})
        _wait_for(ask, b"30 90")
        ask.result("process/kill", handle)
        code = ask.client.notice("process/exited", processHandle="t")["params"]["exitCode"]
        require(code != 0, "a killed process has exit code 0")
        ask.refused("process/kill", handle, because="no active|no longer running")


def _wait_for(ask: Asking, text: bytes) -> None:
    def told() -> bytes:
        deltas = ask.client.said("process/outputDelta")
        return b"".join(base64.b64decode(one["params"]["deltaBase64"]) for one in deltas)

    ask.client.wait(
        lambda m: m.get("method") == "process/outputDelta" and text in told(),
        f"the output {text!r} of a process",
    )
