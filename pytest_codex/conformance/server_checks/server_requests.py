"""
What the server asks its client besides approvals: tools of the client, questions, the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import MODEL, READ_ONLY, ended, has, item, only, same, texts
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Requests of the server"
_TOOL_CALL = "item/tool/call"
_QUESTION = "item/tool/requestUserInput"
_WORD = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
_LOOK_UP = {
    "type": "function",
    "name": "look_up",
    "description": "Look a word up.",
    "inputSchema": _WORD,
}
_COLOUR = {
    "id": "colour",
    "header": "Colour",
    "question": "Which colour?",
    "options": [
        {"label": "Red (Recommended)", "description": "Like a rose."},
        {"label": "Blue", "description": "Like the sky."},
    ],
}
_PLAN_MODE = {
    "mode": "plan",
    "settings": {"model": "gpt-5.5", "reasoning_effort": None, "developer_instructions": None},
}


def _tool_turn(server: Server, answer: Message) -> tuple[Client, Message]:
    """
    A turn that calls a tool of the client; returns the client and the call's item.
    """
    server.model.call("look_up", {"word": "tape"})
    server.model.decide(lambda call: str(call.outputs["call_1"]))
    client = server.connect()
    thread = client.thread(dynamicTools=[_LOOK_UP])
    turn = client.start(thread)
    asked = client.notice(_TOOL_CALL)
    has("the request", asked["params"], threadId=thread, turnId=turn, tool="look_up")
    same("the arguments", asked["params"].get("arguments"), {"word": "tape"})
    client.send({"id": asked["id"], **answer})
    ended(client.completed(turn))
    found = item(client, "dynamicToolCall")
    same("the item's id", found.get("id"), asked["params"].get("callId"))
    return client, found


@check(
    "server-requests/dynamic-tool",
    "A tool that the client declared is run by the client; its result goes to the model.",
    _FACTS,
    notifications=[_TOOL_CALL],
    needs=MODEL,
)
def dynamic_tool(server: Server) -> None:
    content = [{"type": "inputText", "text": "a recording"}]
    client, found = _tool_turn(server, {"result": {"contentItems": content, "success": True}})
    has("the item", found, status="completed", success=True, contentItems=content)
    require("a recording" in texts(client)[-1], f"the model got {texts(client)[-1]!r}")


@check(
    "server-requests/dynamic-tool-fails",
    "A tool call that the client reports as failed is an item that failed.",
    _FACTS,
    notifications=[_TOOL_CALL],
    needs=MODEL,
)
def failing_tool(server: Server) -> None:
    content = [{"type": "inputText", "text": "no idea"}]
    client, found = _tool_turn(server, {"result": {"contentItems": content, "success": False}})
    has("the item", found, status="failed", success=False)
    require("no idea" in texts(client)[-1], f"the model got {texts(client)[-1]!r}")


@check(
    "server-requests/dynamic-tool-empty-answer",
    "An answer in the wrong shape fails the tool call, and the turn goes on.",
    _FACTS,
    notifications=[_TOOL_CALL],
    needs=MODEL,
    broken=True,
)
def empty_tool(server: Server) -> None:
    _, found = _tool_turn(server, {"result": {}})
    has("the item", found, status="failed", success=False)


@check(
    "server-requests/dynamic-tool-error-answer",
    "A client that answers with an error fails the tool call, and the turn goes on.",
    _FACTS,
    notifications=[_TOOL_CALL],
    needs=MODEL,
)
def error_tool(server: Server) -> None:
    _, found = _tool_turn(server, {"error": {"code": -32603, "message": "Broken."}})
    has("the item", found, status="failed", success=False)


def _question_turn(server: Server, answer: Message) -> Client:
    """
    A turn in plan mode that asks the user for a colour.
    """
    server.model.ask_user([_COLOUR])
    server.model.decide(lambda call: str(call.outputs["call_1"]))
    client = server.connect()
    thread = client.thread()
    turn = client.start(thread, collaborationMode=_PLAN_MODE)
    asked = client.notice(_QUESTION)
    has("the request", asked["params"], threadId=thread, turnId=turn)
    told = only("the questions", asked["params"]["questions"])
    has("the question", told, id="colour", question="Which colour?")
    labels = [option["label"] for option in told["options"]]
    same("the options", labels, ["Red (Recommended)", "Blue"])
    client.send({"id": asked["id"], "result": answer})
    ended(client.completed(turn))
    client.notice("serverRequest/resolved", requestId=asked["id"])
    return client


@check(
    "server-requests/user-input",
    "The agent's question reaches the user with its options; the answer reaches the model.",
    _FACTS,
    methods=["turn/start"],
    notifications=[_QUESTION, "serverRequest/resolved"],
    needs=MODEL,
)
def user_input(server: Server) -> None:
    client = _question_turn(server, {"answers": {"colour": {"answers": ["Blue"]}}})
    require("Blue" in texts(client)[-1], f"the model got {texts(client)[-1]!r}")


@check(
    "server-requests/user-input-empty-answer",
    "A user who does not answer leaves the agent without one, and the turn goes on.",
    _FACTS,
    notifications=[_QUESTION],
    needs=MODEL,
    broken=True,
)
def no_input(server: Server) -> None:
    client = _question_turn(server, {})
    require("Blue" not in texts(client)[-1], f"the model got {texts(client)[-1]!r}")


@check(
    "server-requests/ids-are-unique",
    "Every request of the server has an id of its own on the connection.",
    _FACTS,
    notifications=[_TOOL_CALL],
    needs=MODEL,
)
def ids(server: Server) -> None:
    for word in ("one", "two", "three"):
        server.model.call("look_up", {"word": word})
    server.model.say("Done.")
    client = server.connect()
    content = [{"type": "inputText", "text": "known"}]
    client.answers[_TOOL_CALL] = lambda _: {"contentItems": content, "success": True}
    ended(client.turn(client.thread(dynamicTools=[_LOOK_UP])))
    came = [each["id"] for each in client.said(_TOOL_CALL)]
    same("the number of requests", len(came), 3)
    same("the number of different ids", len(set(came)), 3)


@check(
    "server-requests/permissions",
    "More permissions are asked for with a reason; what is granted reaches the model.",
    _FACTS,
    notifications=["item/permissions/requestApproval", "serverRequest/resolved"],
    needs=MODEL,
)
def permissions(server: Server) -> None:
    server.configure({"features": {"request_permissions_tool": True}})
    wanted = {"file_system": {"write": [str(server.workspace / "sub")]}}
    server.model.call("request_permissions", {"reason": "Select it.", "permissions": wanted})
    server.model.decide(lambda call: str(call.outputs["call_1"]))
    client = server.connect()
    thread = client.thread(**READ_ONLY)
    turn = client.start(thread)
    asked = client.notice("item/permissions/requestApproval")
    params = asked["params"]
    has("the request", params, threadId=thread, turnId=turn, reason="Select it.")
    granted = params["permissions"]
    client.send({"id": asked["id"], "result": {"permissions": granted, "scope": "turn"}})
    ended(client.completed(turn))
    client.notice("serverRequest/resolved", requestId=asked["id"])
    require("/sub" in texts(client)[-1], f"the model got {texts(client)[-1]!r}")


@check(
    "server-requests/current-time",
    "Where the client keeps the clock, the server asks it for the time, and the model gets it.",
    _FACTS,
    notifications=["currentTime/read"],
    needs=MODEL,
)
def current_time(server: Server) -> None:
    clock = {"enabled": True, "reminder_interval_seconds": 1, "clock_source": "external"}
    server.configure({"features": {"current_time_reminder": clock}})
    server.model.decide(lambda call: " ".join(call.messages("developer")))
    client = server.connect()
    client.answers["currentTime/read"] = lambda _: {"currentTimeAt": 1781717655}
    thread = client.thread()
    ended(client.turn(thread))
    asked = client.notice("currentTime/read")["params"]
    same("the thread of the request", asked.get("threadId"), thread)
    require("2026-06-17 17:34:15 UTC" in texts(client)[-1], "the model was not told the time")
