"""
Recording what a check and the server say to each other, as a cassette for replay.

Lines are noted when the check reads them: what is on the tape before a request is what the
check knew when it asked, in every recording.
"""

from __future__ import annotations

import os
import tempfile
import threading
from typing import TYPE_CHECKING

from fake_server.errors import CassetteError
from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.keys import known
from pytest_codex.recording.recorder import ConnectionRecorder, Recorder
from pytest_codex.recording.results import differences, save
from pytest_codex.recording.tape import Tape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fake_server.transcript import Transcript

    from .server import Server

QUIET = 0.25
"""Seconds of silence after which a server has said what it had to say."""

QUIET_AT_MOST = 2.0
"""Longest wait for that silence."""


class Taping:
    """
    Records one check.

    Args:
        path: The cassette to write.
        name: The cassette as messages call it.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._tape = Tape()
        self._recorder: Recorder | None = None
        self._connections: list[TapedConnection] = []

    def connection(self, server: Server, argv: Sequence[str]) -> TapedConnection:
        """
        Begin the record of one process.
        """
        if self._recorder is None:
            self._recorder = _recorder(self._tape, server, argv[0])
        taped = TapedConnection(self._recorder.connection(argv[1:], str(server.workspace)))
        self._connections.append(taped)
        return taped

    def end(self, server: Server) -> None:
        """
        Let the server finish speaking; what it says after that is not recorded.
        """
        for client, taped in zip(server.clients, self._connections, strict=True):
            client.linger(QUIET, QUIET_AT_MOST)
            taped.end()

    def save(self) -> None:
        """
        Write the cassette, unless nothing was said or what lies there says the same.

        Raises:
            SecretError: It looks as if a secret were in it; nothing was written.
        """
        from pytest_codex.canonical import canonical

        if not self._tape.entries:
            return
        told = canonical(self._tape.entries)
        if not self._path.exists() or differences(_load(self._path), told):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            save(told, self._path, self._name)


class TapedConnection:
    """
    One connection of a check that is recorded.
    """

    def __init__(self, recorder: ConnectionRecorder) -> None:
        self._recorder: ConnectionRecorder | None = recorder

    def note(self, sender: str, line: str) -> None:
        """
        Take a line as it is sent or read.
        """
        if self._recorder is None:
            return
        if sender == "client":
            self._recorder.from_client(line)
        else:
            self._recorder.from_server(line)

    def end(self) -> None:
        """
        Nothing more is recorded.
        """
        if self._recorder is not None:
            self._recorder.closed(None)
            self._recorder = None


def _load(path: Path) -> Transcript:
    """
    A cassette; one that cannot be read is as good as empty, for it is about to be replaced.
    """
    from fake_server.transcript import Transcript

    try:
        return Transcript.load(path)
    except CassetteError:
        return Transcript({}, [])


def _recorder(tape: Tape, server: Server, program: str) -> Recorder:
    runtime = server.runtime
    places = Places()
    places.bind("home", runtime.user_home)
    places.bind("codex_home", runtime.home)
    places.bind("tmp", tempfile.gettempdir())
    places.bind("codex_bin", os.path.dirname(program))
    places.bind("tmp_path", server.directory)
    places.bind("workspace", server.workspace)
    redactor = Redactor.for_environment(known(runtime.home, runtime.keep, os.environ))
    return Recorder(tape, places, redactor, teller=threading.current_thread())
