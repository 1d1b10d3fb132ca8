"""
Who is at work: what changes on disk meanwhile is theirs, anything else is the test's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_server.messages import is_request

if TYPE_CHECKING:
    from fake_server.messages import Message

_CHECKPOINTS = frozenset(
    {"item/completed", "turn/completed", "externalAgentConfig/import/completed"}
)
"""Notifications before which Codex's changes on disk are complete (measured)."""

_MAY_WRITE = ("command/exec", "fs/", "thread/shellCommand", "mcpServer/tool/call")
"""Requests that change the disk by themselves; complete when they are answered."""


class Activity:
    """
    Follows the messages of all connections.

    A turn counts from ``turn/started`` on, because the item of a command is announced late,
    often after the command has written its files. A command counts until its item is
    completed, because neither the end of its turn nor an interrupt ends it.
    """

    def __init__(self) -> None:
        self._requests: set[tuple[int, str]] = set()
        self._threads: set[tuple[int, str]] = set()
        self._commands: set[tuple[int, str]] = set()

    @property
    def idle(self) -> bool:
        """
        Whether nobody is at work.
        """
        return not (self._requests or self._threads or self._commands)

    def client(self, conn: int, message: Message) -> None:
        """
        Take a message of the client's.
        """
        if is_request(message) and message["method"].startswith(_MAY_WRITE):
            self._requests.add((conn, repr(message["id"])))

    def server(self, conn: int, message: Message) -> bool:
        """
        Take a message of the server's.

        Returns:
            Whether it marks the end of some work, whose changes on disk belong to it.
        """
        method = message.get("method")
        if method is None:
            request = (conn, repr(message.get("id")))
            ended = request in self._requests
            self._requests.discard(request)
            return ended
        params = message.get("params")
        if isinstance(params, dict):
            self._follow(conn, str(method), params)
        return method in _CHECKPOINTS

    def _follow(self, conn: int, method: str, params: dict[str, Any]) -> None:
        thread = (conn, str(params.get("threadId")))
        item = params.get("item")
        if method == "turn/started":
            self._threads.add(thread)
        elif method == "turn/completed":
            self._threads.discard(thread)
        elif isinstance(item, dict) and item.get("type") == "commandExecution":
            command = (conn, str(item.get("id")))
            if method == "item/started":
                self._commands.add(command)
            elif method == "item/completed":
                self._commands.discard(command)

    def closed(self, conn: int) -> None:
        """
        A connection ended, and all work with it.
        """
        for work in (self._requests, self._threads, self._commands):
            work -= {each for each in work if each[0] == conn}
