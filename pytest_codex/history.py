"""
Find out what was committed in a repository, as an effect that a replay can apply.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_codex import commits
from pytest_codex.errors import HarnessError
from pytest_codex.repository import git
from pytest_codex.trees import EXECUTABLE, LINK, PLAIN, TreeReader
from pytest_codex.watch import content_of

if TYPE_CHECKING:
    import os

    from pytest_codex.commits import Commit
    from pytest_codex.trees import Tree

NO_STATE = frozenset(("objects", "logs", "lfs", "modules", "worktrees", "codex-marks"))
"""Directly in ``.git``: what only grows, what is ours, and what is another repository."""

_HEADS = frozenset((*NO_STATE, "hooks", "info", "index", "identity"))


class HistoryWatcher:
    """
    Reports what was committed since it was last asked; git is run only when a branch moved.

    Args:
        path: A directory that may be a repository's.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._reader = TreeReader(self._path / ".git", _HEADS, at_top=True)
        self._numbers: dict[str, int] = {}
        self._state: Tree = {}
        self.absorb()

    def absorb(self) -> None:
        """
        Take the present branches as the baseline and report nothing.
        """
        self._state = self._reader.read()

    def changes(self) -> dict[str, Any] | None:
        """
        What was committed since the last call, as a part of a ``workspace`` event's body.

        Returns:
            ``commits``, ``refs`` and ``head``, each only if it has something in it. A commit
            is told by its number, else by a name it had before, else by its own name.
        """
        before, after = self._state, self._reader.read()
        self._state = after
        old, new = commits.tips(before), commits.tips(after)
        moved = {ref: new.get(ref) for ref in {*old, *new} if old.get(ref) != new.get(ref)}
        head = commits.head(after)
        switched = head != commits.head(before) and head.startswith("refs/heads/")
        if not (moved or switched):
            return None
        with suppress(HarnessError):  # a repository git cannot read holds nothing to tell
            made = self._told(commits.between(self._path, old.values(), new.values()), before)
            refs = {ref: self._name(to, before) for ref, to in moved.items() if ref != "HEAD"}
            found = {"commits": made, "refs": refs, "head": head if switched else None}
            return {field: value for field, value in found.items() if value} or None
        return None

    def _name(self, commit: str | None, before: Tree) -> int | str | None:
        if commit is None:
            return None
        for ref, tip in sorted(commits.tips(before).items()):
            if tip == commit:
                return ref
        return self._numbers.get(commit, commit)

    def _told(self, made: list[Commit], before: Tree) -> list[dict[str, Any]]:
        found = []
        for commit in made:
            number = self._numbers.setdefault(commit.name, len(self._numbers) + 1)
            raw = git(["cat-file", "commit", commit.name], cwd=self._path)
            head, _, message = raw.decode("utf-8", "replace").partition("\n\n")
            people = dict(
                line.split(" ", 1)
                for line in head.splitlines()
                if line.startswith(("author ", "committer "))
            )
            told: dict[str, Any] = {
                "id": number,
                "parents": [self._name(parent, before) for parent in commit.parents],
                "author": _person(people["author"]),
                "committer": _person(people["committer"]),
                "message": message,
                "write": self._files(commit),
                "delete": sorted(name for name, how in commit.files.items() if how == "deleted"),
            }
            found.append({key: value for key, value in told.items() if value or key == "parents"})
        return found

    def _files(self, commit: Commit) -> dict[str, Any]:
        names = [name for name, change in commit.files.items() if change != "deleted"]
        if not names:
            return {}
        words = ["--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit.name, "--"]
        listed = git([*words, *names], cwd=self._path).decode("utf-8", "replace")
        found: dict[str, Any] = {}
        for entry in filter(None, listed.split("\0")):
            facts, _, name = entry.partition("\t")
            mode, _, blob = facts.split(" ")
            if mode not in (EXECUTABLE, PLAIN, LINK):
                continue  # a repository within
            data = git(["cat-file", "blob", blob], cwd=self._path)
            if mode == LINK:
                found[name] = {"symlink": data.decode("utf-8", "replace")}
            else:
                executable = {"mode": "755"} if mode == EXECUTABLE else {}
                found[name] = {**content_of(data), **executable}
        return found


def _person(line: str) -> dict[str, str]:
    name, _, rest = line.partition(" <")
    email, _, date = rest.partition("> ")
    return {"name": name, "email": email, "date": date}
