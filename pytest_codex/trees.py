"""
The files below a directory as a mapping, and a mapping put back on disk.

What did not change since it was last read is not read again: ten thousand files cost about
as much as asking the system for the state of each.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from typing import TYPE_CHECKING, NamedTuple

from pytest_codex.watch import TICK_NS, signature_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Literal

    Change = Literal["added", "modified", "deleted"]

EXECUTABLE, PLAIN, LINK = "100755", "100644", "120000"
UNREADABLE = "100000"
"""Of a file that even its owner may not read: its content is not known."""

MODES = {EXECUTABLE: "executable", PLAIN: "file", LINK: "symlink", UNREADABLE: "unreadable"}
"""The kinds of file in words."""


class File(NamedTuple):
    """
    One file or symlink.

    Attributes:
        mode: One of ``MODES``, as git writes it.
        data: The content; of a symlink, its target.
    """

    mode: str
    data: bytes


Tree = dict[str, File]
"""Files by path, ``/`` between the parts on every system."""


class TreeReader:
    """
    Reads one directory again and again.

    Args:
        path: The directory; symlinks below it are files, never followed.
        ignored: Names of files and directories to pass by.
        at_top: Whether they are passed by only directly below the directory, not at any depth.
    """

    def __init__(
        self, path: str | os.PathLike[str], ignored: frozenset[str], *, at_top: bool = False
    ) -> None:
        self._top = os.fspath(path)
        self._ignored = ignored
        self._at_top = at_top
        self._known: dict[str, tuple[tuple[int, ...], bool, File]] = {}

    def read(self) -> Tree:
        """
        All files there are now; a file that did not change is the same object as before.
        """
        now = time.time_ns()
        before, self._known = self._known, {}
        tree: Tree = {}
        for name, path, found in self._walk():
            signature = signature_of(found)
            known = before.get(name)
            if known is None or known[1] or known[0] != signature:
                try:
                    file = _read(path, found.st_mode)
                except FileNotFoundError:
                    continue  # gone since its directory was listed
                if known is not None and known[2] == file:
                    file = known[2]
                known = (signature, found.st_ctime_ns > now - TICK_NS, file)
            self._known[name] = known
            tree[name] = known[2]
        return tree

    def _walk(self) -> Iterator[tuple[str, str, os.stat_result]]:
        pending = [("", self._top)]
        while pending:
            prefix, directory = pending.pop()
            try:
                entries = os.scandir(directory)
            except OSError:
                continue  # gone meanwhile, or closed to everybody
            ignored = frozenset() if prefix and self._at_top else self._ignored
            with entries:
                for entry in entries:
                    if entry.name in ignored:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        pending.append((f"{prefix}{entry.name}/", entry.path))
                        continue
                    try:
                        found = entry.stat(follow_symlinks=False)
                    except OSError:
                        continue
                    # Sockets and pipes hold nothing that could be compared.
                    if stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode):
                        yield prefix + entry.name, entry.path, found


def read_file(path: str) -> File | None:
    """
    One file as a tree has it, None when there is none.
    """
    try:
        mode = os.lstat(path).st_mode
        return _read(path, mode) if stat.S_ISREG(mode) or stat.S_ISLNK(mode) else None
    except (FileNotFoundError, NotADirectoryError):
        return None


def _read(path: str, mode: int) -> File:
    if stat.S_ISLNK(mode):
        return File(LINK, os.fsencode(os.readlink(path)))
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise
    except OSError:
        return File(UNREADABLE, b"")
    return File(EXECUTABLE if mode & stat.S_IXUSR else PLAIN, data)


def compare(before: Tree, after: Tree) -> dict[str, Change]:
    """
    What differs, by path in order.
    """
    found: dict[str, Change] = {}
    for name, file in after.items():
        known = before.get(name)
        if known is None:
            found[name] = "added"
        elif known is not file and known != file:
            found[name] = "modified"
    found.update((name, "deleted") for name in before.keys() - after.keys())
    return dict(sorted(found.items()))


def put(top: str, wanted: Mapping[str, File | None]) -> None:
    """
    Write files and delete those that are None; symlinks on the way are replaced, not followed.

    Args:
        top: The directory the names are relative to.
        wanted: What is to be there, by name.
    """
    for name in sorted((name for name, file in wanted.items() if file is None), reverse=True):
        _remove(top, name)
    for name, file in sorted(wanted.items()):
        if file is not None:
            _put(_cleared(top, name), file)


def _remove(top: str, name: str) -> None:
    path = os.path.join(top, *name.split("/"))
    if not _has_link_on_the_way(top, name):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(path)
    folder = os.path.dirname(name)
    while folder and not _has_link_on_the_way(top, folder + "/x"):
        try:
            os.rmdir(os.path.join(top, folder))
        except OSError:
            return  # something else is in it
        folder = os.path.dirname(folder)


def _has_link_on_the_way(top: str, name: str) -> bool:
    parts = name.split("/")[:-1]
    return any(
        os.path.islink(os.path.join(top, *parts[: depth + 1])) for depth in range(len(parts))
    )


def _cleared(top: str, name: str) -> str:
    """
    The path of a name, whatever stands in its way removed.
    """
    import shutil

    path = top
    *folders, last = name.split("/")
    for folder in folders:
        path = os.path.join(path, folder)
        if os.path.islink(path) or (os.path.lexists(path) and not os.path.isdir(path)):
            os.unlink(path)
        os.makedirs(path, exist_ok=True)
    path = os.path.join(path, last)
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
    return path


def _put(path: str, file: File) -> None:
    if file.mode == LINK:
        os.symlink(os.fsdecode(file.data), path)
        return
    with open(path, "wb") as out:
        out.write(file.data)
    os.chmod(path, _permissions(file.mode))


def _permissions(mode: str) -> int:
    mask = os.umask(0)
    os.umask(mask)
    return {EXECUTABLE: 0o777, UNREADABLE: 0}.get(mode, 0o666) & ~mask
