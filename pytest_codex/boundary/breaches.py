"""
What happened that the boundary does not allow.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_codex.globs import matches
from pytest_codex.trees import LINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_codex.commits import Commit
    from pytest_codex.trees import Tree
    from pytest_codex.workspace import Workspace


SETTINGS = ("config", "config.worktree", "identity")
"""Files in ``.git`` that git obeys; the last is ours, and the first includes it."""


@dataclass(frozen=True, slots=True)
class Breach:
    """
    One thing that should not have happened.

    Attributes:
        what: In one word: ``added``, ``modified``, ``deleted``, ``committed``, ``accepted``, ...
        name: The path, or the command that was asked about.
        why: What it breaks.
    """

    what: str
    name: str
    why: str


@dataclass(slots=True)
class Rules:
    """
    Which files may change.

    Attributes:
        allow: Patterns of what may; None when everything may.
        deny: Patterns of what may not, even if it is allowed.
        links_out: Whether a symlink may lead out of the workspace.
    """

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()
    links_out: bool = False

    def __bool__(self) -> bool:
        return self.allow is not None or bool(self.deny)

    def against(self, name: str) -> str | None:
        """
        Why a path may not change, None when it may.
        """
        for glob in self.deny:
            if matches(name, [glob]):
                return f"denied by {glob}"
        if self.allow is None or matches(name, self.allow):
            return None
        return f"not allowed by {', '.join(self.allow) or 'anything'}"

    def against_outside(self, name: str) -> str | None:
        """
        The same for a path like ``../x`` or ``~/x``, which only a pattern like it allows.
        """
        wanted = [glob for glob in self.allow or () if glob.startswith(name[: name.index("/") + 1])]
        return None if matches(name, wanted) else "outside of the workspace"

    def __str__(self) -> str:
        allow = "everything" if self.allow is None else ", ".join(self.allow) or "nothing"
        return f"allow {allow}; deny {', '.join(self.deny) or 'nothing'}"


def of_files(
    rules: Rules, changes: Mapping[str, str], files: Tree, workspace: Workspace
) -> Iterator[Breach]:
    """
    Files that changed and may not, and new symlinks that lead out.
    """
    top = os.fspath(workspace.path)
    for name, change in changes.items():
        why = rules.against(name)
        if why is not None:
            yield Breach(change, name, why)
        file = files.get(name)
        if file is not None and file.mode == LINK and not rules.links_out:
            target = os.path.realpath(os.path.join(top, name))
            if target != top and not target.startswith(top + os.sep):
                yield Breach(change, name, f"a symlink that leads out, to {_told(file.data)}")


def of_git(changes: Mapping[str, str]) -> Iterator[Breach]:
    """
    Hooks and settings: what git would run, or obey, from now on.
    """
    for name, change in changes.items():
        if name in SETTINGS or name.startswith(("hooks/", "info/")):
            yield Breach(change, f".git/{name}", "hooks and settings of git are not for the agent")


def of_commits(rules: Rules, commits: Iterable[Commit]) -> Iterator[Breach]:
    """
    Files that were committed and may not change, even if they look untouched now.
    """
    for commit in commits:
        for name in commit.files:
            why = rules.against(name)
            if why is not None:
                made = f"{why}; {commit.name[:10]} by {commit.author}"
                yield Breach("committed", name, made)


def table(breaches: Iterable[Breach]) -> str:
    """
    The breaches under each other, in columns.
    """
    return columns([(breach.what, breach.name, breach.why) for breach in breaches])


def columns(rows: Iterable[tuple[str, ...]], indent: str = "  ") -> str:
    """
    Rows of words in columns as wide as they need to be.
    """
    listed = [tuple(_one_line(cell) for cell in row) for row in rows]
    if not listed:
        return ""
    widths = [max(len(row[place]) for row in listed) for place in range(len(listed[0]))]
    return "\n".join(
        (
            indent + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        ).rstrip()
        for row in listed
    )


def _one_line(cell: str, most: int = 72) -> str:
    cell = " ".join(cell.split())
    return cell if len(cell) <= most else cell[: most - 1] + "…"


def _told(target: bytes) -> str:
    return os.fsdecode(target)
