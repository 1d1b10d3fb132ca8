"""
What was committed in a repository: read with git, but only when a branch moved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_codex.repository import git
from pytest_codex.trees import LINK

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_codex.trees import Change, Tree

_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_WORDS: dict[str, Change] = {"A": "added", "D": "deleted"}
_FORMAT = "%x01%H%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x00"


@dataclass(frozen=True, slots=True)
class Person:
    """
    Who made a commit, as git knows them.
    """

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Commit:
    """
    One commit.

    Attributes:
        name: Its full object name.
        parents: The names of its parents.
        author: Who wrote the change.
        committer: Who committed it.
        date: When it was written, ISO 8601.
        message: The whole message, without the last line's end.
        files: What it changed against its first parent, by path.
    """

    name: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    date: str
    message: str
    files: dict[str, Change]

    @property
    def subject(self) -> str:
        """
        The first line of the message.
        """
        return self.message.split("\n", 1)[0]


def tips(state: Tree) -> dict[str, str]:
    """
    The commit of each branch, and of HEAD when it is on none, without asking git.

    Args:
        state: The files of ``.git``, as ``TreeReader`` reads them.
    """
    found: dict[str, str] = {}
    packed = state.get("packed-refs")
    for line in packed.data.decode("utf-8", "replace").splitlines() if packed else ():
        name, _, ref = line.partition(" ")
        if ref.startswith("refs/heads/") and _NAME.fullmatch(name):
            found[ref] = name
    for ref, file in state.items():
        if ref.startswith("refs/heads/") and file.mode != LINK:
            name = file.data.decode("ascii", "replace").strip()
            if _NAME.fullmatch(name):
                found[ref] = name
    head = state.get("HEAD")
    name = head.data.decode("utf-8", "replace").strip() if head else ""
    if _NAME.fullmatch(name):
        found["HEAD"] = name
    return found


def head(state: Tree) -> str:
    """
    What HEAD names: a branch in full, or a commit; empty when it cannot be read.
    """
    file = state.get("HEAD")
    text = file.data.decode("utf-8", "replace").strip() if file else ""
    return text.removeprefix("ref: ").strip()


def between(path: Path, old: Iterable[str], new: Iterable[str]) -> list[Commit]:
    """
    The commits that lead to the new ones and not to the old ones, parents first.

    Raises:
        HarnessError: git failed, or there is none.
    """
    known = sorted(set(old))
    wanted = sorted(set(new) - set(known))
    if not wanted:
        return []
    exclude = [f"^{name}" for name in known]
    how = "--reverse --topo-order --root --no-renames --diff-merges=first-parent --name-status -z"
    output = git(["log", *how.split(), f"--format={_FORMAT}", *wanted, *exclude, "--"], cwd=path)
    return [_commit(part) for part in output.decode("utf-8", "replace").split("\x01")[1:]]


def _commit(text: str) -> Commit:
    name, parents, *people, message, rest = text.split("\0", 9)
    words = iter(word for word in rest.lstrip("\n").split("\0") if word.strip("\n"))
    files: dict[str, Change] = {}
    for letter in words:
        files[next(words)] = _WORDS.get(letter.strip("\n")[:1], "modified")
    author, author_email, date, committer, committer_email, _ = people
    return Commit(
        name=name,
        parents=tuple(parents.split()),
        author=Person(author, author_email),
        committer=Person(committer, committer_email),
        date=date,
        message=message.rstrip("\n"),
        files=files,
    )
