"""
How much of the protocol a run exercised: measured from what went over the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .outcomes import Message
from .unreachable import UNREACHABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_codex.schema import Bundle, Role

ROLES: tuple[Role, ...] = ("client request", "server request", "server notification")
"""What is counted."""


@dataclass(frozen=True)
class Coverage:
    """
    What of one version's protocol was exercised.

    Attributes:
        total: Everything the schema has.
        covered: What went over the wire.
        excused: What is listed as not reachable, with the reason.
    """

    total: frozenset[Message]
    covered: frozenset[Message]
    excused: Mapping[Message, str]

    @property
    def open(self) -> list[Message]:
        """
        What is neither covered nor listed.
        """
        return sorted(self.total - self.covered - set(self.excused))

    @property
    def stale(self) -> list[Message]:
        """
        What is listed as not reachable, and was covered.
        """
        return sorted(self.covered & set(self.excused))

    def lines(self) -> list[str]:
        """
        The figure: one line for each role.
        """
        told = []
        for role in ROLES:
            total = [one for one in self.total if one.role == role]
            covered = sum(one in self.covered for one in total)
            excused = sum(one in self.excused and one not in self.covered for one in total)
            told.append(
                f"coverage: {covered} of {len(total)} {role}s exercised, {excused} not reachable "
                f"offline, {len(total) - covered - excused} not exercised"
            )
        return told


def measure(bundle: Bundle, said: Iterable[Message]) -> Coverage:
    """
    Compare what was said with what the schema has.

    Args:
        bundle: The schema.
        said: The messages that went over the wire.
    """
    total = frozenset(Message(role, method) for role in ROLES for method in bundle.messages[role])
    excused = {one: UNREACHABLE[one.method] for one in total if one.method in UNREACHABLE}
    return Coverage(total, total & frozenset(said), excused)
