"""
The fake as a process: arguments, report and exit status around the stdio loop.
"""

from __future__ import annotations

import os
import sys

from .arguments import USAGE, Arguments, UsageError
from .engine import ReplayEngine, ReplayOptions
from .errors import CassetteError, StalledError
from .placeholders import Places
from .redaction import Redactor
from .stdio import DEADLINE, StdioServer, read_line
from .transcript import Transcript

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from typing import NoReturn
else:
    # `signal` only wraps these in enums, which costs half a millisecond of every start.
    import _signal as signal

PLAYED, USAGE_ERROR, MISMATCH, UNREADABLE = 0, 2, 3, 4
"""Exit statuses."""

LAST_WORDS = 1.0
"""Seconds to deal with what was read when SIGTERM comes; the SDK kills two seconds after it."""


def main(argv: list[str]) -> int:
    """
    Play a cassette on standard input and output until the client goes away.

    Returns:
        The exit status.
    """
    try:
        arguments = Arguments(argv)
        if arguments.help:
            print(USAGE, end="")
            return PLAYED
        transcript = Transcript.load(arguments.cassette)
        if arguments.version:
            print(f"codex-cli {transcript.header.get('codex', '0.0.0')}")
            return PLAYED
        if arguments.wire:
            from .again import become_another

            become_another(arguments.wire, arguments.client)
        rest = b""
        if arguments.standby:
            line, rest = read_line(0)
            if not line:
                return PLAYED  # nobody wanted us
            arguments.take_order(line.decode("utf-8"))
        engine = _engine(arguments, transcript)
    except UsageError as reason:
        print(f"fake_server: {reason}\n\n{USAGE}", end="", file=sys.stderr)
        return USAGE_ERROR
    except CassetteError as reason:
        print(f"fake_server: {reason}", file=sys.stderr)
        return UNREADABLE
    except StalledError as reason:
        print(f"fake_server: {reason}", file=sys.stderr)
        return MISMATCH
    return _Service(engine, arguments, rest).run()


def _engine(arguments: Arguments, transcript: Transcript) -> ReplayEngine:
    places = Places()
    home = os.path.expanduser("~")
    defaults = {
        "home": home,
        "codex_home": os.environ.get("CODEX_HOME") or os.path.join(home, ".codex"),
        "tmp": os.environ.get("TMPDIR") or "/tmp",
        "workspace": os.getcwd(),
    }
    for name, path in {**defaults, **arguments.roots}.items():
        try:
            places.bind(name, path)
        except ValueError as reason:
            raise UsageError(str(reason)) from None
    known = ("match_on", "ignore", "approvals", "optional", "rerecord", "mode")
    extra = sorted(set(arguments.options) - {*known, "timeout", "effects_anywhere"})
    if extra:
        raise UsageError(f"--options has {extra[0]!r}; known are {', '.join(known)}")
    chosen = {name: arguments.options[name] for name in known if name in arguments.options}
    options = ReplayOptions(**chosen)
    engine = ReplayEngine(transcript, places, Redactor.for_environment(os.environ), options)
    if arguments.claims:
        from .claims import Claims

        if not os.path.isdir(arguments.claims):
            raise UsageError(
                f"--claims {arguments.claims}: there is no such directory; make it first"
            )
        engine.share(Claims(arguments.claims))
    return engine


class _Service:
    """
    One run of the process; ends on end of input, on SIGTERM, or at the deadline.
    """

    def __init__(self, engine: ReplayEngine, arguments: Arguments, rest: bytes = b"") -> None:
        self._engine = engine
        self._arguments = arguments
        cwd = os.getcwd()
        self._connection = engine.connect(arguments.client, cwd, arguments.connection)
        self._server = StdioServer(
            self._connection,
            deadline=float(arguments.options.get("timeout") or DEADLINE),
            anywhere=bool(arguments.options.get("effects_anywhere")),
            allowed=[engine.places.paths["workspace"]],
            rest=rest,
        )
        if arguments.wire:
            self._listen_in(arguments.wire, arguments.edit)

    def _listen_in(self, wire: str, edit: str) -> None:
        from .overheard import Telling

        self._server.telling = Telling(wire)
        if edit:
            from .asking import Asking

            self._server.asking = Asking(self._server.telling, edit)

    def run(self) -> int:
        """
        Serve, then report.
        """
        signal.signal(signal.SIGTERM, self._terminated)
        self._server.serve()
        return self._finish()

    def _terminated(self, number: int, _frame: object) -> None:
        # Clients close the pipe and send SIGTERM at once: the report must still be told,
        # and what they wrote last must still be played.
        if not self._server.busy:
            self._server.drain()
        elif number == signal.SIGTERM:
            self._server.ending = True
            # Unless it is held up for ever, by a client that does not read its answer.
            signal.signal(signal.SIGALRM, self._terminated)
            signal.setitimer(signal.ITIMER_REAL, LAST_WORDS)
            return
        self._end()

    def _end(self) -> NoReturn:
        status = self._finish()
        sys.stderr.flush()
        os._exit(status)

    def _finish(self) -> int:
        # The SIGTERM that follows a closed pipe may come while we report already.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        self._connection.disconnect()
        plan = self._connection.plan
        mine = [
            leftover
            for leftover in self._engine.leftovers()
            if plan is not None and leftover.event.conn == plan.number
        ]
        for problem in self._engine.problems:
            print(problem.text(), file=sys.stderr)
        if mine and not self._engine.problems:
            print(f"fake_server: {len(mine)} recorded messages were not played:", file=sys.stderr)
            for leftover in mine[:10]:
                print(f"  {leftover.text()}", file=sys.stderr)
        if self._arguments.report:
            self._write_report()
        return MISMATCH if self._engine.problems or mine else PLAYED

    def _write_report(self) -> None:
        import json

        from .transcript import write_atomically

        engine = self._engine
        leftovers = engine.leftovers()
        report = {
            "problems": [{"kind": p.kind, "text": p.text()} for p in engine.problems],
            "leftovers": [leftover.text() for leftover in leftovers],
            "unplayed": [leftover.line for leftover in leftovers],
            "connection": self._connection.plan.number if self._connection.plan else None,
            "played": engine.played,
            "total": engine.total,
            "messages": engine.sent,
        }
        write_atomically(self._arguments.report, json.dumps(report))
