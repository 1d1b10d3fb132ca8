"""
Telling a test what passes in this process: one line into a pipe for each line of the wire.
"""

from __future__ import annotations

import _thread
import os

CLIENT, SERVER, STDERR = "c", "s", "e"
"""Who said a line, as the first character of what is told."""

ANOTHER = "a"
"""Begins the line of a process that asks for another command, and names a pipe for the answer."""


class Telling:
    """
    The writing end of a session's pipe.

    Nothing here may stop the process: where nobody listens, or no longer, nothing is told.

    Args:
        path: The pipe.
    """

    def __init__(self, path: str) -> None:
        self._sink: int | None = None
        self._lock = _thread.allocate_lock()  # `threading` costs more than all of this
        try:
            # Without a reader this fails at once, where a blocking open would wait for one.
            self._sink = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return
        os.set_blocking(self._sink, True)

    def tell(self, sender: str, line: str) -> None:
        """
        Tell one line, all of it before this returns.

        Args:
            sender: One of the characters above.
            line: What was said; what ends it is left out.
        """
        data = f"{sender}{line.rstrip()}\n".encode("utf-8", "replace")
        with self._lock:  # a pipe keeps only short lines apart
            try:
                while data and self._sink is not None:
                    data = data[os.write(self._sink, data) :]
            except OSError:  # the session is over
                sink, self._sink = self._sink, None
                if sink is not None:
                    os.close(sink)
