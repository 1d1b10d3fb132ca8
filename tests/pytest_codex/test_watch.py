from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from fake_server.effects import apply
from pytest_codex import watch
from pytest_codex.watch import DirectoryWatcher


@pytest.fixture(name="root")
def watched_directory(tmp_path: Path) -> Path:
    """
    A directory with a text, a binary file and a directory in it.
    """
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "a.txt").write_bytes(b"one\n")
    (root / "sub/b.bin").write_bytes(b"\x00\x01")
    return root


def tree(root: Path) -> dict[str, Any]:
    """
    Everything below a directory that an effect can express.
    """
    found: dict[str, Any] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif path.is_dir():
            found[name] = "directory"
        else:
            found[name] = (path.read_bytes(), bool(path.stat().st_mode & 0o100))
    return found


def test_nothing_changed(root: Path) -> None:
    """
    Without a change there is no effect, however often one asks.
    """
    watcher = DirectoryWatcher(root)

    assert watcher.changes() is None
    assert watcher.changes() is None


def test_every_kind_of_change(root: Path) -> None:
    """
    New, changed and deleted files, modes, links and directories are told at once, and only once.
    """
    (root / "gone").mkdir()
    (root / "gone/x").write_text("x")
    (root / "tool").write_text("#!/bin/sh\n")
    watcher = DirectoryWatcher(root)

    (root / "a.txt").write_bytes("zwei\r\n\u00fc".encode())
    (root / "sub/b.bin").unlink()
    (root / "new").mkdir()
    (root / "new/data").write_bytes(b"\xff\xfe")
    (root / "empty/inner").mkdir(parents=True)
    (root / "link").symlink_to("a.txt")
    (root / "tool").chmod(0o755)
    shutil.rmtree(root / "gone")

    assert watcher.changes() == {
        "write": {
            "a.txt": {"text": "zwei\r\n\u00fc"},
            "link": {"symlink": "a.txt"},
            "new/data": {"base64": "//4="},
            "tool": {"text": "#!/bin/sh\n", "mode": "755"},
        },
        "delete": ["gone", "sub/b.bin"],
        "mkdir": ["empty/inner"],
    }
    assert watcher.changes() is None


def test_names_are_sorted(root: Path) -> None:
    """
    The same changes give the same effect, whatever order they were made in.
    """
    watcher = DirectoryWatcher(root)
    for name in "zmaqb":
        (root / name).write_text(name)

    effect = watcher.changes()

    assert effect is not None
    assert list(effect["write"]) == sorted("zmaqb")


def test_absorb_takes_the_present_as_baseline(root: Path) -> None:
    """
    What the test itself writes is not reported.
    """
    watcher = DirectoryWatcher(root)
    (root / "mine").write_text("x")

    watcher.absorb()

    assert watcher.changes() is None


def test_changes_without_a_trace_in_the_times_are_found(root: Path) -> None:
    """
    A file rewritten with the same size within one tick of the clock is found by its content.
    """
    path = root / "a.txt"
    watcher = DirectoryWatcher(root)
    before = path.stat()

    # In place, same size; only the times could tell, and here they do not.
    path.write_bytes(b"two\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert watcher.changes() == {"write": {"a.txt": {"text": "two\n"}}}


def test_touched_files_are_not_changed(root: Path) -> None:
    """
    A file whose content was read before is not reported when only its times changed.
    """
    watcher = DirectoryWatcher(root)

    os.utime(root / "a.txt", ns=(1, 1))
    (root / "sub/b.bin").chmod(0o664)

    assert watcher.changes() is None


def test_old_files_are_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A baseline of files that have not changed for a while reads none of them.
    """
    monkeypatch.setattr(watch, "TICK_NS", -(10**18))

    def fail(*_: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(watch, "_read", fail)

    watcher = DirectoryWatcher(root)

    assert watcher.changes() is None


def test_git_and_bytecode_are_ignored(root: Path) -> None:
    """
    Neither git's own files nor Python's bytecode are effects.
    """
    watcher = DirectoryWatcher(root)
    for name in (".git", "sub/.git", "sub/__pycache__"):
        (root / name).mkdir()
        (root / name / "x").write_text("x")

    assert watcher.changes() is None


def test_symlinked_directories_are_not_entered(root: Path, tmp_path: Path) -> None:
    """
    A symlink is itself, not what it points to, not even in a circle.
    """
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("x")
    watcher = DirectoryWatcher(root)

    (root / "out").symlink_to(outside)
    (root / "circle").symlink_to(root)

    assert watcher.changes() == {
        "write": {"out": {"symlink": str(outside)}, "circle": {"symlink": str(root)}}
    }


def test_directory_and_file_change_places(root: Path) -> None:
    """
    A file where a directory was, and the other way round, are deleted first.
    """
    watcher = DirectoryWatcher(root)
    (root / "a.txt").unlink()
    (root / "a.txt").mkdir()
    shutil.rmtree(root / "sub")
    (root / "sub").write_text("file")

    assert watcher.changes() == {
        "write": {"sub": {"text": "file"}},
        "delete": ["a.txt", "sub"],
        "mkdir": ["a.txt"],
    }


def test_missing_directory(tmp_path: Path) -> None:
    """
    A directory may appear after the watcher, and go again.
    """
    root = tmp_path / "later"
    watcher = DirectoryWatcher(root)
    assert watcher.changes() is None

    root.mkdir()
    (root / "x").write_text("x")
    assert watcher.changes() == {"write": {"x": {"text": "x"}}}

    shutil.rmtree(root)
    assert watcher.changes() == {"delete": ["x"]}


def test_vanishing_files_are_tolerated(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A file that goes while the walk is under way is as if it had never been.
    """
    real_walk = watch._walk

    def walk_and_lose(top: str) -> Iterator[tuple[str, os.stat_result]]:
        for name, found in real_walk(top):
            if name == "lost":
                (root / "lost").unlink()
            yield name, found

    watcher = DirectoryWatcher(root)
    (root / "lost").write_text("x")
    (root / "kept").write_text("x")
    monkeypatch.setattr(watch, "_walk", walk_and_lose)

    assert watcher.changes() == {"write": {"kept": {"text": "x"}}}


def test_entries_that_vanish_before_they_are_looked_at(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    An entry that goes between listing and looking is left out.
    """

    class Gone:
        name = "gone"

        def stat(self, *, follow_symlinks: bool) -> os.stat_result:
            raise FileNotFoundError

    watcher = DirectoryWatcher(root)
    monkeypatch.setattr(os, "scandir", lambda _: [Gone()])

    assert watcher.changes() == {"delete": ["a.txt", "sub"]}


def test_unreadable_files_are_left_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A file nobody may read is neither an error nor a deletion.
    """
    watcher = DirectoryWatcher(root)
    (root / "a.txt").write_text("changed")

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(watch, "_read", refuse)

    assert watcher.changes() is None


def test_special_files_and_odd_names_are_left_out(root: Path) -> None:
    """
    Pipes, sockets and names that are no text cannot be in a cassette.
    """
    watcher = DirectoryWatcher(root)
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(root / "socket"))
        (root / os.fsdecode(b"odd-\xff")).write_text("x")
        (root / "schn\u00f6de").write_text("x")

        assert watcher.changes() == {"write": {"schn\u00f6de": {"text": "x"}}}


NAMES = st.sampled_from(["a", "b", "a/b", "a/c", "a/b/c", "b/a"])
CONTENTS = st.one_of(st.binary(max_size=6), st.text(max_size=6).map(str.encode))


class Mirror(RuleBasedStateMachine):
    """
    Changes of one tree, applied as effects to another.
    """

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp())
        self.live, self.copy = self.base / "live", self.base / "copy"
        self.live.mkdir()
        self.copy.mkdir()

    @initialize()
    def watch(self) -> None:
        """Begin with an empty tree."""
        self.watcher = DirectoryWatcher(self.live)

    def _make_room(self, name: str) -> Path | None:
        path = self.live / name
        for parent in path.parents:
            if parent.is_symlink() or (parent.exists() and not parent.is_dir()):
                return None
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _remove(self, path: Path) -> None:
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)

    @rule(name=NAMES, content=CONTENTS, executable=st.booleans())
    def write(self, name: str, content: bytes, executable: bool) -> None:
        """Write a file in place, or instead of what was there."""
        path = self._make_room(name)
        if path is not None:
            if not path.is_file() or path.is_symlink():
                self._remove(path)
            path.write_bytes(content)
            path.chmod(0o755 if executable else 0o644)

    @rule(name=NAMES, target_name=st.sampled_from(["a", "../live", "/nowhere"]))
    def link(self, name: str, target_name: str) -> None:
        """Put a symlink there."""
        path = self._make_room(name)
        if path is not None:
            self._remove(path)
            path.symlink_to(target_name)

    @rule(name=NAMES)
    def make(self, name: str) -> None:
        """Make a directory, unless something is there."""
        path = self._make_room(name)
        if path is not None and not os.path.lexists(path):
            path.mkdir()

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        """Remove what is there."""
        path = self._make_room(name)
        if path is not None:
            self._remove(path)

    @rule()
    def replay(self) -> None:
        """After the effect both trees are the same."""
        effect = self.watcher.changes()
        if effect is not None:
            apply(effect, self.copy, allowed_under=[str(self.base)])

        assert tree(self.copy) == tree(self.live)

    def teardown(self) -> None:
        self.replay()
        assert self.watcher.changes() is None
        shutil.rmtree(self.base)


TestMirror = Mirror.TestCase
TestMirror.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)


def test_what_the_sandbox_mounts_over_is_no_change(tmp_path: Path) -> None:
    """
    Empty mount points come and go with every command; what is in them counts.
    """
    watcher = DirectoryWatcher(tmp_path)
    for name in (".agents", ".codex", ".aws"):
        (tmp_path / name).mkdir()
    assert watcher.changes() is None

    (tmp_path / ".codex" / "config.toml").write_text("a = 1\n", encoding="utf-8")
    assert watcher.changes() == {"write": {".codex/config.toml": {"text": "a = 1\n"}}}
