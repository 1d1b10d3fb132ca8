from __future__ import annotations

import base64
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from fake_server.effects import apply
from fake_server.errors import BoundaryError


@pytest.fixture(name="root")
def root_directory(tmp_path: Path) -> Path:
    """
    The directory that effects are applied to.
    """
    root = tmp_path / "root"
    root.mkdir()
    return root


def test_files_directories_and_links_are_written(root: Path) -> None:
    """
    Text, bytes, modes, symlinks and empty directories come out as recorded.
    """
    effect = {
        "write": {
            "a/b.txt": {"text": "one\r\ntwo \u00e9\n"},
            "data.bin": {"base64": base64.b64encode(b"\x00\xff").decode()},
            "run.sh": {"text": "#!/bin/sh\n", "mode": "755"},
            "link": {"symlink": "a/b.txt"},
        },
        "mkdir": ["empty/inner"],
    }

    apply(effect, root, allowed_under=[str(root)])

    assert (root / "a/b.txt").read_bytes() == "one\r\ntwo \u00e9\n".encode()
    assert (root / "data.bin").read_bytes() == b"\x00\xff"
    assert stat.S_IMODE((root / "run.sh").stat().st_mode) == 0o755
    assert (root / "link").readlink() == Path("a/b.txt")
    assert list((root / "empty/inner").iterdir()) == []


def test_deletions_come_first(root: Path) -> None:
    """
    A file can take the place of a directory, and a directory that of a file.
    """
    (root / "was_file").write_text("x")
    (root / "was_dir/deep").mkdir(parents=True)
    (root / "was_dir/deep/x").write_text("x")
    effect = {
        "delete": ["was_dir", "was_file", "never_there"],
        "write": {"was_dir": {"text": "file"}, "was_file/x": {"text": "below"}},
    }

    apply(effect, root, allowed_under=[str(root)])

    assert (root / "was_dir").read_text() == "file"
    assert (root / "was_file/x").read_text() == "below"


def test_existing_files_are_written_in_place(root: Path) -> None:
    """
    A file keeps its inode and loses its executable bit when none was recorded.
    """
    path = root / "x"
    path.write_text("old and longer")
    path.chmod(0o755)
    inode = path.stat().st_ino

    apply({"write": {"x": {"text": "new"}}}, root, allowed_under=[str(root)])

    assert path.read_text() == "new"
    assert path.stat().st_ino == inode
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_read_only_file_is_replaced(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A file that cannot be opened for writing is replaced, as the agent replaced it.
    """
    path = root / "x"
    path.write_text("old")
    real_open = os.open
    refused: list[str] = []

    def refuse_once(name: str, flags: int, mode: int = 0o777) -> int:
        if not refused:
            refused.append(name)
            raise PermissionError(13, "Permission denied", name)
        return real_open(name, flags, mode)

    monkeypatch.setattr(os, "open", refuse_once)

    apply({"write": {"x": {"text": "new"}}}, root, allowed_under=[str(root)])

    assert path.read_text() == "new"
    assert len(refused) == 1


@pytest.mark.parametrize("content", [{"text": "new"}, {"symlink": "elsewhere"}])
def test_symlinks_are_replaced_never_followed(
    root: Path, tmp_path: Path, content: dict[str, str]
) -> None:
    """
    Writing where a symlink is leaves the file it points to alone.
    """
    outside = tmp_path / "outside"
    outside.write_text("safe")
    (root / "x").symlink_to(outside)

    apply({"write": {"x": content}}, root, allowed_under=[str(root)])

    assert outside.read_text() == "safe"
    assert (root / "x").is_symlink() == ("symlink" in content)


def test_symlink_replaces_a_file(root: Path) -> None:
    """
    A file that became a symlink is one after the replay.
    """
    (root / "x").write_text("old")

    apply({"write": {"x": {"symlink": "y"}}}, root, allowed_under=[str(root)])

    assert (root / "x").readlink() == Path("y")


def test_deleting_a_symlink_keeps_its_target(root: Path, tmp_path: Path) -> None:
    """
    A symlink to a directory is unlinked, the directory stays.
    """
    outside = tmp_path / "outside"
    (outside / "x").mkdir(parents=True)
    (root / "link").symlink_to(outside)

    apply({"delete": ["link"]}, root, allowed_under=[str(root)])

    assert not (root / "link").is_symlink()
    assert (outside / "x").is_dir()


def test_symlinks_inside_the_root_may_be_on_the_way(root: Path) -> None:
    """
    A parent that is a symlink within the root is followed.
    """
    (root / "real").mkdir()
    (root / "link").symlink_to("real")

    apply({"write": {"link/x": {"text": "1"}}}, root, allowed_under=[str(root)])

    assert (root / "real/x").read_text() == "1"


@pytest.mark.parametrize(
    "name", ["/etc/x", "../x", "a/../../x", "a/./b", "", "a//b", "a/", ".", "x\0y"]
)
@pytest.mark.parametrize("kind", ["write", "delete", "mkdir"])
def test_names_that_leave_the_root_are_refused(root: Path, name: str, kind: str) -> None:
    """
    Absolute paths and paths with dots are refused before anything is written.
    """
    effect: dict[str, Any] = {"write": {"fine": {"text": "x"}}}
    if kind == "write":
        effect["write"][name] = {"text": "x"}
    else:
        effect[kind] = [name]

    with pytest.raises(BoundaryError, match="paths are relative"):
        apply(effect, root, allowed_under=[str(root)])

    assert list(root.iterdir()) == []


@pytest.mark.parametrize("name", [".git/hooks/pre-commit", "sub/.GIT/config", ".git"])
def test_git_directories_are_refused(root: Path, name: str) -> None:
    """
    A cassette cannot plant a hook.
    """
    with pytest.raises(BoundaryError, match=r"never writes in \.git"):
        apply({"write": {name: {"text": "x"}}}, root, allowed_under=[str(root)])


@pytest.mark.parametrize(
    "effect",
    [{"write": {"link/x": {"text": "x"}}}, {"delete": ["link/x"]}, {"mkdir": ["link/x"]}],
)
def test_symlinks_that_lead_out_are_refused(
    root: Path, tmp_path: Path, effect: dict[str, Any]
) -> None:
    """
    A symlink on the way that leads out of the root stops the effect.
    """
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("safe")
    (root / "link").symlink_to(outside)

    with pytest.raises(BoundaryError, match="leads out of"):
        apply(effect, root, allowed_under=[str(tmp_path)])

    assert (outside / "x").read_text() == "safe"


def test_symlink_written_by_the_effect_itself_is_not_followed(root: Path, tmp_path: Path) -> None:
    """
    An effect cannot write a symlink first and then through it.
    """
    outside = tmp_path / "outside"
    outside.mkdir()
    effect = {"write": {"a": {"symlink": str(outside)}, "a/x": {"text": "x"}}}

    with pytest.raises(BoundaryError, match="leads out of"):
        apply(effect, root, allowed_under=[str(tmp_path)])

    assert list(outside.iterdir()) == []


def test_directories_of_others_are_refused(root: Path, tmp_path: Path) -> None:
    """
    A directory that is not below an allowed one is not written in.
    """
    sibling = tmp_path / "root-too"
    sibling.mkdir()

    with pytest.raises(BoundaryError, match="neither in the test's workspace"):
        apply({"mkdir": ["x"]}, sibling, allowed_under=[str(root)])

    apply({"mkdir": ["x"]}, sibling, allowed_under=["/"])
    assert (sibling / "x").is_dir()


def test_root_behind_a_symlink_is_judged_by_where_it_is(root: Path, tmp_path: Path) -> None:
    """
    A symlink in the workspace does not make the place it points to writable.
    """
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "link").symlink_to(outside)

    with pytest.raises(BoundaryError, match="neither in the test's workspace"):
        apply({"mkdir": ["x"]}, root / "link", allowed_under=[str(root)])


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        ({"write": []}, "its write is"),
        ({"delete": "x"}, "its delete is"),
        ({"mkdir": [1]}, "its mkdir is"),
        ({"write": {"x": "text"}}, "it writes 'text'"),
        ({"write": {"x": {"patch": "p"}}}, r"only \['patch'\]"),
        ({"write": {"x": {"base64": "a"}}}, "base64 of 'x'"),
        ({"write": {"x": {"text": "a", "mode": "rwx"}}}, "mode 'rwx'"),
    ],
)
def test_damaged_effects_are_refused(root: Path, effect: dict[str, Any], message: str) -> None:
    """
    An effect that is no effect says which part of it is wrong.
    """
    with pytest.raises(BoundaryError, match=message):
        apply(effect, root, allowed_under=[str(root)])


def test_a_tree_that_differs_is_told(root: Path) -> None:
    """
    A file where the recording had a directory is an error that names it.
    """
    (root / "a").write_text("x")

    with pytest.raises(BoundaryError, match="differs from the one that was recorded"):
        apply({"write": {"a/b": {"text": "x"}}}, root, allowed_under=[str(root)])


def test_set_user_id_is_never_set(root: Path) -> None:
    """
    Only the permission bits of a recorded mode are used.
    """
    apply({"write": {"x": {"text": "", "mode": "4755"}}}, root, allowed_under=[str(root)])

    assert stat.S_IMODE((root / "x").stat().st_mode) == 0o755
