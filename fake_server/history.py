"""
Make the commits that a recording says were made, in a repository that is there already.

Only this needs git, and only when there is a commit to make. No hook is run and no
setting of the user's counts; names are checked before git sees them.
"""

from __future__ import annotations

import os
import re

from fake_server.errors import BoundaryError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Data = Callable[[str, dict[str, Any]], bytes]

MARKS = "codex-marks"
"""In ``.git``: which commit has which number of the recording."""

_SCRATCH = "refs/codex"
_BRANCH = re.compile(r"refs/heads/(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)))\w[\w./+@-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_DATE = re.compile(r"\d{1,12} [+-]\d{4}")
_DEADLINE = 60


def commit(history: Mapping[str, Any], root: str, data: Data) -> None:
    """
    Add commits, and move branches and HEAD.

    Args:
        history: Of an effect: ``commits``, ``refs`` and ``head``; names of files are checked.
        root: The directory; it holds a repository of its own.
        data: Gives the content of one recorded file.

    Raises:
        BoundaryError: The effect is damaged, or there is no such repository.
    """
    place = os.path.join(root, ".git")
    if os.path.islink(place) or not os.path.isdir(place):
        raise BoundaryError(f"the recording commits in {root}, which is no git repository")
    try:
        stream = b"".join(_stream(history, data))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BoundaryError(f"an effect is damaged: its commits: {error!r}") from error
    head = history.get("head")
    marks = os.path.join(place, MARKS)
    _git(
        [
            *("fast-import", "--quiet", "--force", "--done"),
            *(f"--import-marks-if-exists={marks}", f"--export-marks={marks}"),
        ],
        place,
        stream,
    )
    scratch = os.path.join(place, *_SCRATCH.split("/"))
    if os.path.isdir(scratch):
        import shutil

        shutil.rmtree(scratch)
    if isinstance(head, str) and _BRANCH.fullmatch(head):
        _git(["symbolic-ref", "HEAD", head], place)
    elif head is not None:
        raise BoundaryError(f"an effect is damaged: its head is {head!r}, not a branch")
    # What was committed is what the index holds; files on disk are written by the effect.
    _git(["read-tree", "HEAD"], place)


def files_of(history: Mapping[str, Any]) -> list[str]:
    """
    Every path in every commit, for the check of names.
    """
    commits = history.get("commits", [])
    if not isinstance(commits, list) or not all(isinstance(one, dict) for one in commits):
        raise BoundaryError("an effect is damaged: its commits are no list of objects")
    return [name for one in commits for name in (*one.get("write", ()), *one.get("delete", ()))]


def _stream(history: Mapping[str, Any], data: Data) -> list[bytes]:
    parts: list[bytes] = []
    # A name that stands for a commit means the one it had before anything is moved.
    before: dict[str, str] = {}
    for value in history.get("refs", {}).values():
        if isinstance(value, str) and not _COMMIT.fullmatch(value):
            before[value] = f"{_SCRATCH}/before/{len(before)}"
            parts.append(f"reset {before[value]}\nfrom {_commit(value)}\n\n".encode())
    for one in history.get("commits", ()):
        parents = [_commit(parent) for parent in one["parents"]]
        if not parents:
            parts.append(f"reset {_SCRATCH}/replay\n".encode())
        message = one["message"].encode()
        parts.append(f"commit {_SCRATCH}/replay\nmark :{int(one['id'])}\n".encode())
        parts.append(_person("author", one["author"]) + _person("committer", one["committer"]))
        parts.append(b"data %d\n%b\n" % (len(message), message))
        for word, parent in zip(("from", *["merge"] * len(parents)), parents, strict=False):
            parts.append(f"{word} {parent}\n".encode())
        for name in one.get("delete", ()):
            parts.append(f"D {_quoted(name)}\n".encode())
        for name, content in sorted(one.get("write", {}).items()):
            target = content.get("symlink")
            mode = "120000" if target is not None else "100" + content.get("mode", "644")
            if mode not in ("120000", "100644", "100755"):
                raise ValueError(f"mode {mode}")
            body = target.encode() if target is not None else data(name, content)
            parts.append(f"M {mode} inline {_quoted(name)}\ndata {len(body)}\n".encode())
            parts += [body, b"\n"]
        parts.append(b"\n")
    for ref, value in sorted(history.get("refs", {}).items()):
        if not _BRANCH.fullmatch(ref):
            raise ValueError(f"{ref!r} is no branch")
        parts.append(f"reset {ref}\nfrom {before.get(value) or _commit(value)}\n\n".encode())
    return [*parts, b"done\n"]


def _commit(value: Any) -> str:
    if type(value) is int:
        return f":{value}"
    if value is None:
        return "0" * 40
    if value == "HEAD" or _BRANCH.fullmatch(value):
        return f"{value}^0"
    if _COMMIT.fullmatch(value):
        return str(value)
    raise ValueError(f"{value!r} is no commit")


def _person(role: str, person: Mapping[str, str]) -> bytes:
    name, email, date = person["name"], person["email"], person["date"]
    if re.search(r"[<>\n\0]", name + email) or not _DATE.fullmatch(date):
        raise ValueError(f"{role} {person!r}")
    return f"{role} {name} <{email}> {date}\n".encode()


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _git(arguments: Sequence[str], place: str, data: bytes = b"") -> None:
    import subprocess

    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    quiet = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "HOME": os.devnull}
    try:
        done = subprocess.run(
            ["git", "-c", f"core.hooksPath={os.devnull}", f"--git-dir={place}", *arguments],
            env={**kept, **quiet, "LC_ALL": "C"},
            input=data,
            capture_output=True,
            check=False,
            timeout=_DEADLINE,
        )
    except FileNotFoundError:
        raise BoundaryError("the recording has commits, and there is no git on PATH") from None
    except subprocess.TimeoutExpired:
        raise BoundaryError(f"git {arguments[0]} did not end within {_DEADLINE} s") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise BoundaryError(
            f"a recorded commit cannot be made in {place}: git {arguments[0]}: {said}; "
            "the repository differs from the one that was recorded"
        )
