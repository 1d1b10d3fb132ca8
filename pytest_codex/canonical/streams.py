"""
Join output that the server cut at random places.

A command's ``outputDelta`` notifications differ from run to run in number and content
(of 48 commands 13 lost the beginning, 9 had none); ``aggregatedOutput`` of the finished
item is the truth. So a command's output is told once, whole, just before its end.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from fake_server.placeholders import BASE64

if TYPE_CHECKING:
    from .items import Item

_COMMAND = "item/commandExecution/outputDelta"
_PROCESS = "command/exec/outputDelta"


def join_output(items: list[Item]) -> list[Item]:
    """
    Replace the deltas of each command and each process by joined ones.
    """
    return _join_processes(_join_commands(items))


def _join_commands(items: list[Item]) -> list[Item]:
    deltas: dict[str, Item] = {}
    joined: list[Item] = []
    finished = {
        item.params["item"].get("id")
        for item in items
        if item.method == "item/completed" and _is_command(item)
    }
    for item in items:
        if item.method == _COMMAND:
            first = deltas.setdefault(item.params.get("itemId", ""), item)
            if item.params.get("itemId") in finished:
                continue
            if first is item:
                joined.append(item)
            else:
                # A command that never ended has no other witness of its output.
                first.body = _with(first, "delta", _text(first, "delta") + _text(item, "delta"))
            continue
        if item.method == "item/completed" and _is_command(item):
            joined.extend(_whole_output(item))
        joined.append(item)
    return joined


def _is_command(item: Item) -> bool:
    described = item.params.get("item")
    return isinstance(described, dict) and described.get("type") == "commandExecution"


def _whole_output(completed: Item) -> list[Item]:
    described = completed.params["item"]
    output = described.get("aggregatedOutput")
    if not output:
        return []
    params = {
        "delta": output,
        "itemId": described.get("id"),
        "threadId": completed.params.get("threadId"),
        "turnId": completed.params.get("turnId"),
    }
    body: dict[str, Any] = {"method": _COMMAND, "params": params}
    if "emittedAtMs" in completed.body:
        body["emittedAtMs"] = completed.body["emittedAtMs"]
    return [type(completed)(completed.conn, "server", body, completed.raw)]


def _join_processes(items: list[Item]) -> list[Item]:
    open_deltas: dict[tuple[Any, Any], Item] = {}
    joined: list[Item] = []
    for item in items:
        process = item.params.get("processId")
        if item.method == _PROCESS:
            key = (process, item.params.get("stream"))
            first = open_deltas.get(key)
            if first is not None and not first.params.get("capReached"):
                text = _join_base64(_text(first, "deltaBase64"), _text(item, "deltaBase64"))
                if text is not None:
                    first.body = _with(first, "deltaBase64", text)
                    first.params["capReached"] = item.params.get("capReached", False)
                    continue
            open_deltas[key] = item
        elif item.kind == "client" and process is not None:
            for key in [key for key in open_deltas if key[0] == process]:
                del open_deltas[key]
        joined.append(item)
    return joined


def _join_base64(one: str, other: str) -> str | None:
    """
    Join two pieces of output; one that names a directory is there as text.

    Returns:
        None when one is text and the other none.
    """
    if one.startswith(BASE64) or other.startswith(BASE64):
        try:
            return BASE64 + _plain(one) + _plain(other)
        except UnicodeDecodeError:
            return None
    return base64.b64encode(base64.b64decode(one) + base64.b64decode(other)).decode("ascii")


def _plain(piece: str) -> str:
    if piece.startswith(BASE64):
        return piece[len(BASE64) :]
    return base64.b64decode(piece).decode("utf-8")


def _text(item: Item, key: str) -> str:
    return str(item.params.get(key) or "")


def _with(item: Item, key: str, value: str) -> dict[str, Any]:
    return {**item.body, "params": {**item.params, key: value}}
