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
from pytest_codex.trees import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Tree = Mapping[str, tuple[str, bytes]]
    """File mode (``100644``, ``100755``, ``120000``) and content, by path."""

NAME = "Test User"
EMAIL = "user@example.com"
"""Its mask is itself: what git says of the author needs no redaction."""

_EPOCH = 1704067200
_FIRST_MESSAGE = "Begin"
# Who commits with plain git is who their home says they are: the agent, or the user. Only where
# no home says anything our name is taken, so that a commit never fails for want of one.
_CONFIG = """\
[include]
\tpath = identity
\tpath = ~/.gitconfig
[core]
\trepositoryformatversion = 0
\tbare = false
\tlogallrefupdates = true
\tautocrlf = false
[commit]
\tgpgsign = false
[gc]
\tauto = 0
"""
_IDENTITY = f"[user]\n\tname = {NAME}\n\temail = {EMAIL}\n"
_BARE_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"


def create(path: Path) -> None:
    """
    Make a directory a repository with one empty commit on ``main``, unless it is one.
    """
    place = path / ".git"
    if place.exists():
        return
    _write_skeleton(place, _CONFIG)
    (place / "identity").write_bytes(_IDENTITY.encode())
    tree = _write_object(place, "tree", b"")
    person = f"{NAME} <{EMAIL}> {_EPOCH} +0000"
    commit = f"tree {tree}\nauthor {person}\ncommitter {person}\n\n{_FIRST_MESSAGE}\n"
    first = _write_object(place, "commit", commit.encode())
    (place / "refs/heads/main").write_bytes(f"{first}\n".encode())


def commit(path: Path, message: str) -> str:
    """
    Commit all there is, with a fixed author and date.

    Returns:
        The name of the commit: the same for the same files, messages and history.
    """
    git(["add", "--all"], cwd=path)
    git(["commit", "--quiet", "--allow-empty", "--no-verify", "-m", message], cwd=path)
    try:
        # A process more would cost as much as a whole replay.
        log = (path / ".git/logs/HEAD").read_text(encoding="utf-8")
    except OSError:
        # A repository of the user's that keeps no log there.
        return git(["rev-parse", "HEAD"], cwd=path).decode().strip()
    return log.rstrip("\n").rsplit("\n", 1)[-1].split()[1]


def adopt(path: Path, source: Path) -> None:
    """
    Give a fresh repository the branches and tags of another, and the files of its HEAD.

    The other one is only read. Its settings, hooks, remotes and uncommitted changes stay there.

    Args:
        path: The working directory of the fresh one; its own first commit is dropped.
        source: A working directory or a bare repository on this machine.
    """
    try:
        head = git(["rev-parse", "--verify", "HEAD^{commit}"], cwd=source).decode().strip()
    except HarnessError as error:
        raise HarnessError(f"{source} has no commit to start from: {error}") from None
    branch = git(["rev-parse", "--symbolic-full-name", "HEAD"], cwd=source).decode().strip()
    specs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", "+HEAD:refs/codex/start"]
    git(["checkout", "--quiet", "--detach"], cwd=path)
    git(["update-ref", "-d", "refs/heads/main"], cwd=path)
    git(["fetch", "--quiet", "--no-write-fetch-head", str(source), *specs], cwd=path)
    git(["reset", "--quiet", "--hard", head], cwd=path)
    git(["update-ref", "-d", "refs/codex/start"], cwd=path)
    if branch.startswith("refs/heads/"):
        git(["symbolic-ref", "HEAD", branch], cwd=path)


def diff(before: Tree, after: Tree) -> str:
    """
    What git prints for the difference of two trees.

    Args:
        before: Files as they were; only those that differ need to be there.
        after: Files as they are.
    """
    with tempfile.TemporaryDirectory(prefix="codex-diff-") as directory:
        place = Path(directory)
        _write_skeleton(place, _BARE_CONFIG)
        git(["fast-import", "--quiet"], cwd=place, data=_stream(before, after))
        output = git(
            ["diff", "--no-ext-diff", "--no-color", "--find-renames", "before", "after"], cwd=place
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
            known = "100644" if mode == UNREADABLE else mode
            parts.append(os.fsencode(f'M {known} inline "{quoted}"\ndata {len(data)}\n'))
            parts += [data, b"\n"]
    return b"".join(parts)


def git(arguments: Sequence[str], *, cwd: Path, data: bytes = b"") -> bytes:
    """
    What git prints; no hook is run, and nobody's settings but the repository's count.

    Raises:
        HarnessError: There is no git, or it failed.
    """
    try:
        done = subprocess.run(
            ["git", "-c", f"core.hooksPath={os.devnull}", *arguments],
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
        "HOME": os.devnull,  # the repository's configuration looks there for a name
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
