"""
Tools of an MCP server: their items, their progress, and their questions to the user.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require

from .kit import ASK_USER, MODEL, ended, has, item, same, texts
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_ITEMS = "protocol-facts: Items"
_REQUESTS = "protocol-facts: Requests of the server"
_ELICITATION = "mcpServer/elicitation/request"


def mcp_client(server: Server, **others: Message) -> Client:
    """
    A client of a server that has our MCP server, and others.
    """
    program = Path(__file__).with_name("mcp_server.py").read_text(encoding="utf-8")
    (server.workspace / "mcp_server.py").write_text(program, encoding="utf-8")
    small = {"command": sys.executable, "args": ["mcp_server.py"]}
    server.configure({"mcp_servers": {"small": small, **others}})
    return server.connect()


def _text(found: Message) -> object:
    """
    What a tool gave back.
    """
    content = (found.get("result") or {}).get("content") or [{}]
    return content[0].get("text")


@check(
    "items/mcp-tool",
    "A call of an MCP tool is an item with its arguments and its result.",
    _ITEMS,
    notifications=["item/started", "item/completed"],
    needs=MODEL,
)
def mcp_tool(server: Server) -> None:
    server.model.call_tool("small", "echo", {"text": "yo"}).say("Done.")
    client = mcp_client(server)
    ended(client.turn(client.thread()))
    found = item(client, "mcpToolCall")
    has("the call", found, server="small", tool="echo", arguments={"text": "yo"})
    same("the status", found.get("status"), "completed")
    same("the result", _text(found), "echo yo")


@check(
    "items/mcp-tool-that-fails",
    "A tool that reports an error is an item that failed; the turn goes on.",
    _ITEMS,
    needs=MODEL,
)
def failing_tool(server: Server) -> None:
    server.model.call_tool("small", "fail").say("It failed.")
    client = mcp_client(server)
    ended(client.turn(client.thread()))
    same("the status of the call", item(client, "mcpToolCall").get("status"), "failed")
    same("the messages", texts(client), ["It failed."])


@check(
    "items/mcp-startup",
    "An MCP server's start is told until it is ready; one that cannot start is told as failed.",
    _ITEMS,
    notifications=["mcpServer/startupStatus/updated"],
)
def startup(server: Server) -> None:
    client = mcp_client(server, broken={"command": "/no/such/program"})
    client.thread()
    client.notice("mcpServer/startupStatus/updated", name="small", status="ready")
    failed = client.notice("mcpServer/startupStatus/updated", name="broken", status="failed")
    require(failed["params"].get("error"), f"no reason is told: {failed['params']}")


def _asked(server: Server, result: Message) -> tuple[Client, Message]:
    """
    A turn in which a tool asks for a name; returns the client and the question.
    """
    server.model.call_tool("small", "ask").say("Asked.")
    client = mcp_client(server)
    thread = client.thread(approvalPolicy="on-request")
    client.answers[_ELICITATION] = lambda _: result
    turn = client.turn(thread)
    ended(turn)
    asked = client.notice(_ELICITATION)["params"]
    has("the question", asked, threadId=thread, turnId=turn["id"], serverName="small")
    same("the sentence", asked.get("message"), "What is your name?")
    return client, asked


@check(
    "server-requests/elicitation-accepted",
    "A tool's question reaches the user as a form, and the answer reaches the tool.",
    _REQUESTS,
    notifications=[_ELICITATION, "serverRequest/resolved"],
    needs=MODEL,
)
def elicitation(server: Server) -> None:
    given: dict[str, Any] = {"action": "accept", "content": {"name": "Ada"}, "_meta": None}
    client, asked = _asked(server, given)
    form = asked.get("requestedSchema") or {}
    require("name" in (form.get("properties") or {}), f"the form is {form}")
    same("what the tool got", _text(item(client, "mcpToolCall")), "accept Ada")
    client.notice("serverRequest/resolved")


@check(
    "server-requests/elicitation-declined",
    "A question that is declined, or answered with nothing, is declined for the tool.",
    _REQUESTS,
    notifications=[_ELICITATION],
    needs=MODEL,
    broken=True,
)
def elicitation_declined(server: Server) -> None:
    client, _ = _asked(server, {})
    same("what the tool got", _text(item(client, "mcpToolCall")), "decline")


@check(
    "server-requests/mcp-tool-approval",
    "A tool that says it destroys runs only after the user's approval.",
    _REQUESTS,
    notifications=[_ELICITATION],
    needs=MODEL,
)
def tool_approval(server: Server) -> None:
    server.model.call_tool("small", "write", {"text": "once"})
    server.model.call_tool("small", "write", {"text": "twice"}).say("Done.")
    client = mcp_client(server)
    turn = client.start(client.thread(**ASK_USER))
    since = 0
    for action in ("decline", "accept"):
        asked = client.notice(_ELICITATION, since)
        there = (server.workspace / "written.txt").exists()
        require(not there, "the tool ran before it was approved")
        answer: Message = {"action": action, "content": {}, "_meta": None}
        client.send({"id": asked["id"], "result": answer})
        since = len(client.messages)
    ended(client.completed(turn))
    text = (server.workspace / "written.txt").read_text(encoding="utf-8")
    same("what the tool wrote", text, "twice")
