"""
The directory an agent works in, and what it changed there.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pytest_codex import repository
from pytest_codex.watch import IGNORED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Change = Literal["added", "modified", "deleted"]

_EXECUTABLE, _PLAIN, _LINK = "100755", "100644", "120000"


class Workspace:
    """
    A git repository for one test, with a baseline that later changes are told against.

    The baseline is what the directory held when it was made or last committed. Changes are
    found by looking at the disk: they do not depend on what the agent reports, nor on what
    it does with git.

    Args:
        path: The directory; it is created if need be, and made a repository if it is none.

    Attributes:
        path: The directory, without symlinks on the way.
        reported: Set by the session: gives the paths that the agent's items told of.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        directory = Path(path)
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory.resolve()
        self.reported: Callable[[], Iterable[str | os.PathLike[str]]] | None = None
        repository.create(self.path)
        self._baseline = self._files()

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """
        Write files for the agent to find; the baseline stays, until `commit`.

        Args:
            files: Content by path below the workspace: text, bytes, or None to delete.
        """
        for name, content in files.items():
            path = self._inside(name)
            if content is None:
                path.unlink(missing_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)

    def read(self, name: str) -> str:
        """
        The text of a file, line endings as they are.
        """
        return self._inside(name).read_bytes().decode("utf-8")

    def commit(self, message: str = "Set the stage") -> str:
        """
        Commit all there is, and take it as the new baseline.

        Returns:
            The name of the commit, which is the same on every machine.
        """
        name = repository.commit(self.path, message)
        self._baseline = self._files()
        return name

    def changes(self) -> dict[str, Change]:
        """
        What differs from the baseline, by path: ``added``, ``modified`` or ``deleted``.

        Files that git ignores count too; empty directories, bytecode and ``.git`` do not.
        """
        before, after = self._baseline, self._files()
        found: dict[str, Change] = {}
        for name in sorted({*before, *after}):
            if name not in before:
                found[name] = "added"
            elif name not in after:
                found[name] = "deleted"
            elif before[name] != after[name]:
                found[name] = "modified"
        return found

    def diff(self) -> str:
        """
        The changes as a unified diff in git's format, new files included.
        """
        return self._diff(self.changes())

    def assert_only_changed(self, *globs: str) -> None:
        """
        Fail, with a diff, if anything changed that no pattern allows.

        Args:
            globs: Such as ``src/**``, ``*.md`` (top level only), ``**/*.py`` or ``docs/``.
        """
        __tracebackhide__ = True
        allowed = [re.compile(_expression(glob)) for glob in globs]
        offenders = {
            name: change
            for name, change in self.changes().items()
            if not any(pattern.fullmatch(name) for pattern in allowed)
        }
        if offenders:
            listed = "\n".join(f"  {change:<9} {name}" for name, change in offenders.items())
            wanted = ", ".join(globs) or "nothing"
            raise AssertionError(
                f"{len(offenders)} changed that should not have; allowed: {wanted}\n"
                f"{listed}\n\n{self._diff(offenders)}"
            )

    def unreported_changes(
        self, reported: Iterable[str | os.PathLike[str]] | None = None
    ) -> dict[str, Change]:
        """
        What changed on disk although no item of the agent told of it, e.g. by the shell.

        Args:
            reported: Paths that were told of, absolute or relative; without it, those that
                the session's transcript has.
        """
        if reported is None:
            reported = self.reported() if self.reported is not None else ()
        told = {self._place(name) for name in reported}
        return {
            name: change for name, change in self.changes().items() if self._place(name) not in told
        }

    def _place(self, name: str | os.PathLike[str]) -> str:
        # The directory may be reached in many ways; a symlink in it is its own file.
        path = os.path.normpath(self.path / name)
        return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))

    def _inside(self, name: str) -> Path:
        path = self.path / name
        if not Path(os.path.normpath(path)).is_relative_to(self.path) or Path(name).is_absolute():
            raise ValueError(f"{name!r} is not below the workspace; give a relative path")
        return path

    def _diff(self, names: Iterable[str]) -> str:
        wanted = set(names)
        if not wanted:
            return ""
        before, after = (
            {name: file for name, file in tree.items() if name in wanted}
            for tree in (self._baseline, self._files())
        )
        return repository.diff(before, after)

    def _files(self) -> dict[str, tuple[str, bytes]]:
        files: dict[str, tuple[str, bytes]] = {}
        for directory, folders, names in os.walk(self.path):
            links = [name for name in folders if os.path.islink(os.path.join(directory, name))]
            folders[:] = [name for name in folders if name not in IGNORED and name not in links]
            for name in (*names, *links):
                path = os.path.join(directory, name)
                file = _read(path)
                if file is not None and name not in IGNORED:
                    files[os.path.relpath(path, self.path).replace(os.sep, "/")] = file
        return files


def _read(path: str) -> tuple[str, bytes] | None:
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            return _LINK, os.fsencode(os.readlink(path))
        if not stat.S_ISREG(mode):
            return None
        with open(path, "rb") as file:
            return _EXECUTABLE if mode & stat.S_IXUSR else _PLAIN, file.read()
    except FileNotFoundError:
        # Gone since its directory was listed.
        return None


def _expression(glob: str) -> str:
    """
    A glob as a regular expression: ``**`` crosses directories, ``*`` and ``?`` do not.
    """
    if glob.endswith("/"):
        glob += "**"
    parts = []
    for token in re.findall(r"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|.", glob, re.DOTALL):
        if token == "**/":
            parts.append(r"(?:[^/]+/)*")
        elif token == "**":
            parts.append(r".*")
        elif token == "*":
            parts.append(r"[^/]*")
        elif token == "?":
            parts.append(r"[^/]")
        elif token.startswith("[") and len(token) > 1:
            parts.append("[^" + token[2:] if token[1] == "!" else token)
        else:
            parts.append(re.escape(token))
    return "(?s:" + "".join(parts) + ")"
