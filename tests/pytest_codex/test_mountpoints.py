"""
Traces of killed sandboxes are taken away; nothing else is.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from pytest_codex.mountpoints import NAMES, MountPoints


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """
    A temporary directory of our own.
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def note(temporary: Path, pid: int) -> None:
    """
    A sandbox's note that it stands on a mount point.
    """
    place = temporary / f"codex-bwrap-synthetic-mount-targets-{os.getuid()}" / "8e18f52493250265"
    place.mkdir(parents=True)
    (place / str(pid)).write_text("synthetic")


def test_what_came_and_is_empty_goes(temporary: Path) -> None:
    """
    The empty directories of a killed sandbox are removed.
    """
    points = MountPoints((temporary,))
    for name in NAMES:
        (temporary / name).mkdir()

    points.clear()
    points.clear()

    assert [] == list(temporary.iterdir())


def test_what_was_there_stays(temporary: Path) -> None:
    """
    An empty directory from before is not ours to remove.
    """
    (temporary / ".git").mkdir()

    MountPoints((temporary,)).clear()

    assert (temporary / ".git").is_dir()


def test_what_is_used_stays(temporary: Path) -> None:
    """
    A directory with something in it stays, and so does a link.
    """
    points = MountPoints((temporary,))
    (temporary / ".git").mkdir()
    (temporary / ".git" / "HEAD").write_text("")
    (temporary / "elsewhere").mkdir()
    (temporary / ".aws").symlink_to("elsewhere")

    points.clear()

    assert (temporary / ".git" / "HEAD").is_file()
    assert (temporary / ".aws").is_symlink()


def test_what_a_living_sandbox_stands_on_stays(temporary: Path) -> None:
    """
    While a noted process lives, its mount points are left to it.
    """
    points = MountPoints((temporary,))
    (temporary / ".git").mkdir()
    note(temporary, os.getpid())

    points.clear()

    assert (temporary / ".git").is_dir()


def test_notes_of_dead_sandboxes_do_not_count(temporary: Path) -> None:
    """
    A note that a killed sandbox left keeps nothing.
    """
    points = MountPoints((temporary,))
    (temporary / ".git").mkdir()
    note(temporary, 2**22 + 1)

    points.clear()

    assert not (temporary / ".git").exists()
