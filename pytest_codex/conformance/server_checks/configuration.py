"""
The configuration: given on the command line, read, written; and the catalogue of models.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: The configuration"
_KEY = "model_verbosity"


def _write(value: object, **more: object) -> Message:
    return {"keyPath": _KEY, "value": value, "mergeStrategy": "replace", **more}


def _now(client: Client) -> object:
    return client.request("config/read")["config"].get(_KEY)


def _refused(error: Message, reason: str) -> None:
    found = error.get("code"), (error.get("data") or {}).get("config_write_error_code")
    require(found == (-32600, reason), f"it was refused with {found}, not -32600 and {reason}")


@check(
    "config/overrides",
    "Settings given with -c win over the file, for this process alone.",
    _FACTS,
    methods=["thread/start"],
)
def overrides(server: Server) -> None:
    wanted = {"approvalPolicy": "never", "model": "gpt-5.4"}
    options = ["-c", 'approval_policy="never"', "-c", 'sandbox_mode="read-only"']
    given = server.connect(options=[*options, "--config", "model=gpt-5.4"])
    result = given.request("thread/start")
    found = {key: result.get(key) for key in wanted}
    require(found == wanted, f"the thread has {found}, given was {wanted}")
    sandbox = result["sandbox"]["type"]
    require(sandbox == "readOnly", f"the sandbox is {sandbox}, given was read-only")
    plain = server.connect().request("thread/start")
    require(plain.get("model") != "gpt-5.4", "the setting stayed for the next process")


@check(
    "config/broken-overrides",
    "A setting that cannot be read or is not allowed ends the server before it says anything.",
    _FACTS,
    needs=["live"],
)
def broken_overrides(server: Server) -> None:
    for setting in ("nonsense", f"{_KEY}=9"):
        client = server.spawn(["-c", setting])
        try:
            code = client.process.wait(10)
        except subprocess.TimeoutExpired:
            code = 0
        require(code != 0, f"with -c {setting} the server runs on or ends with code 0")
        client.drain()
        require(not client.messages, f"with -c {setting} it said {client.messages[:1]}")


@check(
    "config/read",
    "config/read tells what is in force; with includeLayers also where it comes from.",
    _FACTS,
    methods=["config/read"],
)
def reading(server: Server) -> None:
    client = server.connect(options=["-c", f'{_KEY}="low"'])
    plain = client.request("config/read")
    require(plain["config"].get(_KEY) == "low", f"{_KEY} is {plain['config'].get(_KEY)!r}")
    require(not plain.get("layers"), "layers were told though nobody asked for them")
    layers = client.request("config/read", {"includeLayers": True})["layers"]
    kinds = [layer["name"]["type"] for layer in layers]
    require(kinds[:2] == ["sessionFlags", "user"], f"the layers are {kinds}, the strongest first")
    origin = plain["origins"].get(_KEY, {}).get("name")
    require(origin == {"type": "sessionFlags"}, f"the origin of {_KEY} is {origin}")


@check(
    "config/write",
    "config/value/write changes the user's file, at once and for later processes; null removes.",
    _FACTS,
    methods=["config/value/write", "config/read"],
)
def writing(server: Server) -> None:
    client = server.connect()
    result = client.request("config/value/write", _write("high"))
    require(result["status"] == "ok", f"the status is {result['status']!r}")
    require(_now(client) == "high", f"{_KEY} is {_now(client)!r} after it was set to high")
    later = server.connect()
    require(_now(later) == "high", "the next process does not know the new value")
    client.request("config/value/write", _write(None))
    require(_now(client) is None, f"{_KEY} is {_now(client)!r} after it was removed")


@check(
    "config/batch-write",
    "config/batchWrite makes all changes or, when one of them is wrong, none.",
    _FACTS,
    methods=["config/batchWrite", "config/read"],
)
def batch(server: Server) -> None:
    client = server.connect()
    theme = {"keyPath": "tui.theme", "value": "x", "mergeStrategy": "upsert"}
    client.request("config/batchWrite", {"edits": [_write("low"), theme]})
    config = client.request("config/read")["config"]
    require(config.get(_KEY) == "low", f"{_KEY} is {config.get(_KEY)!r}, written was low")
    error = client.refused("config/batchWrite", {"edits": [_write("high"), _write("enormous")]})
    _refused(error, "configValidationError")
    require(_now(client) == "low", "a refused batch was written in part")


@check(
    "config/write-is-validated",
    "A value that is not allowed is refused with configValidationError, and nothing changes.",
    _FACTS,
    methods=["config/value/write"],
)
def validated(server: Server) -> None:
    client = server.connect()
    _refused(client.refused("config/value/write", _write("enormous")), "configValidationError")
    nowhere = {"keyPath": "", "value": 1, "mergeStrategy": "replace"}
    _refused(client.refused("config/value/write", nowhere), "configValidationError")
    require(_now(client) is None, f"{_KEY} is {_now(client)!r} after a refused write")


@check(
    "config/write-conflicts",
    "A write that expects another version of the file is refused with configVersionConflict.",
    _FACTS,
    methods=["config/value/write"],
)
def conflicts(server: Server) -> None:
    client = server.connect()
    version = client.request("config/value/write", _write("low"))["version"]
    stale = _write("high", expectedVersion="sha256:0")
    _refused(client.refused("config/value/write", stale), "configVersionConflict")
    client.request("config/value/write", _write("high", expectedVersion=version))
    require(_now(client) == "high", "a write that expects the right version did nothing")


@check(
    "config/only-the-users-file",
    "Another file than the user's is refused with configLayerReadonly.",
    _FACTS,
    methods=["config/value/write"],
)
def other_file(server: Server) -> None:
    client = server.connect()
    other = server.workspace / "other.toml"
    asked = _write("low", filePath=str(other))
    _refused(client.refused("config/value/write", asked), "configLayerReadonly")
    require(not other.exists(), "the file was written all the same")


@check(
    "config/models",
    "model/list tells models with their efforts, exactly one of them the default, in pages.",
    _FACTS,
    methods=["model/list"],
)
def models(server: Server) -> None:
    client = server.connect()
    every = client.request("model/list", {"includeHidden": True})["data"]
    defaults = [model["model"] for model in every if model["isDefault"]]
    require(len(defaults) == 1, f"default models are {defaults}, not exactly one")
    for model in every:
        efforts = [one["reasoningEffort"] for one in model["supportedReasoningEfforts"]]
        require(
            model["defaultReasoningEffort"] in efforts or not efforts,
            f"{model['model']}: its default effort is none of {efforts}",
        )
    shown = [model["model"] for model in client.request("model/list")["data"]]
    wanted = [model["model"] for model in every if not model["hidden"]]
    require(shown == wanted, f"without includeHidden {shown} are told, not {wanted}")
    page = client.request("model/list", {"limit": 1})
    rest = client.request("model/list", {"cursor": page["nextCursor"]})
    found = [model["model"] for model in [*page["data"], *rest["data"]]]
    require(found == shown, f"in two pages {found} are told, not {shown}")


@check(
    "config/wrong-cursor",
    "A cursor the server never gave is refused with -32600.",
    _FACTS,
    methods=["model/list"],
)
def wrong_cursor(server: Server) -> None:
    error = server.connect().refused("model/list", {"cursor": "made-up"})
    require(error.get("code") == -32600, f"the code is {error.get('code')}, not -32600")
