"""
A place to run commands that is not this machine: it takes connections and can lose them.
"""

from __future__ import annotations

import json
import socket
from contextlib import suppress

from .loopback import Handler, Service

_SESSION = "01a1fcaa-0000-7000-8000-000000000000"


class EnvironmentService(Service):
    """
    Shakes hands with a server under test, and can do nothing else for it.
    """

    def __init__(self) -> None:
        super().__init__(_EnvironmentHandler)
        self.connections: list[socket.socket] = []

    def lose(self) -> None:
        """
        Lose all connections; the next ones are taken again.
        """
        lost, self.connections = self.connections, []
        for connection in lost:
            with suppress(OSError):  # the other side may have been faster
                connection.shutdown(socket.SHUT_RDWR)


class _EnvironmentHandler(Handler):
    def do_GET(self) -> None:  # noqa: N802
        """
        Take a connection.
        """
        self.service.connections.append(self.connection)
        self.talk()

    def heard(self, text: str) -> None:
        """
        Answer a request.
        """
        asked = json.loads(text)
        if "id" not in asked or "method" not in asked:
            return
        known = {"initialize": {"sessionId": _SESSION}, "environment/info": {}}
        if asked["method"] in known:
            self.say({"id": asked["id"], "result": known[asked["method"]]})
        else:
            error = {"code": -32601, "message": "this environment can do nothing"}
            self.say({"id": asked["id"], "error": error})
