"""
The replay tier: a cassette stands behind the client.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fake_server
from fake_server import effects
from fake_server.claims import Claims
from fake_server.engine import ReplayEngine, ReplayOptions
from fake_server.errors import BoundaryError, HarnessError
from fake_server.redaction import Redactor
from pytest_codex import cassettes
from pytest_codex.budgets import Meter, limits_of
from pytest_codex.handover import Handover
from pytest_codex.observers import ReplayLog
from pytest_codex.recording.answering import Editing
from pytest_codex.recording.overhearing import Overhearing
from pytest_codex.recording.tee import TeedProcess, start
from pytest_codex.surroundings import Problem, Verdict
from pytest_codex.transports import Exchange, MemoryProcess

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping, Sequence

    from pytest_codex.surroundings import Scrub, Surroundings

DEADLINE = 10.0
"""Seconds without a message that make a stall; in a replay nothing is ever slow."""

PACKAGE = os.path.dirname(fake_server.__file__)
MAIN = os.path.join(PACKAGE, "__main__.py")
"""The fake server, started by its path: that needs neither site-packages nor a fitting cwd."""

BOOT = """\
import os, sys
if os.getcwd() == {here!r}: os.chdir({workspace!r})
sys.path.insert(0, {path!r})
from fake_server.serve import main
sys.exit(main(sys.argv[1:]))
"""
"""The same for code that starts it: where that chose no directory, it gets the workspace."""


_NOT_HERE = (
    "a fake server in a process of its own cannot call the matcher {name!r}: use transport memory, "
    "or ignore= and scrub= in place of match_on="
)


class Replay:
    """
    Plays a cassette to every process the client opens.

    Args:
        around: What the session's parts share.
        matchers: The user's matchers by name.
        scrub: The user's change of a message before it is matched; None when there is none.

    Attributes:
        real: What a real model did: nothing, here.
        notes: What a real model refused: nothing, either.
        behind: The version the cassette was recorded with, if the installed Codex is newer.
        places: The directories that have names.
    """

    def __init__(
        self,
        around: Surroundings,
        *,
        matchers: dict[str, Callable[[Any, Any], bool]],
        scrub: Scrub | None,
    ) -> None:
        own = [name for name in around.settings.match_on if name in matchers]
        if own and around.settings.transport == "stdio":
            raise HarnessError(_NOT_HERE.format(name=own[0]))
        self._own_matchers = own
        self.real: dict[str, int] | None = None
        self.notes: list[str] = []
        self._around = around
        self._deadline = around.settings.timeout or DEADLINE
        self._numbers = itertools.count(1)
        self._memory: list[MemoryProcess] = []
        self._children: list[TeedProcess] = []
        self._logs: list[ReplayLog] = []
        self._reports: list[Path] = []
        self._shared = around.directory / "claims"
        settings = around.settings
        self._options: dict[str, Any] = {
            "match_on": settings.match_on,
            "ignore": settings.ignore,
            "approvals": settings.approvals,
            "optional": settings.optional,
            "rerecord": around.plan.rerecord,
            "mode": settings.record_mode,
        }
        self.redactor = redactor = Redactor.for_environment(os.environ)
        self._edit = edit = None if scrub is None else _make_edit(redactor, scrub)
        self._overhearing = Overhearing(
            around.wire,
            around.directory / "proxies",
            None if edit is None else Editing(lambda line, _: edit(line), around.note_unscrubbed),
            lambda: self.command,
        )
        cassette = cassettes.load(around.plan)
        self.behind = cassettes.behind(cassette)
        if settings.strict and self.behind is not None:
            cassettes.refuse_older(around.plan, self.behind)
        self._events = cassette.events
        self.places = around.places()
        self._engine = ReplayEngine(
            cassette,
            self.places,
            redactor,
            ReplayOptions(**self._options, matchers=matchers),
        )
        self._exchange = Exchange(
            around.wire,
            self._deadline,
            apply=self._apply,
            stalled=self._note_stall,
            edit=self._edit,
        )
        self._standby = self._start_standby() if settings.transport == "stdio" else None

    def open(
        self, args: Sequence[str], cwd: str | None, env: Mapping[str, str] | None
    ) -> MemoryProcess | TeedProcess:
        """
        Start a process for a client.
        """
        number = next(self._numbers)
        cwd = cwd or str(self._around.workspace)
        if self._around.settings.transport == "memory":
            with self._exchange.lock:
                connection = self._engine.connect(args[1:], cwd)
            process = MemoryProcess(args, number, connection, self._exchange, Handover())
            self._memory.append(process)
            return process
        log = ReplayLog(self._around.wire, number)
        self._logs.append(log)
        child = TeedProcess(
            self._start(number, args, cwd, None if env is None else dict(env)),
            log,
            deadline=self._deadline * 1.5,  # the child has the first word: it knows more
            stalled=self._note_stall,
            edit=self._edit,
            handover=Handover(),
        )
        self._children.append(child)
        return child

    def _start(
        self, number: int, args: Sequence[str], cwd: str, env: dict[str, str] | None
    ) -> subprocess.Popen[bytes]:
        waiting, self._standby = self._standby, None
        if waiting is not None and number == 1 and waiting.poll() is None:
            assert waiting.stdin is not None
            order = {"args": list(args[1:]), "cwd": cwd, "env": env}
            waiting.stdin.write(json.dumps(order).encode() + b"\n")
            return waiting
        dismiss(waiting)
        command = [sys.executable, "-I", "-S", MAIN, *self._arguments(number), *args[1:]]
        return start(command, cwd=cwd, env=env)

    def _start_standby(self) -> subprocess.Popen[bytes]:
        """
        Start the first client's process while the test is still being set up.

        Starting Python takes longer than the whole replay of a turn; this way nobody waits
        for it. What the client chooses is told to the process in its first line.
        """
        command = [sys.executable, "-I", "-S", MAIN, *self._arguments(1), "--standby"]
        return start(command, cwd=str(self._around.workspace), env=None)

    @property
    def command(self) -> list[str]:
        """
        A command that plays the next connection; started again, it plays the one after.
        """
        if self._own_matchers:
            raise HarnessError(_NOT_HERE.format(name=self._own_matchers[0]))
        boot = BOOT.format(
            here=os.getcwd(), workspace=str(self._around.workspace), path=os.path.dirname(PACKAGE)
        )
        number = next(self._numbers)
        pipes = self._overhearing.pipes(number)
        arguments = [*self._arguments(number), "--wire", str(pipes.wire)]
        if self._engine.claims is None:
            with self._exchange.lock:  # clients may be at it already
                self._engine.share(Claims(str(self._shared)))
        if pipes.edit is not None:
            arguments += ["--edit", str(pipes.edit)]
        return [sys.executable, "-I", "-S", "-c", boot, *arguments]

    def _arguments(self, number: int) -> list[str]:
        around = self._around
        self._shared.mkdir(exist_ok=True)
        report = around.directory / "reports" / f"{number}.json"
        report.parent.mkdir(exist_ok=True)
        self._reports.append(report)
        roots = [f"--root={name}={path}" for name, path in around.roots().items()]
        options = {
            **self._options,
            "effects_anywhere": around.settings.effects == "anywhere",
            "timeout": self._deadline,
        }
        return [
            *("--cassette", str(around.plan.path), "--claims", str(self._shared)),
            *("--report", str(report), *roots, "--options", json.dumps(options)),
        ]

    def _apply(self, effect: Any, root: str) -> None:
        around = self._around
        allowed = [str(around.workspace), tempfile.gettempdir()]
        if around.settings.effects == "anywhere":
            allowed = [os.path.abspath(os.sep)]
        try:
            effects.apply(effect, root, allowed_under=allowed)
        except BoundaryError as error:
            around.problems.append(Problem("boundary", str(error)))
            raise

    def _note_stall(self, awaited: str) -> None:
        self._around.note_stall(awaited, self._deadline)

    @property
    def outside(self) -> dict[str, Path]:
        """
        Directories where nothing may appear beside the workspace: a replay writes nowhere else.
        """
        return {}

    def problems(self) -> list[Problem]:
        """
        What the engines have found so far, here and in the processes.

        A process reports at its end; what it told its client before is known at once.
        """
        found = [Problem(problem.kind, problem.text()) for problem in self._engine.problems]
        told = [(one["kind"], one["text"]) for one in self._reported("problems")]
        told += [one for log in self._logs for one in log.told]
        plan = self._around.plan
        for kind, text in told:
            problem = Problem(kind, text.replace(str(plan.path), plan.name))
            if problem not in found:
                found.append(problem)
        return found + self._overspent

    @cached_property
    def _overspent(self) -> list[Problem]:
        """
        The budget that the recorded session exceeds; real ones are held back while they run.
        """
        limits = limits_of(self._around.settings)
        if not limits:
            return []
        meter = Meter(limits)
        meter.note_all((event.kind, event.body) for event in self._events)
        return [] if meter.breach is None else [Problem("budget", meter.explain())]

    def _reported(self, what: str) -> list[dict[str, Any]]:
        return [one for report in self._read_reports() for one in report[what]]

    def conclude(self) -> Verdict:
        """
        Ask what was recorded and neither played here nor in any process.
        """
        unplayed = [set(report["unplayed"]) for report in self._read_reports()]
        left = [
            leftover
            for leftover in self._engine.leftovers()
            if all(leftover.line in lines for lines in unplayed)
        ]
        if not left:
            return Verdict()
        texts = [leftover.text() for leftover in left]
        head = "1 recorded message was" if len(left) == 1 else f"{len(left)} recorded messages were"
        methods = sorted({str(leftover.event.body.get("method", "answer")) for leftover in left})
        failure = "\n".join(
            [
                f"LeftoverError: {head} not played",
                *(f"  {text}" for text in texts),
                "How to fix:",
                f"  * changed on purpose   {self._around.plan.rerecord}",
                f"  * not always sent      @pytest.mark.codex(optional={json.dumps(methods)})",
            ]
        )
        return Verdict(failure, texts)

    def forget(self) -> None:
        """
        Do nothing: a replay leaves nothing behind.
        """

    def keep(self) -> list[Path]:
        """
        Nothing is kept: the cassette is all there is.
        """
        return []

    def close(self) -> None:
        """
        End every process that its client left running.
        """
        dismiss(self._standby)
        for process in self._memory:
            process.terminate()
        for child in self._children:
            child.finish()
        self._overhearing.close()

    def _read_reports(self) -> list[dict[str, Any]]:
        found = []
        for path in self._reports:
            try:
                found.append(json.loads(path.read_text(encoding="utf-8")))
            except (OSError, ValueError):
                continue  # it still runs, or was killed before it could write
        return found


def dismiss(waiting: subprocess.Popen[bytes] | None) -> None:
    """
    End a process that nobody asked for.
    """
    if waiting is not None:
        waiting.kill()
        waiting.communicate()


def _make_edit(redactor: Redactor, scrub: Scrub) -> Callable[[str], str]:
    """
    The user's scrubbing of a live line, after the secrets are out, as in a recording.
    """

    def edit(line: str) -> str:
        try:
            message = redactor.message(json.loads(line))
        except ValueError:
            return line
        return json.dumps(scrub(message, "client"))

    return edit
