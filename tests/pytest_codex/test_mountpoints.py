"""
Traces of killed sandboxes are taken away; nothing else is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pytest_codex import mountpoints

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox of Linux")

DEAD = 2**22 + 1


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """
    A temporary directory of our own.
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def note(pid: int) -> None:
    """
    A sandbox's note that it stands on a mount point.
    """
    place = mountpoints.notebook() / "8e18f52493250265"
    place.mkdir(parents=True, exist_ok=True)
    (place / str(pid)).write_text("synthetic")


def make(temporary: Path) -> list[str]:
    """
    The mount points of a sandbox.
    """
    for name in mountpoints.NAMES:
        (temporary / name).mkdir()
    return sorted(mountpoints.NAMES)


def left(temporary: Path) -> list[str]:
    """
    Which of them are there.
    """
    return sorted(path.name for path in temporary.iterdir() if path.name in mountpoints.NAMES)


def test_what_a_killed_sandbox_left_goes(temporary: Path) -> None:
    """
    Empty directories are removed when a dead process had noted them.
    """
    make(temporary)
    note(DEAD)

    mountpoints.clear(temporary)
    mountpoints.clear(temporary)

    assert [] == left(temporary)


def test_without_a_note_nothing_goes(temporary: Path) -> None:
    """
    Where no sandbox was killed, an empty directory is somebody's.
    """
    names = make(temporary)

    mountpoints.clear(temporary)

    assert names == left(temporary)


def test_what_a_living_sandbox_stands_on_stays(temporary: Path) -> None:
    """
    While a noted process lives, its mount points are left to it.
    """
    names = make(temporary)
    note(DEAD)
    # A cat waits to be read from, and echoes once it runs under its new name.
    sandbox = subprocess.Popen(
        ["codex-linux-sandbox"],
        executable=shutil.which("cat"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert sandbox.stdin
    assert sandbox.stdout
    sandbox.stdin.write(b"ready\n")
    sandbox.stdin.flush()
    sandbox.stdout.readline()
    note(sandbox.pid)

    mountpoints.clear(temporary)
    sandbox.communicate(timeout=5)

    assert names == left(temporary)


def test_a_number_given_again_is_no_sandbox(temporary: Path) -> None:
    """
    Another process with the number of a killed sandbox keeps nothing.
    """
    make(temporary)
    note(os.getpid())

    mountpoints.clear(temporary)

    assert [] == left(temporary)


def test_what_is_used_stays(temporary: Path) -> None:
    """
    A directory with something in it stays, and so does a link.
    """
    note(DEAD)
    (temporary / ".git").mkdir()
    (temporary / ".git" / "HEAD").write_text("")
    (temporary / "elsewhere").mkdir()
    (temporary / ".aws").symlink_to("elsewhere")

    mountpoints.clear(temporary)

    assert [".aws", ".git"] == left(temporary)
