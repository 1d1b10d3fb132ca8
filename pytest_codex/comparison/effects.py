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
            root = effect.get("root", "workspace")
            where = "" if root == "workspace" else f"{{{root}}}/"
            for path, content in effect.get("write", {}).items():
                self._fact(place, where + path, line).values = _written(content)
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


def _written(content: dict[str, Any]) -> dict[str, Any]:
    if "symlink" in content:
        told = f"a link to {content['symlink']}"
    elif "base64" in content:
        told = f"{len(base64.b64decode(content['base64']))} bytes: {content['base64']}"
    else:
        told = content.get("text", "")
    mode = {"mode": content["mode"]} if "mode" in content else {}
    return {"content": told, **mode}
