"""
The whole suite behind each defect: which checks fail.

A check on whose recording a defect changes no line ends as it ends without the defect, so only
the others are played. That is what makes a sweep of all defects over all checks cheap.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.outcomes import Result
from pytest_codex.conformance.server import Server

from .kit import Defect, Line, Passage
from .playing import Played, play


class Sweep:
    """
    Plays checks behind defects.

    Args:
        checks: The suite.
        recordings: Where their recordings are: ``<id>.codex.jsonl``.
    """

    def __init__(self, checks: Iterable[Check[Server]], recordings: Path) -> None:
        self._recordings = recordings
        self.checks = {check.id: check for check in checks if self._file(check.id).exists()}
        self._sound: dict[str, Played] = {}
        self._place: Path | None = None

    def sound(self, name: str) -> Played:
        """
        How a check goes without any defect.
        """
        if name not in self._sound:
            self._sound[name] = self._play(name, None)
        return self._sound[name]

    def changed(
        self, defect: Defect, among: Iterable[str] | None = None
    ) -> dict[str, tuple[Result, Result]]:
        """
        The checks that end otherwise because of a defect: how, and how without it.

        Args:
            defect: What is broken.
            among: The checks to try, those without a recording left out; all by default.
        """
        found = {}
        for name in self.checks if among is None else sorted(set(among) & set(self.checks)):
            before = self.sound(name)
            if not touches(defect, before.passed):
                continue
            after = self._play(name, defect).result
            if after.outcome is not before.result.outcome:
                found[name] = (after, before.result)
        return found

    def touched(self, defect: Defect) -> set[str]:
        """
        The checks on whose recordings a defect changes anything.
        """
        return {name for name in self.checks if touches(defect, self.sound(name).passed)}

    def _file(self, name: str) -> Path:
        return self._recordings / f"{name}.codex.jsonl"

    def _play(self, name: str, defect: Defect | None) -> Played:
        place = self._free_place()
        return play(self.checks[name], self._file(name), defect, place)

    def _free_place(self) -> Path:
        """
        A directory for a check: the last one again, when nothing was written into it.
        """
        if self._place is not None and not _is_clean(self._place):
            self.close()
        if self._place is None:
            self._place = Path(tempfile.mkdtemp(prefix="codex-conformance-"))
        return self._place

    def close(self) -> None:
        """
        Remove what is on disk.
        """
        if self._place is not None:
            shutil.rmtree(self._place)
            self._place = None


def _is_clean(place: Path) -> bool:
    """
    Whether a check left nothing but the empty repository in which all begin.
    """
    workspace = place / "workspace"
    if [entry.name for entry in place.iterdir()] != ["workspace"]:
        return False
    return [entry.name for entry in workspace.iterdir()] == [".git"] and not (
        workspace / ".git/index"
    ).exists()


def touches(defect: Defect, passed: Iterable[tuple[int, str, Line]]) -> bool:
    """
    Whether a defect changes anything of what went over the wire without it.
    """
    passages: dict[int, Passage] = {}
    for number, sender, line in passed:
        if number not in passages:
            passages[number] = Passage(defect.make())
            behaviour = passages[number].behaviour
            if list(behaviour.begin()) or behaviour.code(0) != 0 or behaviour.stays():
                return True
        passage = passages[number]
        replies: list[Line] = []
        if sender == "client":
            made = list(passage.from_client(line, replies.append))
        elif sender == "server":
            made = list(passage.from_server(line))
        else:
            made = list(passage.behaviour.idle())
            if made:
                return True
            continue
        if replies or len(made) != 1 or made[0] != line:
            return True
    return False
