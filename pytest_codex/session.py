"""
One test's session: every process its clients open, and the verdict at the end.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from fake_server.spawning import launch_options
from pytest_codex import sdk
from pytest_codex.boundary import Boundary
from pytest_codex.errors import HarnessError
from pytest_codex.session_report import SessionReport
from pytest_codex.surroundings import TOLERATED, Problem, Surroundings
from pytest_codex.views import SessionTranscript, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from openai_codex import AsyncCodex, Codex, CodexConfig

    from fake_server.placeholders import Places
    from fake_server.redaction import Redactor
    from pytest_codex.model.script import ScriptedModel
    from pytest_codex.replaying import Replay
    from pytest_codex.running import Run
    from pytest_codex.surroundings import Scrub
    from pytest_codex.views.reader import Reader
    from pytest_codex.views.records import TurnRecord
    from pytest_codex.views.requests import Request
    from pytest_codex.wire import Wire
    from pytest_codex.workspace import Workspace


class CodexSession(View):
    """
    All app-server connections of one test.

    What can be asked of its transcript can be asked of the session itself: ``session.ran(...)``.

    Attributes:
        workspace: The directory the agent works in.
        boundary: What the agent may do there, and what it did.
        transcript: What has passed between clients and server until now.
        wire: The raw lines of the same.
        passed: Whether the test's call phase passed; set by the plugin.
        failed: Whether it failed; neither holds for one that did not run.
    """

    def __init__(self, around: Surroundings, workspace: Workspace, hooks: Any) -> None:
        self._around = around
        self._hooks = hooks
        self._attachment = pytest.MonkeyPatch()
        self._report = SessionReport(around.plan.action, passed=False)
        self.workspace = workspace
        self.boundary = Boundary(
            around,
            workspace,
            open_process=lambda: self.open_process(["codex"], str(workspace.path), None),
            outside=lambda: self._tier.outside,
        )
        self.transcript = SessionTranscript(around.wire)
        workspace.judged = self.boundary.restoring
        workspace.reported = lambda: [
            *self.transcript.reported_paths,
            *self.boundary.paths_in_turn_diffs,
        ]
        self._over = False
        self._begun = False
        self.wire: Wire = around.wire
        self.passed = False
        self.failed = False
        self._tier = self._make_tier()

    def _make_tier(self) -> Replay | Run:
        scrub, matchers = self._make_scrub(), self._make_matchers()
        if self._around.plan.tier != "replay":
            from pytest_codex.running import Run

            return Run(self._around, self.model, scrub=scrub)
        from pytest_codex.replaying import Replay

        return Replay(self._around, matchers=matchers, scrub=scrub)

    def _make_matchers(self) -> dict[str, Callable[[Any, Any], bool]]:
        """
        The user's matchers; a name that is none of them would match everything.
        """
        matchers: dict[str, Callable[[Any, Any], bool]] = {}
        self._hooks.pytest_codex_matchers(registry=matchers)
        known = ("method", "params", *matchers)
        for name in self._around.settings.match_on:
            if name not in known:
                raise HarnessError(
                    f"match_on={name!r} is no matcher; there are {', '.join(known)}, and what "
                    "the hook pytest_codex_matchers adds"
                )
        return matchers

    def _make_scrub(self) -> Scrub | None:
        hook = self._hooks.pytest_codex_scrub
        rules = self._around.settings.scrub
        if not hook.get_hookimpls() and not rules:
            return None
        from pytest_codex.substitutions import substituted

        def scrub(message: Any, sender: str) -> Any:
            for changed in hook(message=message, sender=sender):
                if not isinstance(changed, dict):
                    raise HarnessError(
                        f"the hook pytest_codex_scrub returned {changed!r}: edit the message in "
                        "place, or return another one, which is a dict"
                    )
                message = changed
            return substituted(message, rules) if rules else message

        return scrub

    # -- what a test asks --------------------------------------------------------

    @property
    def tier(self) -> str:
        """
        Who stands behind the client: ``replay``, ``scripted`` or ``live``.
        """
        return self._around.plan.tier

    @property
    def cassette(self) -> Path:
        """
        Where this test's cassette lies, whether it exists or not.
        """
        return self._around.plan.path

    @cached_property
    def model(self) -> ScriptedModel:
        """
        What the model will say and do; without effect where no model is scripted.
        """
        from pytest_codex.model.script import ScriptedModel

        return ScriptedModel() if self.tier == "scripted" else ScriptedModel.idle(self.tier)

    @property
    def places(self) -> Places:
        """
        The directories that have names in cassettes and snapshots.
        """
        return self._tier.places

    def requests(self, method: str | None = None) -> list[Request]:
        """
        What clients requested, in order, each with its answer; None for all methods.
        """
        return self.transcript.requests(method)

    @property
    def command(self) -> list[str]:
        """
        A command for code that starts its own app-server, once or several times.

        Ask for one for each process where several begin at the same time: their order counts.
        """
        self._begin()
        return self._tier.command

    @cached_property
    def config(self) -> CodexConfig:
        """
        A configuration for clients that the test builds itself.
        """
        return sdk.make_config(self.workspace.path)

    def __repr__(self) -> str:
        return f"<CodexSession {self.tier}: {self.transcript.headline}>"

    def _reader(self) -> Reader:
        return self.transcript._reader()

    def _turns(self) -> Sequence[TurnRecord]:
        return self.transcript._turns()

    def _log(self) -> Iterable[Any]:
        return self.transcript._log()

    def _tell(self) -> Iterator[str]:
        return self.transcript._tell()

    # -- its life ----------------------------------------------------------------

    def attach(self) -> None:
        """
        Serve every client that is built from now on.
        """
        sdk.attach(self._attachment, self.open_process, self.boundary.defaults.note)
        self._hooks.pytest_codex_session_started(session=self)

    def open_process(
        self, args: Sequence[str], cwd: str | None, env: Mapping[str, str] | None
    ) -> Any:
        """
        Start a process for a client; the seam calls it in place of ``subprocess.Popen``.
        """
        self._begin()
        self._around.launched.append(launch_options(args[1:]))
        return self._tier.open(args, cwd, env)

    def _begin(self) -> None:
        if self.boundary.watching and not self._begun:
            self.watch_boundary()
        self._begun = True

    def watch_boundary(self) -> None:
        """
        Take what is on disk now as what the agent finds; the fixture does.
        """
        if not (self._begun and self.boundary.watching):
            self.boundary.watch()

    def make_client(self) -> Codex:
        """
        Start a client in the workspace.
        """
        return sdk.make_client(self.config)

    def make_async_client(self) -> AsyncCodex:
        """
        A client in the workspace that starts when it is first used.
        """
        return sdk.make_async_client(self.config)

    # -- its end -----------------------------------------------------------------

    @property
    def problems(self) -> list[Problem]:
        """
        What went wrong between clients and server until now.
        """
        found = [*self._around.problems, *self._tier.problems()]
        breach = self.boundary.failure(over=self._over)
        return found if breach is None else [*found, Problem("boundary", breach)]

    @property
    def notes(self) -> list[str]:
        """
        What a real model refused; codes that Codex may have put into other words.
        """
        return self._tier.notes

    @property
    def kept(self) -> list[Path]:
        """
        Files left behind because the test failed.
        """
        return self._report.kept

    def look_back(self) -> list[tuple[str, str]]:
        """
        What another Codex version did otherwise before the test failed, as sections of its report.
        """
        if self._around.plan.action != "verify":
            return []
        from pytest_codex.rehearsal import look_back
        from pytest_codex.running import Run

        assert isinstance(self._tier, Run)
        self._report.rehearsal, text = look_back(self._around.plan, self._tier.transcript)
        return [("behaviour until the test failed", text)] if text else []

    @property
    def facts(self) -> dict[str, Any]:
        """
        What the terminal summary counts; plain values, so that they travel between processes.
        """
        report = self._report
        return {
            "action": report.action,
            "tier": self.tier,
            "leftovers": len(report.leftovers),
            "messages": len(self.wire),
            "saved": report.saved,
            "cassette": self._around.plan.name,
            "kept": len(report.kept),
            "rehearsal": report.rehearsal,
            "real": self._tier.real,
            "also": report.also,
            "behind": self._tier.behind,
        }

    @property
    def redactor(self) -> Redactor:
        """
        Takes secrets out of texts and messages.
        """
        return self._tier.redactor

    @cached_property
    def mask(self) -> Callable[[str], str]:
        """
        Takes secrets out of a line that is going to be shown.
        """
        redactor = self.redactor

        def mask(line: str) -> str:
            try:
                message = json.loads(line)
            except ValueError:
                return redactor.text(line)
            # A message says more than its text: which keys hold secrets, what is base64.
            return json.dumps(redactor.message(message), ensure_ascii=False)

        return mask

    def check(self) -> None:
        """
        Fail the test for what went wrong, even when the code under test swallowed it.
        """
        problems = self.problems
        if problems:
            _fail("\n\n".join(problem.error for problem in problems))

    def finish(self) -> None:
        """
        End every process, pass judgement, and save or keep what was taped.
        """
        self._attachment.undo()
        self._tier.close()
        self._over = True
        report = self._report
        report.passed = self.passed
        report.problems = self.problems
        failure = None
        if self.passed:
            failure = self._judge()
        elif self._may_record_failure:
            failure = self._conclude()
        if self.passed and failure is None:
            self._tier.forget()
        else:
            report.kept += self._tier.keep()
        self._hooks.pytest_codex_session_finished(session=self, report=report)
        if failure is not None:
            _fail(failure)

    def _judge(self) -> str | None:
        """
        Why a test whose body passed fails all the same, None when it does not.
        """
        if self._report.problems:
            return "\n\n".join(problem.error for problem in self._report.problems)
        return self._conclude()

    @property
    def _may_record_failure(self) -> bool:
        """
        Whether this is an attempt of several that failed by the agent's doing: what it did is
        recorded, so that the attempt fails in replay, too.
        """
        tolerable = all(problem.kind in TOLERATED for problem in self._report.problems)
        recorded = self._around.stage is not None and self._around.plan.action == "record"
        return self.failed and recorded and tolerable

    def _conclude(self) -> str | None:
        try:
            verdict = self._tier.conclude()
        except HarnessError as error:
            return f"{type(error).__name__}: {error}"
        self._report.take(verdict)
        return verdict.failure


def _fail(text: str) -> NoReturn:
    pytest.fail(text, pytrace=False)
