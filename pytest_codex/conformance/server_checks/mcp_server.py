"""
A small MCP server over stdio; the checks copy it into the workspace and let the agent use it.

It stands on its own: nothing but the standard library, nothing of this package.
"""

from __future__ import annotations

import json
import sys
from typing import Any

NOTHING: dict[str, Any] = {"type": "object", "properties": {}}
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
NAME = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def tool(name: str, schema: dict[str, Any], *, writes: bool = False) -> dict[str, Any]:
    """
    How a tool is announced.
    """
    hints = {"readOnlyHint": not writes, "destructiveHint": writes, "openWorldHint": False}
    return {"name": name, "description": name, "inputSchema": schema, "annotations": hints}


TOOLS = [
    tool("echo", TEXT),
    tool("fail", NOTHING),
    tool("count", NOTHING),
    tool("ask", NOTHING),
    tool("write", TEXT, writes=True),
]


def receive() -> dict[str, Any]:
    """
    The next message; the end of input ends the server.
    """
    line = sys.stdin.readline()
    if not line:
        sys.exit()
    message: dict[str, Any] = json.loads(line)
    return message


def send(message: dict[str, Any]) -> None:
    """
    Send one message.
    """
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def ask() -> str:
    """
    Ask the client's user for a name, and wait for what comes back.
    """
    form = {"message": "What is your name?", "requestedSchema": NAME}
    send({"id": "name", "method": "elicitation/create", "params": form})
    answer = receive()
    while answer.get("id") != "name":
        answer = receive()
    result = answer.get("result") or {}
    return " ".join([str(result.get("action")), *(result.get("content") or {}).values()])


def count(params: dict[str, Any]) -> str:
    """
    Tell how far it is, twice.
    """
    token = (params.get("_meta") or {}).get("progressToken")
    for number in (1, 2) if token is not None else ():
        told = {"progressToken": token, "progress": number, "message": f"step {number}"}
        send({"method": "notifications/progress", "params": told})
    return "counted"


def call(params: dict[str, Any]) -> tuple[str, bool]:
    """
    Run a tool; returns its text and whether it failed.
    """
    name, text = params["name"], (params.get("arguments") or {}).get("text", "")
    if name == "ask":
        return ask(), False
    if name == "count":
        return count(params), False
    if name == "write":
        with open("written.txt", "w", encoding="utf-8") as file:
            file.write(text)
    return f"{name} {text}".strip(), name == "fail"


def result_of(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """
    The result of a request.
    """
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}, "resources": {}},
            "serverInfo": {"name": "small", "version": "1.0"},
        }
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        text, failed = call(params)
        return {"content": [{"type": "text", "text": text}], "isError": failed}
    if method == "resources/list":
        return {"resources": [{"uri": "small://a", "name": "a"}]}
    if method == "resources/templates/list":
        return {"resourceTemplates": []}
    if method == "resources/read":
        return {"contents": [{"uri": "small://a", "text": "A"}]}
    return {}


def main() -> None:
    """
    Answer until the input ends.
    """
    while True:
        asked = receive()
        if "id" in asked and "method" in asked:
            result = result_of(asked["method"], asked.get("params") or {})
            send({"id": asked["id"], "result": result})


if __name__ == "__main__":
    main()
