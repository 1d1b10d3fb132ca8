"""
The recorder between any client and any real server on standard input and output.

Bytes are forwarded as they arrive; a line is put on the tape before its last byte goes on.
Whatever ends first, the client, the server or a signal, the tape is whole, and the cassette
is written when the server has ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pytest_codex.recording.pipes import CHUNK
from pytest_codex.recording.tee import QUIET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_codex.recording.overheard import Overheard, Scrubbing
    from pytest_codex.recording.recorder import ConnectionRecorder

SETTLE_AT_MOST = 1.0
"""Longest wait for the server's last words; the official SDK kills two seconds after SIGTERM."""

PATIENCE = 2.0
"""Seconds for the pipes to run dry once the server has ended."""

_FORWARDED = ("SIGTERM", "SIGINT", "SIGHUP")


class Proxy:
    """
    One server process between our own standard streams.

    Args:
        command: What to run.
        taping: Takes every line; None when nothing is recorded.
        cwd: Where to run it; None for here.
        env: Its environment; None for ours.
    """

    def __init__(
        self,
        command: Sequence[str],
        taping: ConnectionRecorder | Overheard | None,
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._taping = taping
        self._moved = time.monotonic()
        self._events: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=cwd,
            env=env,
        )

    def run(self) -> int:
        """
        Carry bytes until the server has ended.

        Returns:
            Its exit code, negative when a signal ended it.
        """
        for name in _FORWARDED:
            number = getattr(signal, name, None)
            if number is not None:
                signal.signal(number, lambda got, _frame: self._events.put(("signal", got)))
        process, taping = self._process, self._taping
        assert process.stdout is not None
        assert process.stderr is not None
        self._spawn(self._carry_in, taping.from_client if taping else _ignore)
        speaking = [
            self._spawn(self._carry, process.stdout, 1, taping.from_server if taping else _ignore),
            self._spawn(self._carry, process.stderr, 2, taping.stderr if taping else _ignore),
        ]
        self._spawn(lambda: self._events.put(("exit", process.wait())))
        while True:
            kind, number = self._events.get()
            if kind == "exit":
                break
            self._settle()
            process.send_signal(number)
        for thread in speaking:
            thread.join(PATIENCE)
        if taping is not None:
            taping.closed(number)
        return number

    def _spawn(self, work: Callable[..., None], *args: object) -> threading.Thread:
        thread = threading.Thread(target=work, args=args, daemon=True)
        thread.start()
        return thread

    def _carry_in(self, note: Callable[[str], None]) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        lines = _Lines(note)
        try:
            while chunk := os.read(0, CHUNK):
                self._moved = time.monotonic()
                lines.feed(chunk)
                _write(stdin.fileno(), chunk)
            lines.end()
            self._settle()
        except OSError:
            pass  # the server is gone; its exit is told elsewhere
        stdin.close()

    def _carry(self, source: IO[bytes], target: int, note: Callable[[str], None]) -> None:
        lines = _Lines(note)
        heard = True
        while chunk := os.read(source.fileno(), CHUNK):
            self._moved = time.monotonic()
            lines.feed(chunk)
            try:
                if heard:
                    _write(target, chunk)
            except OSError:
                heard = False  # the client is gone, but the server must not block
        lines.end()
        source.close()

    def _settle(self) -> None:
        """
        Let the server finish speaking, so that every recording ends at the same word.
        """
        limit = time.monotonic() + SETTLE_AT_MOST
        while self._process.poll() is None and time.monotonic() < limit:
            silent = time.monotonic() - self._moved
            if silent >= QUIET:
                return
            time.sleep(QUIET - silent)


class _Lines:
    """
    Cuts chunks of bytes into lines.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """
        Note every line that is now whole.
        """
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._note(line.decode("utf-8", "replace"))

    def end(self) -> None:
        """
        Note what has no line end.
        """
        if self._rest:
            self._note(self._rest.decode("utf-8", "replace"))


def serve(order: str, args: list[str]) -> int:
    """
    Run the real app-server for a session that gave this command to code under test.

    Args:
        order: A file of the session that says what to run and where to tape it.
        args: What the client appended.

    Returns:
        The server's exit code.
    """
    from fake_server.again import become_another
    from fake_server.errors import StalledError
    from fake_server.overheard import Telling
    from fake_server.spawning import launch_options
    from pytest_codex.keys import known
    from pytest_codex.recording.first_start import FirstStart
    from pytest_codex.recording.overheard import Overheard, Scrubbing, UnansweredError

    facts = json.loads(Path(order).read_text(encoding="utf-8"))
    env = {name: value for name, value in os.environ.items() if name not in facts["unset"]}
    env.update(facts["set"])
    if "--version" in args:
        os.execve(facts["binary"], [facts["binary"], "--version"], env)
    try:
        become_another(facts["wire"], args)
    except StalledError as reason:
        print(f"codex_session: {reason}", file=sys.stderr)
        return 1
    options = launch_options(args)
    # Whoever chose no directory gets the workspace, as the clients of the SDK do.
    cwd = facts["workspace"] if os.getcwd() == facts["here"] else os.getcwd()
    telling = Telling(facts["wire"])
    taping = None
    if facts["tape"] is not None:
        secrets = known(Path(env["CODEX_HOME"]), facts["keep"], os.environ)
        scrub = Scrubbing(telling, facts["edit"]) if facts["edit"] else None
        with contextlib.suppress(UnansweredError):
            taping = _tape(Path(facts["tape"]), facts["places"], options, cwd, secrets, scrub)
    command = [facts["binary"], *options, "app-server", "--listen", "stdio://"]
    first = FirstStart(Path(env["CODEX_HOME"]))
    first.wait()
    overheard = Overheard(telling, taping, first)
    return exit_like(Proxy(command, overheard, cwd=cwd, env=env).run())


def _tape(
    path: Path,
    directories: Mapping[str, str],
    options: Sequence[str],
    cwd: str,
    secrets: Mapping[str, str],
    scrub: Scrubbing | None,
) -> ConnectionRecorder:
    from fake_server.placeholders import Places
    from fake_server.redaction import Redactor
    from pytest_codex.recording.recorder import Recorder
    from pytest_codex.recording.tape import Tape

    places = Places()
    for name, directory in directories.items():
        places.bind(name, directory)
    path.with_suffix(".begun").write_text(repr(time.monotonic()))
    redactor = Redactor.for_environment(secrets)
    recorder = Recorder(Tape(str(path)), places, redactor, scrub=scrub)
    return recorder.connection(options, cwd)


def exit_like(code: int) -> int:
    """
    End as a process ended: by the same signal, else with the same code.
    """
    if code >= 0:
        return code
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(OSError):  # SIGKILL has no handler to reset
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
    return 128 - code


def _write(target: int, data: bytes) -> None:
    while data:
        data = data[os.write(target, data) :]


def _ignore(_line: str) -> None:
    """
    Take a line that nobody wants.
    """
