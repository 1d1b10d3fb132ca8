"""
The folder of what failed tests leave behind.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pytest_codex import artifacts


def test_an_empty_folder_is_removed(tmp_path: Path) -> None:
    """
    Where nothing was left behind, nothing tells of it.
    """
    own = tmp_path / "left" / "test_it"

    artifacts.make(own)
    assert (tmp_path / "left" / ".gitignore").read_text() == "*\n"

    artifacts.clear(own)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", ["test_it/tape", "test_other/tape", "notes.txt"])
def test_what_somebody_left_stays(tmp_path: Path, kept: str) -> None:
    """
    The folder and its note for git stay with whatever else is in it.
    """
    artifacts.make(tmp_path / "test_it")
    (tmp_path / kept).parent.mkdir(exist_ok=True)
    (tmp_path / kept).write_text("x")

    artifacts.clear(tmp_path / "test_it")

    assert (tmp_path / kept).read_text() == "x"
    assert (tmp_path / ".gitignore").exists()


def test_a_note_of_somebody_else_stays(tmp_path: Path) -> None:
    """
    A `.gitignore` that says something else is not ours to remove.
    """
    artifacts.make(tmp_path / "test_it")
    (tmp_path / ".gitignore").write_text("*.tape\n")

    artifacts.clear(tmp_path / "test_it")

    assert (tmp_path / ".gitignore").read_text() == "*.tape\n"


def test_a_worker_that_comes_while_another_goes_keeps_the_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Its files are passed by, although the note was taken away in the middle.
    """
    folder = tmp_path / "left"
    artifacts.make(folder / "test_it")
    unlink = Path.unlink

    def meanwhile(path: Path) -> None:
        artifacts.make(folder / "test_other")
        unlink(path)

    monkeypatch.setattr(Path, "unlink", meanwhile)
    artifacts.clear(folder / "test_it")

    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "test_other"]


def test_a_folder_that_goes_while_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    `mkdir` says then that it exists, though it does not any more.
    """
    mkdir, gone = Path.mkdir, [FileExistsError(), FileNotFoundError()]

    def vanish(path: Path, *args: Any, **how: Any) -> None:
        if gone:
            raise gone.pop()
        mkdir(path, *args, **how)

    monkeypatch.setattr(Path, "mkdir", vanish)

    artifacts.make(tmp_path / "left" / "a")

    assert (tmp_path / "left" / "a").is_dir()


def test_workers_may_come_and_go_at_once(tmp_path: Path) -> None:
    """
    Nobody fails because the folder went away under its hands, and at the end it is gone.
    """

    def come_and_go(name: str) -> None:
        own = tmp_path / "left" / name
        for _ in range(200):
            artifacts.make(own)
            (own / "tape").write_text("x")
            (own / "tape").unlink()
            artifacts.clear(own)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_and_go, "abcd"))

    artifacts.make(tmp_path / "left" / "last")
    artifacts.clear(tmp_path / "left" / "last")
    assert list(tmp_path.iterdir()) == []
