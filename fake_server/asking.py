"""
Asking a test what a line is to be taken for, before it is matched or kept.

Only the test's own process knows its rules and hooks; a process that code under test started has
to ask there.
"""

from __future__ import annotations

import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .overheard import Telling

DEADLINE = 30.0
"""Seconds that a hook may take for one line."""

FAILED = "!"
"""Begins the line that tells why nobody asks any more."""

_CHUNK = 1 << 16


class Asking:
    """
    The asking end of a session's pipes: a question goes into one, its answer comes from another.

    Args:
        telling: The pipe that tells what passes.
        path: The pipe that answers come from.
    """

    def __init__(self, telling: Telling, path: str) -> None:
        self._telling = telling
        self._source: int | None = None
        try:
            self._source = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:  # the session is over
            return
        os.set_blocking(self._source, True)

    def ask(self, sender: str, line: str) -> str | None:
        """
        Ask what to take a line for.

        Args:
            sender: Who said it, as for ``Telling.tell``.
            line: What was said.

        Returns:
            What to take it for. None for an empty line, and when there is no answer; then
            nothing is asked any more.
        """
        if self._source is None or not line.strip():
            return None
        self._telling.tell(sender.upper(), line)
        answer = b""
        while not answer.endswith(b"\n"):
            chunk = b""
            if select.select([self._source], [], [], DEADLINE)[0]:
                chunk = os.read(self._source, _CHUNK)
            else:
                self._telling.tell(FAILED, f"no answer within {DEADLINE:g} s")
            if not chunk:
                self._give_up()
                return None
            answer += chunk
        if answer == b"\n":
            self._give_up()
            return None
        return answer.decode("utf-8")[:-1]

    def _give_up(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            os.close(source)
