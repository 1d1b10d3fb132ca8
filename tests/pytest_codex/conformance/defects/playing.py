"""
A broken server in memory: a check's recording, played through one defect.

Everything the server has to say to a line is there before the line's ``write`` returns. So what
is not there when the check looks for it never comes, and no check waits for a time.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from fake_server.connection import Connection
from fake_server.effects import apply
from fake_server.engine import ReplayEngine
from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from fake_server.transcript import Transcript
from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.client import Client
from pytest_codex.conformance.outcomes import ConformanceError, Outcome, Result, SkippedError
from pytest_codex.conformance.server import Server
from pytest_codex.conformance.target import Target
from pytest_codex.runtime import Runtime

from .kit import Behaviour, Defect, Line, Passage

AT_ONCE = 1e-9
"""The deadline of a wait for what is there or never comes."""

_NUMBERS = itertools.count(2**22 + 1)
_HOMES = {"home": "/home/user", "codex_home": "/home/user/.codex", "codex_bin": "/opt/codex/bin"}


class Played(NamedTuple):
    """
    How a check went.

    Attributes:
        result: What it found.
        passed: The lines that went through the defect, in order: the connection, who said it
            (empty when nothing more was to be said), and the line.
    """

    result: Result
    passed: list[tuple[int, str, Line]]


@cache
def _recording(path: Path) -> Transcript:
    return Transcript.load(path)


def play(check: Check[Server], recording: Path, defect: Defect | None, place: Path) -> Played:
    """
    What a check finds in its recording behind a defect, or without one.

    Args:
        check: The check.
        recording: Its recording.
        defect: What is broken.
        place: A directory; as long as nothing is written into it, the next check may have it.
    """
    with _Server(check, place, recording, defect) as server:
        return Played(_judge(check, server), server.passed)


def _judge(check: Check[Server], server: _Server) -> Result:
    try:
        check.run(server)
    except ConformanceError as failure:
        return Result(check.id, Outcome.FAILED, str(failure), wire=server.tail())
    except SkippedError as reason:
        return Result(check.id, Outcome.SKIPPED, str(reason))
    except Exception as broken:  # noqa: BLE001 - told as the runner tells it
        text = f"{type(broken).__name__}: {broken}"
        return Result(check.id, Outcome.ERROR, text, wire=server.tail())
    if server.warnings:
        return Result(check.id, Outcome.WARNING, "; ".join(server.warnings))
    return Result(check.id, Outcome.PASSED)


class _Server(Server):
    """
    The server of a check, all of whose processes play one recording.
    """

    def __init__(
        self, check: Check[Server], directory: Path, recording: Path, defect: Defect | None
    ) -> None:
        target = Target("recording", deadline=AT_ONCE)
        super().__init__(target, check.id, directory, declared=check.methods)
        self.passed: list[tuple[int, str, Line]] = []
        self._check_methods = check.methods
        self._defect = defect
        places = Places()
        for name, path in _HOMES.items():
            places.bind(name, path)
        places.bind("tmp", tempfile.gettempdir())
        places.bind("tmp_path", directory)
        places.bind("workspace", self.workspace)
        redactor = Redactor.for_environment(os.environ)
        self._engine = ReplayEngine(_recording(recording), places, redactor)

    @property
    def runtime(self) -> Runtime:
        """
        The home: only where it lies, for no process of it is started.
        """
        home, user = Path(_HOMES["codex_home"]), Path(_HOMES["home"])
        return cast("Runtime", SimpleNamespace(home=home, user_home=user))

    def spawn(self, options: Sequence[str] = ()) -> Client:
        number = len(self.clients) + 1
        behaviour = self._defect.make() if self._defect else Behaviour()
        connection = self._engine.connect([*options], str(self.workspace), number)
        process = _Process(
            Passage(behaviour),
            connection,
            str(self.directory),
            lambda sender, line: self.passed.append((number, sender, line)),
        )
        client = _PlayedClient(
            process,
            lambda sender, line: self.wire.append((number, sender, line)),
            self._check_methods,
        )
        self.clients.append(client)
        return client


class _PlayedClient(Client):
    """
    A client that gets lines without a thread between.
    """

    def __init__(
        self, process: _Process, note: Callable[[str, str], None], declared: Sequence[str]
    ) -> None:
        super().__init__(
            process,  # type: ignore[arg-type]
            deadline=AT_ONCE,
            note=note,
            declared=declared,
        )
        process.begin(self._lines.put)


class _Process:
    """
    The part of ``subprocess.Popen`` that the suite's client uses.
    """

    def __init__(
        self,
        passage: Passage,
        connection: Connection,
        directory: str,
        noted: Callable[[str, Line], None],
    ) -> None:
        self.pid = next(_NUMBERS)
        self.returncode: int | None = None
        self.stdin = _Input(self._take, self._leave)
        self._gone = threading.Event()
        self.stdout = _Silence(self._gone)
        self.stderr = _Silence(self._gone)
        self._passage = passage
        self._connection = connection
        self._directory = directory
        self._noted = noted
        self._put: Callable[[str | None], None] = lambda _: None

    def begin(self, put: Callable[[str | None], None]) -> None:
        """
        Say what comes first; from now on everything goes to ``put``.
        """
        self._put = put
        self._say(self._passage.behaviour.begin())
        self._perform(self._connection.start())

    def _take(self, text: str) -> None:
        if self.returncode is not None:
            raise BrokenPipeError("it has ended")
        self._noted("client", text)
        # A reply is said at once, before anything the server says to what it gets.
        for each in list(self._passage.from_client(text, lambda answer: self._say([answer]))):
            self._perform(self._connection.receive(_text(each)))

    def _perform(self, actions: Iterable[tuple[str, Any]]) -> None:
        for kind, what in actions:
            if kind == "send":
                message = json.loads(what)
                self._noted("server", message)
                self._say(self._passage.from_server(message))
            elif kind == "apply":
                apply(what[1], what[0], allowed_under=[self._directory])
            else:
                self._end(1)
        self._noted("", None)
        self._say(self._passage.behaviour.idle())

    def _say(self, lines: Iterable[Line]) -> None:
        for line in lines:
            if self.returncode is None:
                self._put(_text(line) + "\n")

    def _leave(self) -> None:
        if not self._passage.behaviour.stays() and self.returncode is None:
            self._connection.disconnect()
            self._end(self._passage.behaviour.code(0))

    def _end(self, code: int) -> None:
        self.returncode = code
        self._put(None)
        self._gone.set()

    def poll(self) -> int | None:
        """
        The exit code, None while it runs.
        """
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """
        The exit code; a process that runs on is told at once.
        """
        if self.returncode is None:
            raise subprocess.TimeoutExpired("recording", timeout or 0.0)
        return self.returncode

    def terminate(self) -> None:
        """
        End as the real server does.
        """
        self._leave()

    def kill(self) -> None:
        """
        End in any case.
        """
        if self.returncode is None:
            self._end(-9)


class _Input:
    """
    The standard input: each line is played before ``write`` returns.
    """

    def __init__(self, take: Callable[[str], None], leave: Callable[[], None]) -> None:
        self._take, self._leave = take, leave
        self._rest = ""
        self.closed = False

    def write(self, text: str) -> int:
        """
        Take text.
        """
        if self.closed:
            raise ValueError("write to closed file")
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._take(line)
        return len(text)

    def flush(self) -> None:
        """
        Do nothing: nothing is kept back.
        """

    def close(self) -> None:
        """
        Leave.
        """
        if not self.closed:
            self.closed = True
            self._leave()


class _Silence:
    """
    An output on which nothing comes until the process ends.
    """

    def __init__(self, gone: threading.Event) -> None:
        self._gone = gone

    def __iter__(self) -> Iterator[str]:
        self._gone.wait()
        return iter(())

    def close(self) -> None:
        """
        Do nothing.
        """


def _text(line: Line) -> str:
    return line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)
