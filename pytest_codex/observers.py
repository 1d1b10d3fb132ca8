"""
Who looks at the pipes of a session's processes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fake_server.serve import MISMATCH, PLAYED

if TYPE_CHECKING:
    from pytest_codex.recording.first_start import FirstStart
    from pytest_codex.recording.recorder import ConnectionRecorder
    from pytest_codex.wire import Wire

STDERR_LINES = 15
"""How much of its standard error tells why a fake server broke down."""


class ReplayLog:
    """
    Writes what passes a child process into the session's log.
    """

    def __init__(self, wire: Wire, number: int) -> None:
        self._wire = wire
        self._number = number
        self._stderr: list[str] = []
        self.told: list[tuple[str, str]] = []

    def from_client(self, line: str) -> None:
        self._wire.add(self._number, "client", line)

    def from_server(self, line: str) -> None:
        self._wire.add(self._number, "server", line)
        if '"error"' in line and "How to fix:" in line:
            self.told.append(("mismatch", json.loads(line)["error"]["message"]))

    def stderr(self, line: str) -> None:
        self._stderr.append(line)
        self._wire.add_stderr(line)

    def closed(self, code: int) -> None:
        """
        Note an end after which there is no report.
        """
        if code not in (PLAYED, MISMATCH) and code >= 0:
            said = "\n".join(self._stderr[-STDERR_LINES:])
            self.told.append(("server", f"the fake server ended with exit code {code}\n{said}"))


class RunLog:
    """
    Sees what passes a real process: for the log, and for the tape when there is one.
    """

    def __init__(
        self, wire: Wire, number: int, taping: ConnectionRecorder | None, first: FirstStart
    ) -> None:
        self._wire = wire
        self._number = number
        self._taping = taping
        self._first: FirstStart | None = first

    def from_client(self, line: str) -> None:
        self._wire.add(self._number, "client", line)
        if self._taping is not None:
            self._taping.from_client(line)

    def from_server(self, line: str) -> None:
        self._wire.add(self._number, "server", line)
        self._let_others_start(spoken=True)
        if self._taping is not None:
            self._taping.from_server(line)

    def stderr(self, line: str) -> None:
        self._wire.add_stderr(line)
        if self._taping is not None:
            self._taping.stderr(line)

    def closed(self, code: int) -> None:
        self._let_others_start(spoken=False)
        if self._taping is not None:
            self._taping.closed(code)

    def _let_others_start(self, *, spoken: bool) -> None:
        first, self._first = self._first, None
        if first is not None:
            first.over(spoken=spoken)
