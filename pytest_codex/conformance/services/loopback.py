"""
The smallest HTTP and WebSocket server that the services need: loopback only, no dependencies.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE = 1, 8
_LONG, _LONGER = 126, 127


class Service:
    """
    A service, for one ``with`` block.

    Args:
        handler: What answers requests; its ``service`` is this object.

    Attributes:
        url: Its base address, for HTTP.
    """

    def __init__(self, handler: type[Handler]) -> None:
        bound = type(handler.__name__, (handler,), {"service": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), bound)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def websocket_url(self) -> str:
        """
        Its base address, for WebSockets.
        """
        return self.url.replace("http://", "ws://")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    """
    One connection to a service.
    """

    protocol_version = "HTTP/1.1"
    service: ClassVar[Any]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """
        Say nothing on standard error.
        """

    def body(self) -> bytes:
        """
        What was sent with the request.
        """
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status: int, body: object, **headers: str) -> None:
        """
        Answer with a text, or with anything else as JSON.
        """
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def talk(self) -> None:
        """
        Become a WebSocket, and give every message to ``heard`` until the other side goes.
        """
        key = self.headers.get("Sec-WebSocket-Key")
        if key is None:
            self.answer(400, "this is a WebSocket")
            return
        accept = hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(accept).decode())
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):  # the other side may go whenever it likes
            while (text := self._read()) is not None:
                self.heard(text)

    def heard(self, text: str) -> None:
        """
        React to a message; a service that talks says how.
        """

    def say(self, message: object) -> None:
        """
        Send one message as JSON.
        """
        data = json.dumps(message).encode()
        size = len(data)
        head = bytes([0x80 | _TEXT])
        head += bytes([size]) if size < _LONG else struct.pack("!BH", _LONG, size)
        self.wfile.write(head + data)
        self.wfile.flush()

    def _read(self) -> str | None:
        """
        The next message; None at the end.
        """
        while True:
            head = self.rfile.read(2)
            if len(head) < 2 or head[0] & 0x0F == _CLOSE:
                return None
            size = head[1] & 0x7F
            if size >= _LONG:
                size = int.from_bytes(self.rfile.read(8 if size == _LONGER else 2), "big")
            mask = self.rfile.read(4)
            data = self.rfile.read(size)
            if head[0] & 0x0F == _TEXT:
                plain = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
                return plain.decode("utf-8", "replace")
