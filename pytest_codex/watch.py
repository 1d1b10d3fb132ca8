"""
Find out what changed below a directory, as an effect that a replay can apply.

A walk compares the state of every entry with the one it had, and only what changed is read:
ten thousand files cost a few hundredths of a second.
"""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

IGNORED = frozenset((".git", "__pycache__"))
"""Nobody looks into these: git's own files, and bytecode, which holds the times of files."""

MOUNT_POINTS = frozenset((".agents", ".codex", ".aws"))
"""Empty ones at the top are the sandbox's, made for as long as a command runs."""

TAPE_SUFFIX = ".codex.jsonl.tape"
"""Of our own tapes: whoever records in their own project would record the recording."""

_EXECUTABLE_MODE = "755"
# The clock of a file system ticks every few milliseconds. A change within the tick of the
# look before it leaves no trace in the times, so files that young are compared by content.
TICK_NS = 50_000_000


class _Entry:
    """
    What is known of one file, symlink or directory.
    """

    __slots__ = ("digest", "kind", "signature", "young")

    def __init__(self, found: os.stat_result, now: int) -> None:
        self.kind = stat.S_IFMT(found.st_mode)
        self.signature = signature_of(found)
        self.young = found.st_ctime_ns > now - TICK_NS
        self.digest: bytes | None = None
        """Of the content and the executable bit, if they were ever read."""

    def is_directory(self) -> bool:
        return self.kind == stat.S_IFDIR


_Entries = dict[str, _Entry]


class DirectoryWatcher:
    """
    Reports what changed below a directory since it was last asked.

    Args:
        path: The directory; its present state is the first baseline. It need not exist yet.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._entries: _Entries = {}
        self.absorb()

    def absorb(self) -> None:
        """
        Take the present state as the baseline and report nothing.
        """
        self._entries, _ = self._look(report=False)

    def changes(self) -> dict[str, Any] | None:
        """
        What changed since the last call, as the body of a ``workspace`` event.

        Returns:
            ``write``, ``delete`` and ``mkdir``, each only if it has something in it; None if
            nothing changed. A directory is deleted with all it holds, and ``mkdir`` names
            only directories that no written file implies.
        """
        before = self._entries
        after, written = self._look(report=True)
        self._entries = after
        effect = {
            "write": written,
            "delete": _deleted(before, after),
            "mkdir": _made(before, after, written),
        }
        return {field: found for field, found in effect.items() if found} or None

    def _look(self, *, report: bool) -> tuple[_Entries, dict[str, Any]]:
        now = time.time_ns()
        before, after = self._entries, _Entries()
        written: dict[str, Any] = {}
        for name, found in _walk(self.path):
            known = before.get(name)
            if known is not None and not known.young and known.signature == signature_of(found):
                after[name] = known
                continue
            entry = after[name] = _Entry(found, now)
            if entry.is_directory():
                continue
            if not (report or entry.young):
                continue
            try:
                content = _read(os.path.join(self.path, name), entry, now)
            except FileNotFoundError:
                del after[name]
                continue
            except OSError:
                # Not ours to read; the agent's sandbox could not either.
                continue
            same = known is not None and known.kind == entry.kind and known.digest == entry.digest
            if not same:
                written[name] = content
        return after, dict(sorted(written.items()))


def _walk(top: str) -> Iterator[tuple[str, os.stat_result]]:
    """
    Every file, symlink and directory below a directory, whatever vanishes meanwhile.
    """
    pending = [""]
    while pending:
        prefix = pending.pop()
        try:
            entries = list(os.scandir(os.path.join(top, prefix)))
        except OSError:
            continue
        for entry in entries:
            if entry.name in IGNORED or not _is_text(entry.name):
                continue
            if entry.name.endswith(TAPE_SUFFIX):
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISDIR(found.st_mode):
                if not prefix and entry.name in MOUNT_POINTS and _is_empty(entry.path):
                    continue
                pending.append(f"{prefix}{entry.name}/")
            elif not (stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)):
                # Sockets and pipes hold nothing that a replay could write.
                continue
            yield prefix + entry.name, found


def _is_empty(path: str) -> bool:
    try:
        with os.scandir(path) as entries:
            return next(entries, None) is None
    except OSError:
        return False


def signature_of(found: os.stat_result) -> tuple[int, int, int, int, int]:
    """
    What changes when a file does, its times and its mode included.
    """
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode


def _is_text(name: str) -> bool:
    # A name that is no UTF-8 cannot be written in a cassette.
    return name.isascii() or not any("\ud800" <= char <= "\udfff" for char in name)


def _read(path: str, entry: _Entry, now: int) -> dict[str, str]:
    if entry.kind == stat.S_IFLNK:
        target = os.readlink(path)
        entry.digest = hashlib.sha256(os.fsencode(target)).digest()
        return {"symlink": target}
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    with open(descriptor, "rb") as file:
        # As it is before reading: what is written later shows in the next look.
        opened = _Entry(os.fstat(descriptor), now)
        data = file.read()
    entry.signature, entry.young = opened.signature, opened.young
    executable = bool(entry.signature[-1] & stat.S_IXUSR)
    entry.digest = hashlib.sha256(data + bytes([executable])).digest()
    content = content_of(data)
    if executable:
        content["mode"] = _EXECUTABLE_MODE
    return content


def content_of(data: bytes) -> dict[str, str]:
    """
    A file's content as a cassette has it: text where it is text.
    """
    try:
        if b"\0" not in data:
            return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        pass
    return {"base64": base64.b64encode(data).decode("ascii")}


def _deleted(before: _Entries, after: _Entries) -> list[str]:
    gone: set[str] = set()
    topmost = []
    for name in sorted(before):
        now = after.get(name)
        if now is not None and now.is_directory() == before[name].is_directory():
            continue
        gone.add(name)
        if os.path.dirname(name) not in gone:
            topmost.append(name)
    return topmost


def _made(before: _Entries, after: _Entries, written: dict[str, Any]) -> list[str]:
    new = [
        name
        for name, entry in after.items()
        if entry.is_directory() and not (name in before and before[name].is_directory())
    ]
    implied: set[str] = set()
    for name in (*new, *written):
        parent = os.path.dirname(name)
        while parent and parent not in implied:
            implied.add(parent)
            parent = os.path.dirname(parent)
    return sorted(name for name in new if name not in implied)
