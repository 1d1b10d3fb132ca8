"""
How a session ended, as hooks and the terminal summary are told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_codex.surroundings import Problem, Verdict


@dataclass(slots=True)
class SessionReport:
    """
    How a session ended.

    Attributes:
        action: ``replay``, ``record``, ``verify`` or ``run``.
        passed: Whether the test itself passed.
        problems: What went wrong between client and server.
        leftovers: Recorded messages that were not played.
        saved: Whether the cassette on disk was changed.
        kept: Files left in the artifacts directory.
        rehearsal: How another Codex version compares with the recorded one.
        also: What else on disk was changed: the recorded model.
    """

    action: str
    passed: bool
    problems: list[Problem] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    saved: bool = False
    kept: list[Path] = field(default_factory=list)
    rehearsal: dict[str, Any] | None = None
    also: str | None = None

    def take(self, verdict: Verdict) -> None:
        """
        Note what the tier said at the end.
        """
        self.leftovers = verdict.leftovers
        self.saved = verdict.saved
        self.kept = verdict.kept
        self.rehearsal = verdict.rehearsal
        self.also = verdict.also
