"""
The scripted model on loopback: HTTP/1.1 with server-sent events.

It is the agent's proxy too, and refuses every host, so that whatever the agent tries to
reach in the outside world is known and fails at once.
"""

from __future__ import annotations

import json
import select
import socket
from typing import TYPE_CHECKING

from pytest_codex.model.calls import ModelCall
from pytest_codex.model.loopback import Handler, Loopback
from pytest_codex.model.steps import Gate, Reply

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytest_codex.model.script import ScriptedModel


class ModelServer:
    """
    Serves one :class:`~pytest_codex.model.script.ScriptedModel`.

    Attributes:
        url: What the agent's ``base_url`` must be.
        proxy_url: A proxy that refuses everything.
        refused: What the agent tried to reach through the proxy.
    """

    def __init__(self, model: ScriptedModel) -> None:
        self.model = model
        self.refused: list[str] = []

        class Bound(_Handler):
            owner = self

        self._http = Loopback(Bound, "scripted-model")
        self.proxy_url = self._http.origin
        self.url = f"{self.proxy_url}/v1"

    def close(self) -> None:
        """
        Stop at once; open connections are dropped.
        """
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Handler(Handler):
    """
    One connection of the agent.

    Attributes:
        owner: The server this connection belongs to.
    """

    owner: ModelServer
    wbufsize = -1  # a reply goes out whole, or up to its gate

    def do_POST(self) -> None:  # noqa: N802
        """
        A model call.
        """
        if self._is_proxied():
            return
        try:
            body = json.loads(self.body())
        except ValueError:
            encoding = self.headers.get("content-encoding", "none")
            self._complain(400, f"the body is not JSON (content-encoding: {encoding})")
            return
        if not self.path.split("?")[0].endswith("/responses"):
            self._complain(404, f"the scripted model has no {self.path}")
            return
        self._send(self.owner.model.reply_to(ModelCall(body, dict(self.headers), self.path)))

    def do_GET(self) -> None:  # noqa: N802
        """
        The list of models, which is empty: the agent then uses the one it brought along.
        """
        if not self._is_proxied():
            self._send(Reply([b'{"models":[]}'], 200, {"content-type": "application/json"}))

    def do_CONNECT(self) -> None:  # noqa: N802
        """
        An attempt to reach the outside world.
        """
        self._refuse()

    def _is_proxied(self) -> bool:
        if self.path.startswith("/"):
            return False
        self._refuse()
        return True

    def _refuse(self) -> None:
        self.owner.refused.append(f"{self.command} {self.path}")
        self.close_connection = True
        self._complain(403, "no network in this test")

    def _complain(self, status: int, text: str) -> None:
        self._send(Reply([json.dumps({"error": {"message": text}}).encode()], status))

    def _send(self, reply: Reply) -> None:
        """
        Send a reply: whole when its length is known, in chunks when it stops at a gate.
        """
        whole = not reply.cut and not any(isinstance(piece, Gate) for piece in reply.body)
        self._begin(reply, whole)
        try:
            for piece in reply.body:
                if isinstance(piece, Gate):
                    self.wfile.flush()
                    if not piece.hold(self._peer_is_gone):
                        self.close_connection = True
                        return
                elif piece:
                    self.wfile.write(piece if whole else b"%x\r\n%s\r\n" % (len(piece), piece))
            if not whole and not reply.cut:
                self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
            if reply.cut:
                self.drop()
        except OSError:  # the agent hung up: a turn was interrupted or steered
            self.close_connection = True

    def _begin(self, reply: Reply, whole: bool) -> None:
        kind = "text/event-stream" if reply.status == 200 else "application/json"
        headers = {"content-type": kind, **reply.headers}
        if whole:
            size = sum(len(piece) for piece in reply.body if not isinstance(piece, Gate))
            headers["content-length"] = str(size)
        else:
            headers["transfer-encoding"] = "chunked"
        self.head(reply.status, headers)

    def _peer_is_gone(self) -> bool:
        """
        Whether the agent closed its end while the model was waiting at a gate.
        """
        try:
            if not select.select([self.connection], [], [], 0)[0]:
                return False
            return not self.connection.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True
