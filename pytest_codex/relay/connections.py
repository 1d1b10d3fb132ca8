"""
Connections to a real model that wait for their next request: a new one takes long.
"""

from __future__ import annotations

import select
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http.client import HTTPConnection

KEEP_SECONDS = 30.0
"""How long a connection is kept; servers hang up after a while, too."""


class Pool:
    """
    The idle connections to one upstream.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[float, HTTPConnection]] = []

    def take(self) -> HTTPConnection | None:
        """
        The connection used last, if the other end has kept it open.
        """
        while True:
            with self._lock:
                if not self._idle:
                    return None
                since, connection = self._idle.pop()
            fresh = time.monotonic() - since < KEEP_SECONDS
            if fresh and not select.select([connection.sock], [], [], 0)[0]:
                return connection
            connection.close()

    def give(self, connection: HTTPConnection) -> None:
        """
        Keep a connection whose answer was read to its end.
        """
        with self._lock:
            self._idle.append((time.monotonic(), connection))

    def close(self) -> None:
        """
        Hang up everywhere.
        """
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()
