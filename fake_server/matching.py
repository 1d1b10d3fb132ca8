"""
Whether a live message is the recorded one: facts only, no sentences.

Comparing binds as it goes: an id or a directory that the live client chose takes the
place of the recorded one, and must keep it.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

MISSING = object()
"""Stands for a value that one side does not have."""

# Patterns are texts, compiled by `re` at first need: most sessions never need them, and
# compiling is a part of every start.
_TOKEN = (
    r"((?<![0-9a-fA-F])[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"(?![0-9a-fA-F])|\{cwd\d+\})"
)
_BORN_HERE = r"\d{8}-\d{4}-7000-8000-\d{12}\Z"


class Difference:
    """
    The first place where two values differ.
    """

    __slots__ = ("path", "received", "recorded")

    def __init__(self, path: str, received: Any, recorded: Any) -> None:
        self.path = path
        self.received = received
        self.recorded = recorded


class Bindings:
    """
    What the live client chose in place of what the recorded client chose.

    Attributes:
        live: The live token for each recorded one.
        recorded: The recorded token for each live one.
    """

    __slots__ = ("live", "recorded")

    def __init__(self) -> None:
        self.live: dict[str, str] = {}
        self.recorded: dict[str, str] = {}

    def copy(self) -> Bindings:
        """
        A copy to try a match with.
        """
        other = Bindings()
        other.live = dict(self.live)
        other.recorded = dict(self.recorded)
        return other

    def to_live(self, text: str) -> str:
        """
        A text of the recording with the ids that the live client chose.
        """
        if not self.live:
            return text
        return re.sub(_TOKEN, lambda found: self.live.get(found.group(), found.group()), text)

    def same(self, received: str, recorded: str) -> bool:
        """
        Whether two texts are the same but for tokens that are, or can be, bound.
        """
        if received == recorded:
            return not self.live or self._tokens_agree(received, recorded)
        ours, theirs = re.split(_TOKEN, received), re.split(_TOKEN, recorded)
        if len(ours) != len(theirs) or ours[::2] != theirs[::2]:
            return False
        return all(self._bind(*pair) for pair in zip(ours[1::2], theirs[1::2], strict=True))

    def _tokens_agree(self, received: str, recorded: str) -> bool:
        ours, theirs = re.split(_TOKEN, received)[1::2], re.split(_TOKEN, recorded)[1::2]
        return all(self.live.get(two, two) == one for one, two in zip(ours, theirs, strict=True))

    def _bind(self, received: str, recorded: str) -> bool:
        bound = self.live.get(recorded)
        if bound is not None:
            return bound == received
        if received == recorded:
            return True
        if received in self.recorded or received[0] == "{" != recorded[0]:
            return False
        if re.match(_BORN_HERE, received):
            return False  # An id that the recording gave out means itself.
        self.live[recorded] = received
        self.recorded[received] = recorded
        return True


class Ignored:
    """
    Paths that a comparison leaves out, such as ``params.input[*].text``.
    """

    __slots__ = ("_exact", "_pattern")

    def __init__(self, paths: Iterable[str]) -> None:
        given = list(paths)
        self._exact = frozenset(given)
        told = [
            re.escape(path).replace(r"\[\*\]", r"\[\d+\]").replace(r"\*", r"[^.\[]+")
            for path in given
            if "*" in path
        ]
        self._pattern = re.compile("(?:" + "|".join(told) + r")\Z") if told else None

    def __call__(self, path: str) -> bool:
        return path in self._exact or (
            self._pattern is not None and self._pattern.match(path) is not None
        )


def compare(
    received: Any, recorded: Any, bindings: Bindings, ignored: Ignored, path: str
) -> Difference | None:
    """
    Find the first difference between a live value and the recorded one.

    A member that is null and a member that is absent are the same, as they are to the
    server.

    Args:
        received: What the live client sent, in canonical form.
        recorded: What was recorded.
        bindings: Tokens bound so far; new ones are added even when a difference is found,
            so pass a copy to try.
        ignored: Paths to leave out.
        path: Where the values stand, for the report.
    """
    if ignored(path):
        return None
    if isinstance(received, str) and isinstance(recorded, str):
        return None if bindings.same(received, recorded) else Difference(path, received, recorded)
    if isinstance(received, dict) and isinstance(recorded, dict):
        for key in sorted(received.keys() | recorded.keys()):
            here, there = received.get(key, MISSING), recorded.get(key, MISSING)
            if {id(here), id(there)} <= {id(None), id(MISSING)}:
                continue
            found = compare(here, there, bindings, ignored, f"{path}.{key}")
            if found is not None:
                return found
        return None
    if isinstance(received, list) and isinstance(recorded, list):
        for i in range(max(len(received), len(recorded))):
            here = received[i] if i < len(received) else MISSING
            there = recorded[i] if i < len(recorded) else MISSING
            found = compare(here, there, bindings, ignored, f"{path}[{i}]")
            if found is not None:
                return found
        return None
    same = type(received) is type(recorded) and received == recorded
    return None if same else Difference(path, received, recorded)
