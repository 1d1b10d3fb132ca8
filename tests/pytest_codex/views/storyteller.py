"""
Sessions told message by message, for tests of what is read off them.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_codex.views import SessionTranscript
from pytest_codex.wire import Wire


class Storyteller:
    """
    Puts messages on a wire, on connection 1 unless told otherwise.
    """

    def __init__(self) -> None:
        self.wire = Wire()
        self.transcript = SessionTranscript(self.wire)
        self._ids = 0

    def client(self, body: Any, conn: int = 1) -> Storyteller:
        """
        The client says something.
        """
        self.wire.add(conn, "client", json.dumps(body))
        return self

    def server(self, body: Any, conn: int = 1) -> Storyteller:
        """
        The server says something.
        """
        self.wire.add(conn, "server", json.dumps(body))
        return self

    def notify(self, method: str, conn: int = 1, **params: Any) -> Storyteller:
        """
        The server notifies of something.
        """
        return self.server({"method": method, "params": params}, conn)

    def ask(self, method: str, params: Any, result: Any, conn: int = 1) -> Storyteller:
        """
        The client asks, and the server answers.
        """
        self._ids += 1
        self.client({"id": self._ids, "method": method, "params": params}, conn)
        return self.server({"id": self._ids, "result": result}, conn)

    def start(self, thread: str = "t1", cwd: str = "/ws", conn: int = 1) -> Storyteller:
        """
        The client starts a thread.
        """
        return self.ask("thread/start", {}, {"thread": {"id": thread}, "cwd": cwd}, conn)

    def began(self, turn: str = "u1", thread: str = "t1", conn: int = 1) -> Storyteller:
        """
        A turn begins.
        """
        return self.notify("turn/started", conn, threadId=thread, turn={"id": turn})

    def ended(
        self, turn: str = "u1", thread: str = "t1", conn: int = 1, **facts: Any
    ) -> Storyteller:
        """
        A turn ends.
        """
        described = {"id": turn, "status": "completed", **facts}
        return self.notify("turn/completed", conn, threadId=thread, turn=described)

    def opens(
        self, item: dict[str, Any], turn: str = "u1", thread: str = "t1", conn: int = 1
    ) -> Storyteller:
        """
        An item begins.
        """
        return self.notify("item/started", conn, threadId=thread, turnId=turn, item=item)

    def done(
        self, item: dict[str, Any], turn: str = "u1", thread: str = "t1", conn: int = 1
    ) -> Storyteller:
        """
        An item is complete.
        """
        return self.notify("item/completed", conn, threadId=thread, turnId=turn, item=item)


def says(text: str, phase: str | None = None, name: str = "m") -> dict[str, Any]:
    """
    A message of the agent.
    """
    return {"type": "agentMessage", "id": f"{name}{text}", "text": text, "phase": phase}


def command(line: str, code: int | None = 0, **facts: Any) -> dict[str, Any]:
    """
    A command that came to its end.
    """
    return {
        "type": "commandExecution",
        "id": f"c{line}",
        "command": f"/bin/bash -lc '{line}'",
        "status": "failed" if code else "completed",
        "exitCode": code,
        "cwd": "/ws",
        **facts,
    }


def edit(path: str, status: str = "completed", **change: Any) -> dict[str, Any]:
    """
    A change of one file.
    """
    one = {"path": path, "kind": {"type": "update", "move_path": None}, "diff": "", **change}
    return {"type": "fileChange", "id": f"f{path}", "changes": [one], "status": status}


def asks(text: str) -> dict[str, Any]:
    """
    A message of the user.
    """
    content = [{"type": "text", "text": text}]
    return {"type": "userMessage", "id": f"u{text}", "content": content}
