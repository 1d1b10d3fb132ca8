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
        kind: A key of ``HOW_TO_FIX``.
    """

    what: str
    name: str
    why: str
    kind: str = "changed"


_FORMS = '@pytest.mark.codex(allow=[...]) or codex_boundary.allow("...")'
HOW_TO_FIX: dict[str, tuple[tuple[str, str], ...]] = {
    "changed": (("it is meant", _FORMS),),
    "denied": (("it is meant", "take it out of deny, which wins over allow"),),
    "outside": (("it is meant outside", 'codex_boundary.allow("../x", "../../x" or "~/x")'),),
    "link": (("it may lead out", "codex_boundary.allow(links_out=True)"),),
    "git": (("git's files are meant", 'codex_boundary.allow(".git/config" or ".git/hooks/**")'),),
    "unreadable": (("git cannot read it", "the agent must not damage the repository"),),
    "accepted": (
        ("decide in your code", "CodexClient(config, approval_handler=...)"),
        ("let nobody be asked", "approval_mode=ApprovalMode.deny_all, or the reviewer"),
        ("it is meant", '@pytest.mark.codex(approvals="any")'),
    ),
    "unanswered": (
        ("answer in your code", "CodexClient(config, approval_handler=...)"),
        ("it is meant", '@pytest.mark.codex(approvals="any")'),
    ),
    "forbidden": (
        ("let nobody be asked", "approval_mode=ApprovalMode.deny_all, or the reviewer"),
        ("it is meant", 'leave out approvals="forbid"'),
    ),
    "undeclared": (("it is meant", 'codex_boundary.expect_approval("..."), once for each'),),
    "not asked": (("it need not be asked", "leave out codex_boundary.expect_approval(...)"),),
    "wider": (
        ("ask for less", "sandbox=Sandbox.read_only, or the user's configuration"),
        ("it is meant", '@pytest.mark.codex(sandbox="danger-full-access")'),
    ),
    "network": (
        ("ask for less", "network_access=false in the configuration, or in the turn's policy"),
        ("it is meant", '@pytest.mark.codex(sandbox="workspace-write+network")'),
    ),
    "given": (
        ("the server gave more", "look at its configuration: the client did not ask for this"),
        ("the client changed", "--codex-record-mode=rewrite"),
    ),
}
"""What can be done about a kind of breach: what one wants, and how."""


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
            yield Breach(change, name, why, _kind(why))
        file = files.get(name)
        if file is not None and file.mode == LINK and not rules.links_out:
            target = os.path.realpath(os.path.join(top, name))
            if target != top and not target.startswith(top + os.sep):
                why = f"a symlink that leads out, to {_told(file.data)}"
                yield Breach(change, name, why, "link")


def of_git(rules: Rules, changes: Mapping[str, str]) -> Iterator[Breach]:
    """
    Hooks and settings: what git would run, or obey, from now on.
    """
    allowed = [glob for glob in rules.allow or () if glob.startswith(".git/")]
    for name, change in changes.items():
        obeyed = name in SETTINGS or name.startswith(("hooks/", "info/"))
        if obeyed and not matches(f".git/{name}", allowed):
            why = "hooks and settings of git are not for the agent"
            yield Breach(change, f".git/{name}", why, "git")


def of_commits(rules: Rules, commits: Iterable[Commit]) -> Iterator[Breach]:
    """
    Files that were committed and may not change, even if they look untouched now.
    """
    for commit in commits:
        for name in commit.files:
            why = rules.against(name)
            if why is not None:
                made = f"{why}; {commit.name[:10]} by {commit.author}"
                yield Breach("committed", name, made, _kind(why))


def _kind(why: str) -> str:
    return "denied" if why.startswith("denied") else "changed"


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
