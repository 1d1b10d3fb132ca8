"""
The process's end of what a session overhears.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fake_server.asking import Asking
from fake_server.overheard import CLIENT, SERVER, STDERR, Telling

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.recording.first_start import FirstStart
    from pytest_codex.recording.recorder import ConnectionRecorder


class UnansweredError(Exception):
    """
    Nobody says what a message is to be kept as.
    """


class Scrubbing:
    """
    The change of each message before it is kept, as the session's own process says.

    Args:
        telling: The pipe that tells what passes.
        path: The pipe that answers come from.
    """

    def __init__(self, telling: Telling, path: str) -> None:
        self._asking = Asking(telling, path)

    def __call__(self, message: Any, sender: str) -> Any:
        answer = self._asking.ask(SERVER if sender == "server" else CLIENT, json.dumps(message))
        if answer is None:
            raise UnansweredError
        return json.loads(answer)


class Overheard:
    """
    Tells the session what passes, beside what is taped.

    Args:
        telling: The pipe that tells what passes.
        taping: Takes every line, too; None when nothing is recorded.
        first: Told when the server has spoken, or has ended.
    """

    def __init__(
        self, telling: Telling, taping: ConnectionRecorder | None, first: FirstStart
    ) -> None:
        self._telling = telling
        self._taping = taping
        self._first = first

    def from_client(self, line: str) -> None:
        self._telling.tell(CLIENT, line)
        self._tape(lambda taping: taping.from_client(line))

    def from_server(self, line: str) -> None:
        self._first.over(spoken=True)
        self._telling.tell(SERVER, line)
        self._tape(lambda taping: taping.from_server(line))

    def stderr(self, line: str) -> None:
        self._telling.tell(STDERR, line)
        self._tape(lambda taping: taping.stderr(line))

    def closed(self, code: int) -> None:
        self._first.over(spoken=False)
        self._tape(lambda taping: taping.closed(code))

    def _tape(self, take: Callable[[ConnectionRecorder], None]) -> None:
        if self._taping is None:
            return
        try:
            take(self._taping)
        except UnansweredError:
            self._taping = None  # the session knows why, and the client must not be held up
