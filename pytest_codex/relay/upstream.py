"""
The way to a real model: HTTP/1.1 to its base URL, read as it arrives, with deadlines.
"""

from __future__ import annotations

import ssl
from contextlib import suppress

# By name: whatever replaces them in their module, such as vcrpy's patches, is not for us.
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from fake_server.errors import HarnessError
from pytest_codex.relay.connections import Pool
from pytest_codex.relay.encodings import Decoder, UndecodableError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

CONNECT_SECONDS = 10.0
IDLE_SECONDS = 300.0
"""Seconds without a byte after which a model is given up; Codex itself waits as long."""

_PIECE = 65536
_HOPS = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer "
    "transfer-encoding upgrade".split()
)
_OURS = frozenset({"host", "content-length", "accept-encoding", "expect"})


class UpstreamError(HarnessError):
    """
    The real model could not be reached, or stopped in the middle.
    """


class _StaleError(Exception):
    """
    A connection ended before an answer began.
    """


class Upstream:
    """
    A real model behind a base URL.

    Args:
        base_url: ``http`` or ``https``, as Codex's ``base_url`` would be.
        connect: Seconds until a connection must be there.
        idle: Seconds that may pass without a byte.

    Raises:
        HarnessError: The URL is none.
    """

    def __init__(
        self, base_url: str, *, connect: float = CONNECT_SECONDS, idle: float = IDLE_SECONDS
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise HarnessError(
                f"the model's base URL must be like https://api.example.com/v1, not {base_url!r}"
            )
        self.path = parts.path.rstrip("/")
        self.origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port
        self._connect = connect
        self._idle = idle
        self._pool = Pool()
        self._tls = ssl.create_default_context() if self._secure else None

    def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        connected: Callable[[socket.socket], None] | None = None,
    ) -> UpstreamAnswer:
        """
        Send a request, and wait until an answer begins.

        Args:
            target: Path and query, as they are on the wire.
            headers: As the agent sent them; what belongs to its own connection is left out.
            connected: Told the socket; who shuts it down from another thread ends the wait.

        Raises:
            UpstreamError: It did not come to an answer.
        """
        used = self._pool.take()
        if used is not None:
            # Hung up while it was idle: nobody has seen the request, so it may be sent again.
            with suppress(_StaleError):
                return self._ask(used, method, target, headers, body, connected)
        connection = self._connection()
        try:
            connection.connect()
        except TimeoutError as error:
            connection.close()
            raise UpstreamError(
                f"{self.origin} did not accept a connection within {self._connect:g} s"
            ) from error
        except (OSError, HTTPException) as error:
            connection.close()
            raise UpstreamError(f"{self.origin} cannot be reached: {error}") from error
        connection.sock.settimeout(self._idle)
        try:
            return self._ask(connection, method, target, headers, body, connected)
        except _StaleError as error:
            raise UpstreamError(
                f"{self.origin} hung up before it answered: {error.__cause__!r}"
            ) from error

    def close(self) -> None:
        """
        Hang up what is idle.
        """
        self._pool.close()

    def _ask(
        self,
        connection: HTTPConnection,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        connected: Callable[[socket.socket], None] | None,
    ) -> UpstreamAnswer:
        """
        Send a request over a connection.

        Raises:
            _StaleError: The other end hung up before a byte came.
            UpstreamError: It did not answer.
        """
        if connected is not None:
            connected(connection.sock)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in _passed_on(headers).items():
                connection.putheader(name, value)
            # A compressed stream comes in lumps, and would have to be unpacked to be kept.
            connection.putheader("accept-encoding", "identity")
            if body or method != "GET":
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            return UpstreamAnswer(connection, self.origin, self._idle, self._pool)
        except TimeoutError as error:
            connection.close()
            raise UpstreamError(f"{self.origin} did not answer within {self._idle:g} s") from error
        except (OSError, HTTPException) as error:
            connection.close()
            raise _StaleError(self.origin) from error

    def _connection(self) -> HTTPConnection:
        """
        A connection, through the proxy of the environment where there is one.
        """
        proxy = getproxies().get("https" if self._secure else "http")
        direct = proxy is None or not self._secure or bool(proxy_bypass(self._host))
        host, port = self._host, self._port
        if proxy is not None and not direct:
            through = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
            host, port = str(through.hostname), through.port or 80
        if not self._secure:
            return HTTPConnection(host, port, timeout=self._connect)
        made = HTTPSConnection(host, port, timeout=self._connect, context=self._tls)
        if not direct:
            made.set_tunnel(self._host, self._port or 443)
        return made


class UpstreamAnswer:
    """
    An answer that has begun.

    Attributes:
        status: The HTTP status.
        reason: Its words.
        headers: Names in lower case, without those of the connection.
        length: Bytes still to come, None when the upstream did not say.
    """

    def __init__(self, connection: HTTPConnection, origin: str, idle: float, pool: Pool) -> None:
        self._connection = connection
        self._pool = pool
        self._whole = False
        response: HTTPResponse = connection.getresponse()
        self._response = response
        self.origin = origin
        self._idle = idle
        self.status = response.status
        self.reason = response.reason
        self.headers = {
            name.lower(): value
            for name, value in response.getheaders()
            if name.lower() not in _HOPS
        }
        self.length = response.length
        try:
            self._decoder = Decoder(self.headers.pop("content-encoding", ""))
        except UndecodableError as error:
            self.close()
            raise UpstreamError(f"{origin} compressed its answer unasked: {error}") from error
        if not self._decoder.idle:
            self.length = None
        self.headers.pop("content-length", None)

    def read(self) -> bytes:
        """
        What has arrived, as soon as there is anything; empty at the end.

        Raises:
            UpstreamError: The end came too early, or nothing came in time.
        """
        while True:
            try:
                piece = self._response.read1(_PIECE)
                plain = self._decoder.decode(piece) if piece else b""
            except TimeoutError as error:
                raise UpstreamError(
                    f"{self.origin} sent nothing for {self._idle:g} s in the middle of an answer"
                ) from error
            except UndecodableError as error:
                raise UpstreamError(f"{self.origin} sent a damaged answer: {error}") from error
            except (OSError, HTTPException, ValueError) as error:
                raise UpstreamError(f"{self.origin} hung up in the middle of an answer") from error
            # Reading piece by piece, http.client itself says nothing of a body too short.
            if not piece and self._response.length:
                raise UpstreamError(f"{self.origin} hung up in the middle of an answer")
            if not piece:
                self._whole = True
                return b""
            if plain:
                return plain

    def close(self) -> None:
        """
        Hang up, or keep the connection for the next request when this answer is whole.
        """
        with suppress(OSError):
            self._response.close()
        if self._whole and self._connection.sock is not None:
            self._pool.give(self._connection)
        else:
            self._connection.close()


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name.lower() not in _HOPS and name.lower() not in _OURS
    }
