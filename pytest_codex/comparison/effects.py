"""
What a session left on disk, turn by turn.
"""

from __future__ import annotations

import base64
from typing import Any

from pytest_codex.comparison.facts import Fact


class Effects:
    """
    Adds up the changes of files; only the outcome of a place counts, not when it was seen.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[dict[str, Any], int]] = []
        self._found: dict[tuple[str, str], Fact] = {}

    def add(self, effect: dict[str, Any], line: int) -> None:
        """
        Something changed; the next message tells where that belongs.
        """
        self._waiting.append((effect, line))

    def settle(self, place: str) -> None:
        """
        What changed until now belongs here.
        """
        for effect, line in self._waiting:
            root = effect.get("root")
            where = f"{{{root}}}/" if root else ""
            for path, content in effect.get("write", {}).items():
                self._fact(place, where + path, line).values.update(_written(content))
            for path in effect.get("delete", ()):
                self._fact(place, where + path, line).values = {"content": "deleted"}
            for path in effect.get("mkdir", ()):
                self._fact(place, where + path, line).values = {"content": "a directory"}
        self._waiting.clear()

    def facts(self) -> list[Fact]:
        """
        Every file that changed, by name.
        """
        return [fact for _, fact in sorted(self._found.items())]

    def _fact(self, place: str, path: str, line: int) -> Fact:
        fact = self._found.setdefault((place, path), Fact(place, "on disk", path))
        fact.line = line
        return fact


def _written(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        return {"content": content}
    told = dict(content)
    if "base64" in told:
        size = len(base64.b64decode(told["base64"]))
        told["base64"] = f"{size} bytes: {told['base64']}"
    text = next((told.pop(key) for key in ("text", "base64", "patch") if key in told), None)
    return {"content": text, **told}
