"""
An HTTP/1.1 server on loopback that can be ended at once, whoever is still connected.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Loopback(ThreadingHTTPServer):
    """
    The listening socket, the connections it accepted, and the thread that accepts them.

    Args:
        handler: Serves one connection.
        name: Of the thread.
    """

    daemon_threads = True
    # Joining handler threads would wait for connections the agent keeps open.
    block_on_close = False
    request_queue_size = 128

    def __init__(self, handler: type[Handler], name: str) -> None:
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), handler)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        # A short poll: shutdown() waits for it.
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.02,), name=name, daemon=True
        )
        self._thread.start()

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

    def handle_error(self, request: Any, client_address: Any) -> None:
        """
        Say nothing about a client that hung up; interrupting a turn does that.
        """

    def close(self) -> None:
        """
        Stop at once; open connections are dropped.
        """
        self.shutdown()
        self.server_close()
        with self._guard:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)


class Handler(BaseHTTPRequestHandler):
    """
    One connection; subclasses say what a request gets.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """
        Keep the test's output clean.
        """

    def body(self) -> bytes:
        """
        The body of the request.
        """
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def plain(self, status: int, text: str) -> None:
        """
        Answer with a sentence.
        """
        self.whole(status, {"content-type": "text/plain; charset=utf-8"}, text.encode())

    def whole(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """
        Answer with a body that is known.
        """
        self.head(status, {**headers, "content-length": str(len(body))})
        self.wfile.write(body)
        self.wfile.flush()

    def head(self, status: int, headers: Mapping[str, str], reason: str | None = None) -> None:
        """
        Begin an answer.
        """
        self.send_response_only(status, reason)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()

    def drop(self) -> None:
        """
        End the connection in the middle of an answer.
        """
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
