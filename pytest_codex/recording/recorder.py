"""
The recorder: each line that passes is masked and put on the tape before it goes on.

It does no I/O with the peers. Whoever carries the bytes calls ``from_client`` and
``from_server`` immediately before forwarding a line.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from typing import TYPE_CHECKING, Any

from fake_server.messages import is_request
from fake_server.methods import is_read
from fake_server.spawning import directories_of, launch_options
from pytest_codex.history import HistoryWatcher
from pytest_codex.recording.activity import Activity
from pytest_codex.recording.deltas import Deltas
from pytest_codex.watch import DirectoryWatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fake_server.placeholders import Places
    from fake_server.redaction import Redactor

    from .tape import Tape


class Recorder:
    """
    Records every connection of one session on one tape.

    Args:
        tape: Where entries go.
        places: Directories by placeholder; working directories are learnt into it.
        redactor: Takes secrets out.
        anywhere: Whether changes are recorded in every working directory, not only below
            the fixture's workspace and the temporary directory.
        scrub: A further change of each message, ``(message, sender) -> message``.
        teller: The thread whose messages are told in the order it sent them; the main one
            by default. What other threads send is ordered by what it says.
    """

    def __init__(
        self,
        tape: Tape,
        places: Places,
        redactor: Redactor,
        *,
        anywhere: bool = False,
        scrub: Callable[[Any, str], Any] | None = None,
        teller: threading.Thread | None = None,
    ) -> None:
        self.tape = tape
        self._teller = teller or threading.main_thread()
        self._places = places
        self._redactor = redactor
        self._anywhere = anywhere
        self._scrub = scrub
        self._lock = threading.RLock()
        self._connections = 0
        self._watchers: dict[str, DirectoryWatcher] = {}
        self._histories: dict[str, HistoryWatcher] = {}
        self._activity = Activity()
        self._deltas: dict[int, Deltas] = {}
        self._watch_roots()

    def connection(self, args: Sequence[str], cwd: str | None) -> ConnectionRecorder:
        """
        Begin the record of one connection.

        Args:
            args: The command line, without the program.
            cwd: The working directory the client chose, None when it did not say.
        """
        with self._lock:
            self._connections += 1
            number = self._connections
            if cwd is not None:
                self._places.learn(cwd)
            self._watch_roots()
            spawn: dict[str, Any] = {"args": launch_options(args)}
            if cwd is not None:
                spawn["cwd"] = cwd
            self.tape.add(number, "spawn", self._masked(spawn))
        return ConnectionRecorder(self, number)

    def _masked(self, message: Any, sender: str = "client") -> Any:
        message = self._redactor.message(message)
        if self._scrub is not None:
            message = self._scrub(message, sender)
        return self._places.mask(message)

    def _watch_roots(self) -> None:
        for name in self._places.roots:
            path = self._places.paths[name]
            if name not in self._watchers and self._may_watch(name, path):
                self._watchers[name] = DirectoryWatcher(path)
                self._watchers[name].absorb()
                self._histories[name] = HistoryWatcher(path)

    def _may_watch(self, name: str, path: str) -> bool:
        if name == "workspace" or self._anywhere:
            return os.path.isdir(path)
        parents = [tempfile.gettempdir(), self._places.paths.get("workspace", "")]
        real = os.path.realpath(path)
        return os.path.isdir(path) and any(
            parent and real.startswith(os.path.realpath(parent) + os.sep) for parent in parents
        )

    def _client(self, conn: int, line: str) -> None:
        with self._lock:
            message = _parse(line)
            main = threading.current_thread() is self._teller
            for path in directories_of(message):
                self._places.learn(path)
            self._watch_roots()
            if isinstance(message, dict):
                if is_request(message) and not is_read(message["method"]):
                    self._absorb()
                self._activity.client(conn, message)
                self._tell_deltas(conn, message)
            if message is not None:
                self.tape.add(conn, "client", self._masked(message), main=main)

    def _server(self, conn: int, line: str) -> None:
        with self._lock:
            message = _parse(line)
            if message is None:
                return
            if not isinstance(message, dict):
                self.tape.add(conn, "stderr", self._masked({"line": line.rstrip()}))
                return
            if self._deltas_of(conn).hold(message):
                return
            self._tell_deltas(conn, message)
            if self._activity.server(conn, message):
                self._checkpoint(conn)
            self.tape.add(conn, "server", self._masked(message, "server"))

    def _deltas_of(self, conn: int) -> Deltas:
        if conn not in self._deltas:
            self._deltas[conn] = Deltas(lambda message: self._masked(message, "server"))
        return self._deltas[conn]

    def _tell_deltas(self, conn: int, following: Any) -> None:
        for delta in self._deltas_of(conn).release(following):
            self.tape.add(conn, "server", delta)

    def _absorb(self) -> None:
        """
        What changed while nobody was at work is the test's own doing, not an effect.
        """
        if self._activity.idle:
            for watcher in self._watchers.values():
                watcher.absorb()
            self._absorb_history()

    def _absorb_history(self) -> None:
        """
        The same for what was committed; made twice, a commit of the test's would be another one.
        """
        if self._activity.idle:
            for history in self._histories.values():
                history.absorb()

    def _checkpoint(self, conn: int) -> None:
        for name, watcher in self._watchers.items():
            effect = {**(watcher.changes() or {}), **(self._histories[name].changes() or {})}
            if effect:
                if name != "workspace":
                    effect = {"root": name, **effect}
                self.tape.add(conn, "workspace", self._masked(effect))


class ConnectionRecorder:
    """
    The record of one connection.
    """

    def __init__(self, recorder: Recorder, number: int) -> None:
        self._recorder = recorder
        self.number = number

    def from_client(self, line: str) -> None:
        """
        Note a line of the client's; call it before the server gets it.
        """
        self._recorder._client(self.number, line)

    def from_server(self, line: str) -> None:
        """
        Note a line of the server's and what changed on disk; call it before the client gets it.
        """
        self._recorder._server(self.number, line)

    def stderr(self, line: str) -> None:
        """
        Keep a line of the server's standard error, for diagnosis only.
        """
        recorder = self._recorder
        with recorder._lock:
            recorder.tape.add(self.number, "stderr", recorder._masked({"line": line.rstrip("\n")}))

    def closed(self, code: int | None) -> None:
        """
        The server ended; what it changed last is kept.

        Args:
            code: Its exit code, None when it is not known.
        """
        recorder = self._recorder
        with recorder._lock:
            recorder._tell_deltas(self.number, None)
            recorder._absorb_history()
            recorder._checkpoint(self.number)
            recorder._activity.closed(self.number)
            recorder.tape.add(self.number, "exit", {"code": code})


def _parse(line: str) -> Any:
    """
    A line's message; the line itself when it is none; None when it is empty.
    """
    if not line.strip():
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return line.rstrip("\n")
    known = isinstance(value, dict) and isinstance(value.get("method", ""), str)
    return value if known else line.rstrip("\n")
