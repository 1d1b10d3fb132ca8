"""
The scripted and the live tier: the real app-server stands behind the client.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fake_server.errors import CassetteError
from fake_server.redaction import Redactor
from fake_server.spawning import launch_options
from pytest_codex import artifacts, cassettes, runtime
from pytest_codex.budgets import limits_of
from pytest_codex.keys import known
from pytest_codex.lending import Lending
from pytest_codex.modelling import HEADER, Recorded, path_of, with_names
from pytest_codex.observers import RunLog
from pytest_codex.provider import without_choice
from pytest_codex.recording.first_start import FirstStart
from pytest_codex.recording.recorder import Recorder
from pytest_codex.recording.results import differences, join_tapes, save
from pytest_codex.recording.tape import Tape
from pytest_codex.recording.tee import TeedProcess, start
from pytest_codex.rehearsal import judge
from pytest_codex.reins import Reins
from pytest_codex.surroundings import Problem, Verdict
from pytest_codex.watch import TAPE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fake_server.transcript import Transcript
    from pytest_codex.live import Live
    from pytest_codex.model.script import ScriptedModel
    from pytest_codex.model.server import ModelServer
    from pytest_codex.recording.tape import Entry
    from pytest_codex.relay.wording import Wording
    from pytest_codex.surroundings import Scrub, Surroundings

DEADLINES = {"scripted": 60.0, "live": 600.0}
"""Seconds without a message that make a stall: a real command, or a real model, may be slow."""

TAPE = "session" + TAPE_SUFFIX


class Run:
    """
    Runs the real app-server for every process the client opens, and tapes it when asked.

    Args:
        around: What the session's parts share.
        model: What the model says; idle in the live tier.
        scrub: The user's change of a message before it is kept; None when there is none.

    Attributes:
        behind: How old the cassette is: none is played.
        places: The directories that have names, Codex's own home among them.
    """

    behind: str | None = None

    def __init__(
        self,
        around: Surroundings,
        model: ScriptedModel,
        *,
        scrub: Scrub | None,
    ) -> None:
        self._around = around
        self._model = model
        self._deadline = around.settings.timeout or DEADLINES[around.plan.tier]
        self._numbers = itertools.count(1)
        self._processes: list[TeedProcess] = []
        self._server: ModelServer | None = None
        self._beyond: Live | Recorded | None = None
        limits = limits_of(around.settings)
        self._reins = Reins(limits) if limits else None
        self._binary = runtime.find_binary(str(around.settings.bin or "") or None)
        self._taping: list[int] = []
        self._lending = Lending(around, scrub, lambda: self.command)
        self.tape: Tape | None = None
        self._runtime = self._make_runtime()
        keep = self._runtime.keep
        self.redactor = Redactor.for_environment(known(self._runtime.home, keep, os.environ))
        self.places = around.places(
            home=self._runtime.user_home,
            codex_home=self._runtime.home,
            codex_bin=self._binary.parent,
        )
        self._recorder: Recorder | None = None
        if around.plan.action in ("record", "verify"):
            artifacts.make(around.artifacts)
            self.tape = Tape(str(around.artifacts / TAPE))
            self._recorder = Recorder(
                self.tape,
                self.places,
                self.redactor,
                anywhere=around.settings.effects == "anywhere",
                scrub=scrub,
            )

    def _make_runtime(self) -> runtime.Runtime:
        around = self._around
        if around.plan.tier == "live":
            from pytest_codex.live import Live

            self._beyond = Live(around, self._binary, self._deadline, self._wording)
            return self._beyond.runtime
        if path_of(around.plan.path).exists():
            self._beyond = Recorded(around, self._binary, self._model, self._wording)
            return self._beyond.runtime
        from pytest_codex.model.server import ModelServer

        self._server = ModelServer(self._model)
        try:
            return runtime.Runtime(
                self._binary,
                workspace=around.workspace,
                model_url=self._server.url,
                proxy_url=self._server.proxy_url,
                config=without_choice(around.config),
            )
        except BaseException:
            self._server.close()
            raise

    def _wording(self) -> Wording:
        from pytest_codex.relay.wording import Wording

        return Wording(self.places, self.redactor)

    def open(
        self, args: Sequence[str], cwd: str | None, env: Mapping[str, str] | None
    ) -> TeedProcess:
        """
        Start a process for a client.
        """
        number = next(self._numbers)
        options = launch_options(args[1:])
        cwd = cwd or str(self._around.workspace)
        taping = None
        if self._recorder is not None:
            taping = self._recorder.connection(options, cwd)
            self._taping.append(number)
        bridle = None if self._reins is None else self._reins.connection()
        first = FirstStart(self._runtime.home)
        first.wait()
        try:
            server = start(
                [str(self._binary), *options, "app-server", "--listen", "stdio://"],
                cwd=cwd,
                env=self._runtime.environment(env),
            )
        except BaseException:
            first.over(spoken=False)
            raise
        process = TeedProcess(
            server,
            RunLog(self._around.wire, number, taping, first),
            deadline=self._deadline,
            stalled=lambda awaited: self._around.note_stall(awaited, self._deadline),
            settle=taping is not None,
            edit=None if bridle is None else bridle.outbound,
            sift=None if bridle is None else bridle.inbound,
        )
        if bridle is not None:
            bridle.send = process.stdin.inject
        self._processes.append(process)
        return process

    @property
    def command(self) -> list[str]:
        """
        A command that runs the real app-server, taped when this session records.
        """
        return self._lending.lend(
            next(self._numbers),
            self._binary,
            self._runtime,
            self.places.paths,
            taped=self._recorder is not None,
        )

    @property
    def outside(self) -> dict[str, Path]:
        """
        Directories where nothing may appear: beside the workspace, and in the agent's home.
        """
        return {"..": self._around.directory, "~": self._runtime.user_home}

    def problems(self) -> list[Problem]:
        """
        Calls nobody had scripted, what went wrong on the way to a real model, and budgets.
        """
        found = [Problem("model", text) for text in self._model.unexpected]
        found += [] if self._beyond is None else self._beyond.problems()
        if self._reins is not None:
            self._reins.note(self._lending.passed())
            found += self._reins.problems()
        return found

    @property
    def notes(self) -> list[str]:
        """
        What a real model refused.
        """
        return [] if self._beyond is None else self._beyond.notes

    @property
    def real(self) -> dict[str, int] | None:
        """
        What a real model did: calls, turns, and tokens by kind; None when there was none.
        """
        return None if self._beyond is None else self._beyond.counts(self._around.wire)

    def close(self) -> None:
        """
        End every process, and whatever they started.
        """
        with contextlib.ExitStack() as last:  # each is tried, whatever the others do
            if self.tape is not None:
                last.callback(self.tape.close)
            if self._server is not None:
                last.callback(self._server.close)
            last.callback((self._beyond or self._runtime).close)
            last.callback(self._lending.close)
            for process in self._processes:
                last.callback(process.finish)

    def conclude(self) -> Verdict:
        """
        Save what was taped, or compare it with the cassette.

        Raises:
            SecretError: It looks as if a secret were in it; nothing was written.
        """
        if self.tape is None:
            return Verdict()
        plan = self._around.plan
        also = None
        if self._beyond is not None and plan.action == "record":
            also = self._beyond.conclude()
        live = self.transcript()
        old = None
        if plan.path.exists():
            try:
                old = cassettes.load(plan)
            except CassetteError:
                if plan.action == "verify":
                    raise
        if old is not None and not differences(old, live) and not self._outdated(old):
            return Verdict(also=also)
        if plan.action == "record":
            self._write(lambda: save(live, plan.path, plan.name))
            return Verdict(saved=True, also=also)
        assert old is not None
        return judge(old, live, self._around)

    def _outdated(self, old: Transcript) -> bool:
        """
        Whether to write a cassette for its header alone: that a newer Codex does the same is
        no reason, unless the cassettes of older ones are refused.
        """
        strict = self._around.settings.strict and self._around.plan.action == "record"
        return strict and cassettes.behind(old) is not None

    def _write(self, write: Callable[[], None]) -> None:
        stage = self._around.stage
        if stage is None:
            write()
        else:
            stage.hold(write)

    def forget(self) -> None:
        """
        Remove the tape of a test that passed.
        """
        if self.tape is not None and self.tape.path is not None:
            Path(self.tape.path).unlink(missing_ok=True)
            artifacts.clear(self._around.artifacts)

    def keep(self) -> list[Path]:
        """
        Leave the tapes of a test that failed, and tell where they are.
        """
        if self.tape is None:
            return []
        self._lending.keep(self._around.artifacts)
        return sorted(self._around.artifacts.glob(f"*{TAPE_SUFFIX}"))

    def transcript(self) -> Transcript:
        """
        What was taped, here and by the commands given out, in canonical form.
        """
        from pytest_codex.canonical import canonical

        assert self.tape is not None
        entries = join_tapes(self._taped())
        if self._beyond is None:
            return canonical(entries)
        header = {HEADER: self._beyond.settings}
        return canonical(with_names(entries, self._beyond.ids), header)

    def _taped(self) -> dict[int, list[Entry]]:
        """
        The entries of each connection by its number, their times on one clock.
        """
        assert self.tape is not None
        taped: dict[int, list[Entry]] = {}
        for entry in self.tape.entries:
            taped.setdefault(self._taping[entry.conn - 1], []).append(entry)
        return {**taped, **self._lending.taped()}
