"""
Running one check and telling what it found.
"""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_codex.errors import HarnessError

from . import speech
from .outcomes import ConformanceError, Invalid, Outcome, Result, SkippedError
from .server import Server
from .taping import Taping

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pytest_codex.schema import Checker, Role

    from .checks import Check
    from .target import Target

ROLES: tuple[Role, ...] = (
    *("client request", "client notification", "server request", "server notification"),
)
"""Everything that has a method of its own."""

PARTING = 5.0
"""Seconds a replay has for telling, by its exit code, whether all of it was played."""


def judge_server(check: Check[Server], target: Target) -> Result:
    """
    Run a check of a server in a directory of its own.
    """
    return ServerJudge(target)(check)


class ServerJudge:
    """
    Runs checks of one server; several may run at once.

    Whatever else goes wrong is the harness's error, with its text: never a verdict.

    Args:
        target: What is tested.
        checker: The schema that messages are held against; None when there is none.
        without: What is not there: checks that need it are skipped.
        record: The directory for a cassette of each check; None records nothing.
        template: What each Codex home begins with, see `warmth`; None for nothing.
    """

    def __init__(
        self,
        target: Target,
        *,
        checker: Checker | None = None,
        without: Collection[str] = (),
        record: Path | None = None,
        template: Path | None = None,
    ) -> None:
        self._target = target
        self._checker = checker
        self._without = frozenset(without)
        self._record = record
        self._template = template
        self._running: set[Server] = set()

    def __call__(self, check: Check[Server]) -> Result:
        """
        Run one check.
        """
        begun = time.monotonic()
        reason = self._reason_to_skip(check)
        if reason is not None:
            return Result(check.id, Outcome.SKIPPED, reason)
        with tempfile.TemporaryDirectory(prefix="codex-conformance-") as place:
            result = self._run(check, Path(place))
        return replace(result, seconds=time.monotonic() - begun)

    def stop(self) -> None:
        """
        End everything that runs: the user does not want to wait.
        """
        for server in list(self._running):
            server.expire()

    def _reason_to_skip(self, check: Check[Server]) -> str | None:
        lacking = sorted(check.needs & self._without)
        if lacking:
            return f"needs {', '.join(lacking)}, which --without says is not there"
        missing = self._target.missing(check.id)
        if missing is not None:
            live = " (only a live server can show this)" if "live" in check.needs else ""
            return f"there is no {missing}{live}"
        if self._checker is not None:
            for method in (*check.methods, *check.notifications):
                if not any(self._checker.knows(role, method) for role in ROLES):
                    return f"this version has no {method}"
        return None

    def _run(self, check: Check[Server], place: Path) -> Result:
        taping = None
        if self._record is not None and "live" not in check.needs:
            taping = Taping(self._record / f"{check.id}.codex.jsonl", check.id)
        server = Server(
            self._target,
            check.id,
            place,
            declared=check.methods,
            taping=taping,
            template=self._template,
        )
        timer = threading.Timer(self._target.limit, server.expire)
        timer.daemon = True
        timer.start()
        self._running.add(server)
        try:
            outcome, text, broke_down = self._outcome(check, server)
            tail, stderr = server.tail(), server.stderr()
            if taping is not None:
                taping.end(server)
            if self._target.replays and outcome is not Outcome.ERROR:
                outcome, text = _judged_by_replay(server, outcome, text)
        finally:
            timer.cancel()
            self._running.discard(server)
            server.close()
        if taping is not None and outcome in (Outcome.PASSED, Outcome.WARNING):
            taping.save()
        quiet = outcome in (Outcome.PASSED, Outcome.SKIPPED)
        result = Result(check.id, outcome, text)
        if not quiet:
            result = replace(result, wire=tail, stderr=stderr or server.stderr())
        return self._with_speech(check, result, server, broke_down=broke_down)

    def _outcome(self, check: Check[Server], server: Server) -> tuple[Outcome, str, bool]:
        """
        How the check ended, why, and whether it broke down.
        """
        try:
            check.run(server)
        except ConformanceError as error:
            text = f"{self._too_late()}: {error}" if server.expired else str(error)
            return Outcome.FAILED, text, False
        except SkippedError as reason:
            return Outcome.SKIPPED, str(reason), False
        except HarnessError as error:
            return Outcome.ERROR, str(error), False
        except Exception as error:  # noqa: BLE001 - a suite that breaks down must not blame the peer
            return Outcome.ERROR, f"{type(error).__name__}: {error}{_place(error)}", True
        if server.expired:  # what it saw then was our doing: the processes were killed
            return Outcome.FAILED, self._too_late(), False
        if server.warnings:
            return Outcome.WARNING, "; ".join(server.warnings), False
        return Outcome.PASSED, "", False

    def _too_late(self) -> str:
        return f"the check did not end within {self._target.limit:g} s"

    def _with_speech(
        self, check: Check[Server], result: Result, server: Server, *, broke_down: bool
    ) -> Result:
        """
        The result with what was said, and an error when we said what is not allowed.

        A check that broke down on messages that are not allowed has failed: it could not read
        what no server may send.
        """
        said = speech.read(server.wire)
        result = replace(result, said=speech.kinds(said))
        if self._checker is None:
            return result
        found = speech.invalid(said, self._checker)
        theirs = tuple(one for one in found if one.role.startswith("server"))
        ours = [one for one in found if one.role.startswith("client")]
        result = replace(result, invalid=theirs)
        if broke_down and theirs:
            text = f"{_listed('the server', theirs)} (the check stopped there: {result.text})"
            return replace(result, outcome=Outcome.FAILED, text=text)
        if ours and not check.broken and result.outcome in (Outcome.PASSED, Outcome.WARNING):
            return replace(result, outcome=Outcome.ERROR, text=_listed("the suite", ours))
        return result


def _listed(who: str, found: Iterable[Invalid]) -> str:
    """
    What somebody said that is not allowed.
    """
    faults = (f"{one.role} {one.method}: {one.fault}" for one in found)
    return f"{who} said what the schema does not allow: {'; '.join(faults)}"


def _judged_by_replay(server: Server, outcome: Outcome, text: str) -> tuple[Outcome, str]:
    """
    What a replay says of the check: it must have played everything, and nothing else.
    """
    codes = server.part(PARTING)
    ended = [code for code in codes if code > 0]  # below are those that the check killed
    if ended and outcome in (Outcome.PASSED, Outcome.WARNING):
        said = next(
            "".join(one.stderr) for one, code in zip(server.clients, codes, strict=True) if code > 0
        )
        return Outcome.FAILED, f"the replay ended with code {ended[0]}: {said.strip()}"
    return outcome, text


def _place(error: BaseException) -> str:
    """
    Where in the suite it broke down.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})"
