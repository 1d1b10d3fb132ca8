"""
The smallest MCP server: one tool, ``echo``, over stdio.
"""

from __future__ import annotations

import json
import sys
from typing import Any

ECHO = {
    "name": "echo",
    "description": "Echo",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
    "annotations": {"readOnlyHint": True},
}


def result(request: dict[str, Any]) -> dict[str, Any]:
    """
    The answer to one request.
    """
    params = request.get("params") or {}
    if request["method"] == "initialize":
        return {
            "protocolVersion": params.get("protocolVersion"),
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "tiny", "version": "1"},
        }
    if request["method"] == "tools/list":
        return {"tools": [ECHO]}
    if request["method"] == "tools/call":
        return {"content": [{"type": "text", "text": "echo:" + params["arguments"]["text"]}]}
    return {}


for line in sys.stdin:
    message = json.loads(line)
    if message.get("id") is not None:
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result(message)}
        print(json.dumps(answer), flush=True)
