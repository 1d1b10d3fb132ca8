"""
Scenes in which the server asks the client something, or the client speaks in mid-turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .plain import TEXT
from .scene import Scene
from .threads import CWD, NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from .threads import Turn

COMMAND = "item/commandExecution/requestApproval"
FILES = "item/fileChange/requestApproval"
PERMISSIONS = "item/permissions/requestApproval"
QUESTION = "item/tool/requestUserInput"
TOOL = "item/tool/call"
ELICITATION = "mcpServer/elicitation/request"
REFRESH = "account/chatgptAuthTokens/refresh"
ATTESTATION = "attestation/generate"
TIME = "currentTime/read"
OLD_COMMAND = "execCommandApproval"
OLD_FILES = "applyPatchApproval"


def _ids(turn: Turn, item: str = "asked") -> dict[str, Any]:
    return {"threadId": turn.thread.id, "turnId": turn.id, "itemId": item}


def _command(turn: Turn) -> dict[str, Any]:
    return {**_ids(turn), "startedAtMs": NOW * 1000, "command": "touch x", "cwd": CWD}


def _files(turn: Turn) -> dict[str, Any]:
    return {**_ids(turn), "startedAtMs": NOW * 1000, "reason": None}


def _permissions(turn: Turn) -> dict[str, Any]:
    wanted = {"network": {"enabled": True}}
    return {**_ids(turn), "startedAtMs": NOW * 1000, "cwd": CWD, "permissions": wanted}


def _question(turn: Turn) -> dict[str, Any]:
    options = [{"label": label, "description": ""} for label in ("red", "blue")]
    asked = {"header": "Colour", "question": "Which colour?", "options": options}
    questions = [{**asked, "id": "one"}, {**asked, "id": "two"}]
    return {**_ids(turn), "isBlocking": True, "questions": questions}


def _tool(turn: Turn) -> dict[str, Any]:
    ids = {"threadId": turn.thread.id, "turnId": turn.id, "callId": "call"}
    return {**ids, "tool": "weather", "arguments": {"city": "Ulm"}}


def _elicitation(turn: Turn) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    form = {"mode": "form", "message": "Who?", "requestedSchema": schema}
    return {"threadId": turn.thread.id, "turnId": turn.id, "serverName": "who", **form}


def _refresh(_turn: Turn) -> dict[str, Any]:
    return {"reason": "unauthorized", "previousAccountId": None}


def _attestation(_turn: Turn) -> dict[str, Any]:
    return {}


def _time(turn: Turn) -> dict[str, Any]:
    return {"threadId": turn.thread.id}


def _old_command(turn: Turn) -> dict[str, Any]:
    asked = {"conversationId": turn.thread.id, "callId": "asked", "cwd": CWD}
    return {**asked, "command": ["touch", "x"], "parsedCmd": [], "reason": None}


def _old_files(turn: Turn) -> dict[str, Any]:
    changes = {f"{CWD}/x": {"type": "add", "content": "x\n"}}
    return {"conversationId": turn.thread.id, "callId": "asked", "fileChanges": changes}


PARAMS: dict[str, Callable[[Turn], dict[str, Any]]] = {
    COMMAND: _command,
    FILES: _files,
    PERMISSIONS: _permissions,
    QUESTION: _question,
    TOOL: _tool,
    ELICITATION: _elicitation,
    REFRESH: _refresh,
    ATTESTATION: _attestation,
    TIME: _time,
    OLD_COMMAND: _old_command,
    OLD_FILES: _old_files,
}
"""Valid params of every request of the server."""


def begun(turn: Turn, method: str) -> None:
    """
    Tell of the item that a request is about, as the real server does before it asks.
    """
    item = _item(method)
    if item is not None:
        turn.item({**item, "status": "inProgress"}, done=False)


def ended(turn: Turn, method: str) -> None:
    """
    Tell that the item that a request was about is done.
    """
    item = _item(method)
    if item is not None:
        turn.item({**item, "status": "completed"}, begun=False)


def _item(method: str) -> dict[str, Any] | None:
    if method in (COMMAND, OLD_COMMAND):
        about = {"command": "touch x", "cwd": CWD, "commandActions": []}
        return {"id": "asked", "type": "commandExecution", **about}
    if method in (FILES, OLD_FILES):
        change = {"path": f"{CWD}/x", "kind": {"type": "add"}, "diff": "x\n"}
        return {"id": "asked", "type": "fileChange", "changes": [change]}
    return None


def asks(method: str, params: Any = None, number: object = None) -> tuple[Scene, object]:
    """
    A turn in which the server asks one thing, and goes on whatever the answer is.

    Args:
        method: What is asked.
        params: Its params; None are valid ones.
        number: Its id; None counts.

    Returns:
        The scene, and the id of the request.
    """
    scene = Scene()
    turn = scene.thread().turn()
    begun(turn, method)
    number = turn.ask(method, PARAMS[method](turn) if params is None else params, number)
    turn.thread.notify("serverRequest/resolved", requestId=number)
    ended(turn, method)
    turn.message(TEXT)
    turn.end()
    return scene, number


def command() -> Scene:
    """
    A turn with a command that needs an approval.
    """
    return asks(COMMAND)[0]


def question() -> Scene:
    """
    A turn in which the agent asks the user.
    """
    return asks(QUESTION)[0]


def interrupted() -> Scene:
    """
    A turn that the client interrupts; the message that was open is never completed.
    """
    scene = Scene()
    turn = scene.thread().turn()
    turn.delta(turn.open_message(), "Working")
    number = scene.asked("turn/interrupt", threadId=turn.thread.id)
    scene.answer(number, {})
    turn.end("interrupted")
    return scene


def steered() -> Scene:
    """
    A turn that the client steers; the message that was open is never completed.
    """
    scene = Scene()
    turn = scene.thread().turn()
    turn.delta(turn.open_message(), "Working")
    number = scene.asked("turn/steer", threadId=turn.thread.id)
    scene.answer(number, {"turnId": turn.id})
    turn.message(TEXT)
    turn.end()
    return scene
