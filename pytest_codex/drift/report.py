"""
What changed between two versions, as text and as JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .usage import used_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fake_server.transcript import Transcript
    from pytest_codex.schema import Protocol

    from .changes import Change

SHOWN = 3
"""How many cassettes are named under a change; JSON has all of them."""

HEADINGS = {
    "client": "breaks clients",
    "server": "breaks servers",
    "both": "breaks clients and servers",
    "": "harmless",
}
"""How changes are grouped, in this order."""


class Drift:
    """
    What changed, and which recordings each change concerns.

    Args:
        old: The version that was.
        new: The version that is.
        changes: What changed, as `compare` tells.
        transcripts: Recordings made with the first.
    """

    def __init__(
        self,
        old: Protocol,
        new: Protocol,
        changes: Sequence[Change],
        transcripts: Iterable[Transcript] = (),
    ) -> None:
        self.old = old.version
        self.new = new.version
        self.changes = changes
        self.users: dict[tuple[str, str], list[str]] = {change.key: [] for change in changes}
        self.cassettes = 0
        for transcript in transcripts:
            self.cassettes += 1
            for change in used_by(changes, old.bundle, transcript):
                self.users[change.key].append(transcript.path)

    def lines(self) -> Iterator[str]:
        """
        The report as text: what breaks somebody first.
        """
        yield f"Codex {self.old} to {self.new}: {_count(len(self.changes), 'change')}"
        for group, heading in HEADINGS.items():
            members = [change for change in self.changes if _group(change) == group]
            if members:
                yield f"\n{heading}:"
            for change in members:
                yield from self._change(change)
        if self.cassettes:
            concerned = {path for paths in self.users.values() for path in paths}
            yield f"\n{len(concerned)} of {_count(self.cassettes, 'cassette')} concerned"

    def data(self) -> dict[str, Any]:
        """
        The report as JSON.
        """
        return {
            "from": self.old,
            "to": self.new,
            "changes": [
                {
                    "place": change.place,
                    "change": change.text,
                    "breaks": sorted(change.breaks),
                    "experimental": change.experimental,
                    "cassettes": self.users[change.key],
                }
                for change in self.changes
            ],
        }

    def _change(self, change: Change) -> Iterator[str]:
        note = " (experimental)" if change.experimental else ""
        yield f"  {change.place}: {change.text}{note}"
        users = self.users[change.key]
        for path in users[:SHOWN]:
            yield f"      {path}"
        if len(users) > SHOWN:
            yield f"      and {len(users) - SHOWN} more"


def _group(change: Change) -> str:
    return "both" if len(change.breaks) == 2 else "".join(change.breaks)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
