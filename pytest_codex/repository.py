"""
A git repository that is the same on every machine, and diffs that need none.

A new repository is written by hand, which takes a millisecond and no git: a test that only
replays starts no process. Commits and diffs are git's own.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_codex.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Tree = Mapping[str, tuple[str, bytes]]
    """File mode (``100644``, ``100755``, ``120000``) and content, by path."""

NAME = "Test User"
EMAIL = "user@example.com"
"""Its mask is itself: what git says of the author needs no redaction."""

_EPOCH = 1704067200
_FIRST_MESSAGE = "Begin"
_CONFIG = f"""\
[core]
\trepositoryformatversion = 0
\tbare = false
\tlogallrefupdates = true
\tautocrlf = false
[user]
\tname = {NAME}
\temail = {EMAIL}
[commit]
\tgpgsign = false
[gc]
\tauto = 0
"""
_BARE_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"


def create(path: Path) -> None:
    """
    Make a directory a repository with one empty commit on ``main``, unless it is one.
    """
    git = path / ".git"
    if git.exists():
        return
    _write_skeleton(git, _CONFIG)
    tree = _write_object(git, "tree", b"")
    person = f"{NAME} <{EMAIL}> {_EPOCH} +0000"
    commit = f"tree {tree}\nauthor {person}\ncommitter {person}\n\n{_FIRST_MESSAGE}\n"
    first = _write_object(git, "commit", commit.encode())
    (git / "refs/heads/main").write_bytes(f"{first}\n".encode())


def commit(path: Path, message: str) -> str:
    """
    Commit all there is, with a fixed author and date.

    Returns:
        The name of the commit: the same for the same files, messages and history.
    """
    _git(["add", "--all"], cwd=path)
    _git(["commit", "--quiet", "--allow-empty", "--no-verify", "-m", message], cwd=path)
    try:
        # A process more would cost as much as a whole replay.
        log = (path / ".git/logs/HEAD").read_text(encoding="utf-8")
    except OSError:
        # A repository of the user's that keeps no log there.
        return _git(["rev-parse", "HEAD"], cwd=path).decode().strip()
    return log.rstrip("\n").rsplit("\n", 1)[-1].split()[1]


def diff(before: Tree, after: Tree) -> str:
    """
    What git prints for the difference of two trees.

    Args:
        before: Files as they were; only those that differ need to be there.
        after: Files as they are.
    """
    with tempfile.TemporaryDirectory(prefix="codex-diff-") as directory:
        git = Path(directory)
        _write_skeleton(git, _BARE_CONFIG)
        _git(["fast-import", "--quiet"], cwd=git, data=_stream(before, after))
        output = _git(
            ["diff", "--no-ext-diff", "--no-color", "--find-renames", "before", "after"], cwd=git
        )
    return output.decode("utf-8", "replace")


def _write_skeleton(git: Path, config: str) -> None:
    (git / "objects").mkdir(parents=True)
    (git / "refs/heads").mkdir(parents=True)
    (git / "HEAD").write_bytes(b"ref: refs/heads/main\n")
    (git / "config").write_bytes(config.encode())


def _write_object(git: Path, kind: str, data: bytes) -> str:
    whole = f"{kind} {len(data)}\0".encode() + data
    name = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
    place = git / "objects" / name[:2]
    place.mkdir(exist_ok=True)
    (place / name[2:]).write_bytes(zlib.compress(whole))
    return name


def _stream(before: Tree, after: Tree) -> bytes:
    parts = []
    for branch, tree in (("before", before), ("after", after)):
        parts.append(f"commit refs/heads/{branch}\ncommitter x <x> 0 +0000\ndata 0\n".encode())
        for name, (mode, data) in sorted(tree.items()):
            quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            parts.append(f'M {mode} inline "{quoted}"\ndata {len(data)}\n'.encode())
            parts += [data, b"\n"]
    return b"".join(parts)


def _git(arguments: Sequence[str], *, cwd: Path, data: bytes = b"") -> bytes:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd,
            env=_environment(),
            input=data,
            capture_output=True,
            check=False,
            timeout=60,
        )
    except FileNotFoundError:
        raise HarnessError(
            f"git {arguments[0]} could not be run: there is no git on PATH; commits and diffs "
            "of the workspace need it"
        ) from None
    if done.returncode:
        error = done.stderr.decode("utf-8", "replace").strip()
        raise HarnessError(f"git {arguments[0]} failed in {cwd}: {error}")
    return done.stdout


def _environment() -> dict[str, str]:
    # Neither the user's settings nor, inside a git hook, the user's repository.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    roles = {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", NAME), ("EMAIL", EMAIL), ("DATE", f"{_EPOCH} +0000"))
    }
    return {
        **kept,
        **roles,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
