"""
What a session's parts share: the plan, the directories, the log, and what went wrong.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_codex.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fake_server.placeholders import Places
    from pytest_codex.cassettes import Plan
    from pytest_codex.settings import Settings
    from pytest_codex.stage import Stage

    Scrub = Callable[[Any, str], Any]

ERRORS = {
    "mismatch": "MismatchError",
    "client": "ClientProtocolError",
    "server": "ServerProtocolError",
    "spawn": "MismatchError",
    "stalled": "StalledError",
    "boundary": "BoundaryError",
    "model": "UnexpectedModelCall",
    "upstream": "UpstreamError",
    "login": "LoginError",
    "budget": "BudgetError",
    "leftover": "LeftoverError",
}
"""The name under which each kind of problem is told."""


TOLERATED = frozenset(("budget", "stalled", "upstream", "login"))
"""Kinds that are the doing of the agent or its model: an attempt of several may fail so."""


@dataclass(frozen=True, slots=True)
class Problem:
    """
    Something that must fail the test, whatever the code under test made of it.

    Attributes:
        kind: A key of ``ERRORS``.
        text: The whole message, headline first.
        detail: What would make the failure itself unreadable, for a report section.
    """

    kind: str
    text: str
    detail: str = ""

    @property
    def error(self) -> str:
        """
        The error's name and its message, as the test's failure shows them.
        """
        return f"{ERRORS.get(self.kind, 'HarnessError')}: {self.text}"


@dataclass(slots=True)
class Surroundings:
    """
    Attributes:
        plan: What the test is going to do.
        settings: How.
        workspace: The directory the agent works in.
        directory: A private directory of the session, beside the workspace.
        artifacts: Where to keep what a failed test leaves behind; made when needed.
        named: More directories that differ from run to run, by placeholder name.
        config: Additions to the configuration of the real app-server.
        wire: The log of all lines.
        problems: What went wrong so far.
        stage: Where recordings wait for the verdict on a repeated test; None writes at once.
        launched: The configuration options of each process a client started, in order.
    """

    plan: Plan
    settings: Settings
    workspace: Path
    directory: Path
    artifacts: Path
    named: Mapping[str, Path] = field(default_factory=dict)
    config: Mapping[str, Any] | str | None = None
    wire: Wire = field(default_factory=Wire)
    problems: list[Problem] = field(default_factory=list)
    stage: Stage | None = None
    launched: list[list[str]] = field(default_factory=list)

    def note_stall(self, awaited: str, deadline: float) -> None:
        """
        Note that somebody waited in vain, and where every thread stood.
        """
        from pytest_codex.report.sections import thread_stacks

        text = (
            f"{awaited}, and no message has moved for {deadline:g} s\n"
            "How to fix:\n"
            "  * the recording ends too early   record it anew: " + self.plan.rerecord + "\n"
            "  * it only needs more time        --codex-timeout=SECONDS or "
            "@pytest.mark.codex(timeout=...)"
        )
        self.problems.append(Problem("stalled", text, thread_stacks()))

    def note_unscrubbed(self, text: str) -> None:
        """
        Note that a rule or hook of the user's did not do its work.
        """
        self.problems.append(Problem("scrub", text))

    def roots(self, **more: Path | str) -> dict[str, str]:
        """
        The directories that have names in a cassette, and where they are here.
        """
        home = self.directory / "home"
        found = {
            "home": home,
            "codex_home": home / ".codex",
            "codex_bin": self.directory / "bin",
            "tmp": tempfile.gettempdir(),
            **self.named,
            **more,
            "workspace": self.workspace,
        }
        return {name: os.fspath(path) for name, path in found.items()}

    def places(self, **more: Path | str) -> Places:
        """
        The same as the object that masks and fills.
        """
        from fake_server.placeholders import Places

        places = Places()
        for name, path in self.roots(**more).items():
            places.bind(name, path)
        return places


@dataclass(slots=True)
class Verdict:
    """
    What a tier says at the end of a test whose body passed.

    Attributes:
        failure: Why the test fails all the same.
        leftovers: Recorded messages that were not played.
        saved: Whether the cassette on disk was changed.
        kept: Files left for whoever looks into the failure.
        rehearsal: How another Codex version compares, see ``pytest_codex.rehearsal``.
        also: What else on disk was changed: the recorded model.
    """

    failure: str | None = None
    leftovers: list[str] = field(default_factory=list)
    saved: bool = False
    kept: list[Path] = field(default_factory=list)
    rehearsal: dict[str, Any] | None = None
    also: str | None = None
