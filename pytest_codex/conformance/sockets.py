"""
A server that listens: started once, talked to over WebSockets by any number of clients.
"""

from __future__ import annotations

import contextlib
import io
import re
import socket as sockets
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

from .outcomes import ConformanceError, skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .client import Client
    from .server import Server

START = 15.0
"""Seconds a server may take until it listens."""

_ADDRESS = re.compile(r"ws://(127\.0\.0\.1:\d+)")
_LARGEST = 64 * 1024 * 1024


class Listening:
    """
    A server that listens.

    Args:
        server: The server under test.
        process: Its process.
        address: Host and port, or the path of a socket.
    """

    def __init__(self, server: Server, process: Client, address: str | Path) -> None:
        self.process = process
        self.address = address
        self._server = server

    def spawn(self, **headers: str) -> Client:
        """
        Connect and say nothing yet.

        Args:
            headers: What to add to the request for the connection.

        Raises:
            ConformanceError: The server does not take the connection.
        """
        return self._server.attach(_Connection(_open(self.address, headers)))

    def connect(self) -> Client:
        """
        Connect and shake hands.
        """
        client = self.spawn()
        self._server.greet(client)
        return client


def on_port(server: Server) -> Listening:
    """
    Start the server on a free port of this machine.

    Raises:
        SkippedError: It cannot listen, or nothing to connect with is installed.
    """
    process = server.spawn(["--listen", "ws://127.0.0.1:0"])

    def told() -> str | None:
        found = _ADDRESS.search("".join(list(process.stderr)))
        return found.group(1) if found else None

    return Listening(server, process, str(_wait(process, told, "ws://")))


def on_socket(server: Server) -> Listening:
    """
    Start the server on a socket in the file system.

    Raises:
        SkippedError: It cannot listen, or nothing to connect with is installed.
    """
    path = server.directory / "s"
    process = server.spawn(["--listen", f"unix://{path}"])
    _wait(process, lambda: _takes(path), "unix://")
    return Listening(server, process, path)


def _takes(path: Path) -> bool | None:
    """
    True when somebody listens at a socket; it is there a moment before.
    """
    with sockets.socket(sockets.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return None
        return True


def _wait(process: Client, ready: Any, scheme: str) -> Any:
    try:
        import websockets  # noqa: F401
    except ImportError:
        skip("websockets is not installed: pip install 'pytest-codex-harness[ws]'")
    end = time.monotonic() + START
    while time.monotonic() < end:
        found = ready()
        if found is not None:
            return found
        if process.process.poll() is not None:
            skip(f"the server does not listen on {scheme}")
        time.sleep(0.01)
    raise ConformanceError(f"the server does not listen on {scheme} within {START:g} s")


def _open(address: str | Path, headers: dict[str, str]) -> Any:
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect, unix_connect

    # Offered compression, up to 0.155 the server hangs up on a socket.
    options: dict[str, Any] = {"max_size": _LARGEST, "compression": None}
    options["additional_headers"] = headers
    try:
        if isinstance(address, str):
            opened = connect(f"ws://{address}", proxy=None, **options)
        else:
            opened = unix_connect(str(address), uri="ws://localhost/rpc", **options)
        # Newer versions warn when it is used without its context; closing it is all that does.
        return contextlib.ExitStack().enter_context(opened)
    except (OSError, WebSocketException) as error:
        raise ConformanceError(f"the server does not take the connection: {error}") from error


class _Connection:
    """
    A WebSocket in place of a process: the part of ``Popen`` that a client uses.

    It ends with 0 when the connection is closed, by whomever.
    """

    def __init__(self, socket: Any) -> None:
        self.returncode: int | None = None
        self.stdin = _Sending(socket, self._end)
        self.stdout = self._lines(socket)
        self.stderr = io.StringIO()
        self._closed = threading.Event()

    def _lines(self, socket: Any) -> Iterator[str]:
        from websockets.exceptions import ConnectionClosed

        # One message is one line: what holds two, or none, is no JSON and is told as such.
        with contextlib.suppress(ConnectionClosed):
            while True:
                text = socket.recv()
                yield (text if isinstance(text, str) else repr(text)) + "\n"
        self._end()

    def _end(self) -> None:
        self.returncode = 0
        self._closed.set()

    def poll(self) -> int | None:
        """
        0 when the connection is closed, None while it is open.
        """
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """
        Wait until the connection is closed.
        """
        if not self._closed.wait(timeout):
            raise subprocess.TimeoutExpired("the connection", timeout or 0.0)
        return 0

    def kill(self) -> None:
        """
        Close the connection.
        """
        self.stdin.close()


class _Sending:
    """
    Each line is one text frame.
    """

    def __init__(self, socket: Any, closed: Callable[[], None]) -> None:
        self._socket = socket
        self._closed = closed

    def write(self, text: str) -> int:
        """
        Send a line without its end.
        """
        from websockets.exceptions import ConnectionClosed

        try:
            self._socket.send(text.removesuffix("\n"))
        except ConnectionClosed as error:
            raise BrokenPipeError(str(error)) from error
        return len(text)

    def flush(self) -> None:
        """
        Do nothing: nothing is kept back.
        """

    def close(self) -> None:
        """
        Close the connection.
        """
        self._socket.close()
        self._closed()
