"""
The agent hangs up in the middle of an answer whenever a turn is interrupted or steered.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_SECONDS = 0.05


class Watch:
    """
    Ends an answer nobody listens to any more, while its next piece is awaited.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.gone = False
        self._connection = connection
        self._upstream: socket.socket | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="model-relay-watch", daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._done.wait(_LOOK_SECONDS):
            if is_gone(self._connection):
                self.gone = True
                self._end()
                return

    def connected(self, upstream: socket.socket) -> None:
        """
        This is the connection to end.
        """
        self._upstream = upstream
        if self.gone:
            self._end()

    def _end(self) -> None:
        upstream = self._upstream
        if upstream is not None:
            with suppress(OSError):
                upstream.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """
        The answer has ended, and its connection may serve another one.
        """
        self._done.set()
        self._thread.join()


def is_gone(connection: socket.socket) -> bool:
    """
    Whether the agent closed its end.
    """
    try:
        if not select.select([connection], [], [], 0)[0]:
            return False
        return not connection.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):
        return True


def wait(happened: Callable[[], bool], seconds: float) -> None:
    """
    Wait until something has happened, or for so many seconds.
    """
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
