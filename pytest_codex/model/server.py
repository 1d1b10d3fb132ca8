"""
The scripted model on loopback: HTTP/1.1 with server-sent events.

It is the agent's proxy too, and refuses every host, so that whatever the agent tries to
reach in the outside world is known and fails at once.
"""

from __future__ import annotations

import json
import select
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

from pytest_codex.model.calls import ModelCall
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
        self._http = _Http(self)
        self.proxy_url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self.url = f"{self.proxy_url}/v1"
        # A short poll: shutdown() waits for it.
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.02,), name="scripted-model", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """
        Stop at once; open connections are dropped.
        """
        self._http.shutdown()
        self._http.server_close()
        self._http.drop_all()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Http(ThreadingHTTPServer):
    """
    The listening socket and the connections it accepted.
    """

    daemon_threads = True
    # Joining handler threads would wait for connections the agent keeps open.
    block_on_close = False
    request_queue_size = 128

    def __init__(self, owner: ModelServer) -> None:
        self.owner = owner
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """
        Bind without the name look-up of the base class, which may ask a name server.
        """
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """
        Remember the connection, so that it can be dropped.
        """
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """
        Forget a connection that ended.
        """
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def drop_all(self) -> None:
        """
        End every connection that is still open.
        """
        with self._guard:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """
        Say nothing about a client that hung up; interrupting a turn does that.
        """


class _Handler(BaseHTTPRequestHandler):
    """
    One connection of the agent.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    @property
    def owner(self) -> ModelServer:
        """
        The server this connection belongs to.
        """
        return cast("_Http", self.server).owner

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """
        Keep the test's output clean.
        """

    def do_POST(self) -> None:
        """
        A model call.
        """
        if self._is_proxied():
            return
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            body = json.loads(raw)
        except ValueError:
            encoding = self.headers.get("content-encoding", "none")
            self._plain(400, f"the body is not JSON (content-encoding: {encoding})")
            return
        if not self.path.split("?")[0].endswith("/responses"):
            self._plain(404, f"the scripted model has no {self.path}")
            return
        self._send(self.owner.model.reply_to(ModelCall(body, dict(self.headers), self.path)))

    def do_GET(self) -> None:
        """
        The list of models, which is empty: the agent then uses the one it brought along.
        """
        if not self._is_proxied():
            self._send(Reply([b'{"models":[]}'], 200, {"content-type": "application/json"}))

    def do_CONNECT(self) -> None:
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
        self._plain(403, "no network in this test")

    def _plain(self, status: int, text: str) -> None:
        self._send(Reply([json.dumps({"error": {"message": text}}).encode()], status))

    def _send(self, reply: Reply) -> None:
        """
        Send a reply: whole when its length is known, in chunks when it stops at a gate.
        """
        whole = not reply.cut and not any(isinstance(piece, Gate) for piece in reply.body)
        self._head(reply, whole)
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
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
        except OSError:  # the agent hung up: a turn was interrupted or steered
            self.close_connection = True

    def _head(self, reply: Reply, whole: bool) -> None:
        self.send_response_only(reply.status)
        kind = "text/event-stream" if reply.status == 200 else "application/json"
        headers = {"content-type": kind, **reply.headers}
        if whole:
            size = sum(len(piece) for piece in reply.body if not isinstance(piece, Gate))
            headers["content-length"] = str(size)
        else:
            headers["transfer-encoding"] = "chunked"
        if self.close_connection:
            headers["connection"] = "close"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

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
