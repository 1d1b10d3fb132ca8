"""
What a whole suite found about one peer: what every report is made from.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .outcomes import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .checks import Check

GOOD = (Outcome.PASSED, Outcome.WARNING)


@dataclass(frozen=True)
class Coverage:
    """
    How much of one kind of message the checks exercise, by the schema.

    Attributes:
        kind: ``client requests``, ``server requests`` or ``notifications``.
        covered: Methods that went over the wire in this run.
        unreachable: Methods that nothing can cause offline, each with the reason.
        missing: Methods that are neither.
    """

    kind: str
    covered: tuple[str, ...]
    unreachable: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """
        How many methods of this kind the schema has.
        """
        return len(self.covered) + len(self.unreachable) + len(self.missing)


@dataclass(frozen=True)
class Run:
    """
    What a suite found about one peer.

    Attributes:
        side: What was tested, ``server`` or ``client``.
        target: How it is called: a command.
        version: The Codex version it says it has, None when it does not tell.
        schema: The version of the schema its messages were checked with, None when they were
            not checked.
        schema_choice: Why that one, or why none.
        checks: The checks that were chosen, in the order of the suite.
        results: What they found, in any order.
        seconds: How long the whole run took.
        coverage: What the suite exercises; empty when no schema was to be had.
        expected: The checks that are known to fail in this version, with the reason.
    """

    side: str
    target: str
    version: str | None
    schema: str | None
    checks: tuple[Check[Any], ...]
    results: tuple[Result, ...]
    seconds: float = 0.0
    coverage: tuple[Coverage, ...] = ()
    expected: Mapping[str, str] = field(default_factory=dict)
    schema_choice: str = ""

    @cached_property
    def by_check(self) -> dict[str, Result]:
        """
        One result for each check, in the order of the suite.

        A check without a verdict is an error of the harness, never a pass.
        """
        found = {result.check: result for result in self.results}
        return {
            check.id: found.get(check.id)
            or Result(check.id, Outcome.ERROR, "the check ended without a verdict")
            for check in self.checks
        }

    def check_of(self, name: str) -> Check[Any]:
        """
        The check with an id.
        """
        return next(check for check in self.checks if check.id == name)

    @property
    def counts(self) -> Counter[Outcome]:
        """
        How many checks ended how.
        """
        return Counter(result.outcome for result in self.by_check.values())

    @property
    def stale(self) -> tuple[str, ...]:
        """
        Checks that were expected to fail and did not.
        """
        found = self.by_check
        return tuple(
            name for name in self.expected if name in found and found[name].outcome in GOOD
        )

    @property
    def failed(self) -> tuple[Result, ...]:
        """
        What failed and was not expected to.
        """
        return tuple(
            result
            for result in self.by_check.values()
            if result.outcome is Outcome.FAILED and result.check not in self.expected
        )

    @property
    def errors(self) -> tuple[Result, ...]:
        """
        Checks that broke down, and say nothing about the peer.
        """
        return tuple(r for r in self.by_check.values() if r.outcome is Outcome.ERROR)

    @property
    def judged(self) -> int:
        """
        How many checks had something to say about the peer; what was skipped has not.
        """
        return sum(self.counts.values()) - self.counts[Outcome.SKIPPED]

    @property
    def ok(self) -> bool:
        """
        Whether nothing failed that was not expected to, and nothing expected did not fail.

        A run in which every check was skipped proves nothing, and is not good.
        """
        return self.judged > 0 and not (self.failed or self.errors or self.stale)
