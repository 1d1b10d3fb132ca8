"""
A tiny MCP server over stdio: its tools look a word up, write it down, and ask for a name.

It is copied into the workspace of the test that uses it, so it stands on its own.
"""

from __future__ import annotations

import json
import sys
from typing import Any

MEANINGS = {"cassette": "a recording"}
WORD = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
NOTHING: dict[str, Any] = {"type": "object", "properties": {}}
NAME = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def tool(name: str, description: str, schema: dict[str, Any], *, writes: bool) -> dict[str, Any]:
    """
    How a tool is announced.
    """
    hints = {"readOnlyHint": not writes, "destructiveHint": writes, "openWorldHint": False}
    return {
        "name": name,
        "description": description,
        "inputSchema": schema,
        "annotations": hints,
    }


TOOLS = [
    tool("look_up", "Look a word up.", WORD, writes=False),
    tool("write_down", "Write a word down.", WORD, writes=True),
    tool("ask_name", "Ask the user for a name.", NOTHING, writes=False),
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


def ask_name() -> str:
    """
    Ask the client's user, and wait for the answer.
    """
    form = {"message": "What is your name?", "requestedSchema": NAME}
    send({"id": "name", "method": "elicitation/create", "params": form})
    answer = receive()
    while answer.get("id") != "name":
        answer = receive()
    given = answer["result"].get("content") or {}
    return f"Hello, {given['name']}." if given else "Hello, whoever you are."


def call(name: str, arguments: dict[str, Any]) -> tuple[str, bool]:
    """
    Run a tool; returns its text and whether it failed.
    """
    word = arguments.get("word", "")
    if name == "ask_name":
        return ask_name(), False
    if name == "write_down":
        with open("words.txt", "a", encoding="utf-8") as file:
            file.write(f"{word}\n")
        return f"Wrote {word} down.", False
    return MEANINGS.get(word, f"There is no {word}."), word not in MEANINGS


def result_of(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """
    The result of a request.
    """
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "words", "version": "1.0"},
        }
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        text, failed = call(params["name"], params.get("arguments") or {})
        return {"content": [{"type": "text", "text": text}], "isError": failed}
    return {}


while True:
    asked = receive()
    if "id" in asked and "method" in asked:
        send({"id": asked["id"], "result": result_of(asked["method"], asked.get("params") or {})})
