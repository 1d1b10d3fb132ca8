"""
Two transcripts beside each other: what the agent did otherwise, and what only the wire shows.

``behaviour`` reads a transcript as facts, ``changes`` pairs the facts of two, ``wire``
compares messages field by field, ``telling`` writes the sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_server.transcript import Transcript
    from pytest_codex.comparison.changes import Change
    from pytest_codex.comparison.wire import WireDifference

__all__ = ["Comparison", "compare"]

UNKNOWN = "?"
"""Version of a session in which no server said who it is."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    How two transcripts differ.

    Attributes:
        old: Codex version of the first, ``UNKNOWN`` when its header does not say.
        new: Codex version of the second.
        changes: Every change of behaviour.
        wire: What differs on the wire, behaviour included.
    """

    old: str
    new: str
    changes: list[Change]
    wire: WireDifference

    @property
    def across_versions(self) -> bool:
        """
        Whether two versions are compared; who does not say its version is taken for the same.
        """
        return self.old != self.new and UNKNOWN not in (self.old, self.new)

    @property
    def outcome(self) -> str:
        """
        The level on which they differ: ``behaviour``, ``wire`` or ``unchanged``.
        """
        if self.changes:
            return "behaviour"
        return "wire" if self.wire.counts else "unchanged"


def compare(old: Transcript, new: Transcript) -> Comparison:
    """
    Compare two transcripts; that they name different versions is no difference.
    """
    from pytest_codex.comparison.behaviour import behaviour
    from pytest_codex.comparison.changes import changes
    from pytest_codex.comparison.wire import wire

    return Comparison(
        str(old.header.get("codex") or UNKNOWN),
        str(new.header.get("codex") or UNKNOWN),
        changes(behaviour(old), behaviour(new)),
        wire(old, new),
    )
