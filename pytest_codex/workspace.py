"""
The directory an agent works in, and what it changed there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pytest_codex import commits, repository
from pytest_codex.errors import HarnessError
from pytest_codex.globs import matches
from pytest_codex.history import NO_STATE
from pytest_codex.trees import File, Tree, TreeReader, compare, put, read_file
from pytest_codex.watch import IGNORED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from pytest_codex.commits import Commit
    from pytest_codex.trees import Change

    Template = Mapping[str, str | bytes | None] | str | os.PathLike[str]
    """Files by name, or a folder, or a git repository."""


class Mark(NamedTuple):
    """
    The workspace at one moment, to come back to.

    Attributes:
        files: The files.
        git: The files of ``.git`` that say where branches, index and hooks are.
    """

    files: Tree
    git: Tree


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
        judged: Set by the session: what `restore` is about to take back is judged within it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        directory = Path(path)
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory.resolve()
        self.reported: Callable[[], Iterable[str | os.PathLike[str]]] | None = None
        self.judged: Callable[[], AbstractContextManager[None]] = nullcontext
        repository.create(self.path)
        self._files = TreeReader(self.path, IGNORED)
        self._git = TreeReader(self.path / ".git", NO_STATE, at_top=True)
        self._baseline = self.mark()
        self._staged: dict[str, File | None] = {}
        self._committed: set[str] = set()

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """
        Write files for the agent to find; the baseline stays, until `commit`.

        Args:
            files: Content by path below the workspace: text, bytes, or None to delete.
        """
        for name, content in files.items():
            path = self._inside(name)
            if content is None or path.is_symlink():
                path.unlink(missing_ok=True)
            if content is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
            # What the test itself wrote is nobody else's change.
            place = os.path.normpath(name).replace(os.sep, "/")
            self._staged[place] = read_file(str(path))

    def read(self, name: str) -> str:
        """
        The text of a file, line endings as they are.
        """
        return self.read_bytes(name).decode("utf-8")

    def read_bytes(self, name: str) -> bytes:
        """
        The content of a file.
        """
        path = self._inside(name)
        if not path.resolve().is_relative_to(self.path):
            raise ValueError(
                f"{name!r} is a symlink that leads out of the workspace, to {path.resolve()}"
            )
        return path.read_bytes()

    def start_from(self, template: Template) -> None:
        """
        Fill the workspace and take that as the baseline; say it before the agent starts.

        Args:
            template: Files by name; or a folder, whose files are copied, symlinks as such; or a
                git repository, whose branches and tags are taken over as of its HEAD, without
                what is not committed.

        Raises:
            HarnessError: There is no such folder, or the repository has no commit.
        """
        if isinstance(template, Mapping):
            self.write(template)
            self.commit()
            return
        source = Path(template)
        if not source.is_dir():
            raise HarnessError(f"there is no folder {str(template)!r} to start the workspace from")
        if (source / ".git").exists() or {"HEAD", "objects"} <= set(os.listdir(source)):
            repository.adopt(self.path, source.resolve())
            self._baseline = self.mark()
            return
        put(str(self.path), TreeReader(source, IGNORED).read())
        self.commit()

    def commit(self, message: str = "Set the stage") -> str:
        """
        Commit all there is, and take it as the new baseline.

        Returns:
            The name of the commit, which is the same on every machine.
        """
        name = repository.commit(self.path, message)
        self._baseline = self.mark()
        self._committed.add(name)
        return name

    @property
    def baseline(self) -> Mark:
        """
        What changes are told against.
        """
        return self._baseline

    def mark(self) -> Mark:
        """
        The present state, for `restore`, and for `changes` since then.
        """
        return Mark(self._files.read(), self._git.read())

    def restore(self, mark: Mark | None = None) -> None:
        """
        Put all files, branches, the index and the hooks back as they were.

        Args:
            mark: What `mark` returned; without it, the baseline.
        """
        with self.judged():
            self._restore(mark or self._baseline)

    def _restore(self, wanted: Mark) -> None:
        present = self.mark()
        for top, before, after in (
            (self.path, wanted.files, present.files),
            (self.path / ".git", wanted.git, present.git),
        ):
            put(str(top), {name: before.get(name) for name in compare(before, after)})
        # Without this directory git would take it for no repository.
        (self.path / ".git/refs/heads").mkdir(parents=True, exist_ok=True)
        self._staged.clear()

    def changes(self, since: Mark | None = None) -> dict[str, Change]:
        """
        What differs, by path: ``added``, ``modified`` or ``deleted``.

        Files that git ignores count too; empty directories, bytecode and ``.git`` do not. Of
        permissions only the executable bit counts, as in git.

        Args:
            since: What `mark` returned; without it, the baseline.
        """
        return compare((since or self._baseline).files, self._files.read())

    def commits(self, since: Mark | None = None) -> list[Commit]:
        """
        What was committed, on any branch and by anybody but `commit`, parents first.

        Args:
            since: What `mark` returned; without it, the baseline.

        Raises:
            HarnessError: Something was, and git cannot read it.
        """
        before = commits.tips((since or self._baseline).git)
        after = commits.tips(self._git.read())
        found = commits.between(self.path, before.values(), after.values())
        return [commit for commit in found if commit.name not in self._committed]

    def diff(self, since: Mark | None = None) -> str:
        """
        The changes as a unified diff in git's format, new files included.

        Args:
            since: What `mark` returned; without it, the baseline.
        """
        return self.diff_of(self.changes(since), since)

    def diff_of(self, names: Iterable[str], since: Mark | None = None) -> str:
        """
        The same for some of the paths.
        """
        wanted = set(names)
        if not wanted:
            return ""
        before, after = (
            {name: tree[name] for name in wanted & tree.keys()}
            for tree in ((since or self._baseline).files, self._files.read())
        )
        return repository.diff(before, after)

    def assert_only_changed(self, *globs: str) -> None:
        """
        Fail, with a diff, if anything changed that no pattern allows.

        Args:
            globs: Such as ``src/**``, ``*.md`` (top level only), ``**/*.py`` or ``docs/``.
        """
        __tracebackhide__ = True
        offenders = {
            name: change for name, change in self.changes().items() if not matches(name, globs)
        }
        if offenders:
            listed = "\n".join(f"  {change:<9} {name}" for name, change in offenders.items())
            wanted = ", ".join(globs) or "nothing"
            raise AssertionError(
                f"{len(offenders)} changed that should not have; allowed: {wanted}\n"
                f"{listed}\n\n{self.diff_of(offenders)}"
            )

    def unreported_changes(
        self,
        reported: Iterable[str | os.PathLike[str]] | None = None,
        *,
        since: Mark | None = None,
    ) -> dict[str, Change]:
        """
        What changed on disk although no item of the agent told of it, e.g. by the shell.

        Args:
            reported: Paths that were told of, absolute or relative; without it, those that
                the session's transcript has.
            since: What `mark` returned; without it, the baseline.
        """
        if reported is None:
            reported = self.reported() if self.reported is not None else ()
        told = {self._place(name) for name in reported}
        return {
            name: change
            for name, change in self.changes(since).items()
            if self._place(name) not in told
        }

    def _place(self, name: str | os.PathLike[str]) -> str:
        # The directory may be reached in many ways; a symlink in it is its own file.
        path = os.path.normpath(self.path / name)
        return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))

    def _inside(self, name: str) -> Path:
        path = Path(os.path.normpath(self.path / name))
        if not path.is_relative_to(self.path) or Path(name).is_absolute():
            raise ValueError(f"{name!r} is not below the workspace; give a relative path")
        if not path.parent.resolve().is_relative_to(self.path):
            raise ValueError(f"{name!r} is not below the workspace; a symlink leads out of it")
        return path

    def foreign_changes(self, since: Mark) -> dict[str, Change]:
        """
        What changed since a mark, without what the test itself wrote with `write`.
        """
        now = self._files.read()
        return {
            name: change
            for name, change in compare(since.files, now).items()
            if name not in self._staged or self._staged[name] != now.get(name)
        }
