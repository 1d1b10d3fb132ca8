"""
Recorded commits are made again, and nothing else happens to the repository.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fake_server.effects import apply
from fake_server.errors import BoundaryError
from pytest_codex.history import HistoryWatcher
from pytest_codex.workspace import Workspace

WHO = {"name": "A. Gent", "email": "a@example.com", "date": "1704067200 +0100"}


def git(place: Path, *arguments: str) -> str:
    """
    What git prints.
    """
    return subprocess.run(
        ["git", *arguments], cwd=place, capture_output=True, check=True, text=True, timeout=30
    ).stdout


def made(place: Path, effect: dict[str, Any]) -> None:
    """
    Apply an effect in a workspace.
    """
    apply(effect, place, allowed_under=[str(place)])


def commit(**more: Any) -> dict[str, Any]:
    """
    One recorded commit on the main branch.
    """
    return {
        "id": 1,
        "parents": ["refs/heads/main"],
        "author": WHO,
        "committer": WHO,
        "message": "One\n",
        "write": {"a.txt": {"text": "1\n"}},
        **more,
    }


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """
    A repository with one commit.
    """
    workspace = Workspace(tmp_path / "ws")
    workspace.start_from({"a.txt": "0\n", "b": "0\n"})
    return workspace.path


COMMANDS = (
    "echo 1 > a.txt; git commit -qam 'One\n\nBody'",
    "git checkout -qb side; git rm -q b; printf '\\0' > z; chmod +x a.txt; ln -s a.txt l",
    "mkdir 'd \"x'; echo 1 > 'd \"x/\u00fc'; git add -A; git commit -qm Side",
    "git checkout -q main; git commit -q --allow-empty -m Empty; git merge -q side -m Merge",
    "git branch -f side HEAD~2; git branch copy; git branch -m main trunk",
    "git reset -q --hard HEAD~1; echo 2 > new; git add new; git commit -qm After",
    "git checkout -q --orphan fresh; git commit -qm Root",
    "git commit -q --amend -m Amended; git branch -D copy -q; git pack-refs --all",
)


@pytest.mark.parametrize("together", [False, True])
def test_what_was_watched_can_be_made_again(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    """
    Branches, merges, amends, resets and roots get the same names, in one effect or in many.
    """
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_DATE", "1704067200 +0000")
    other = Workspace(tmp_path / "other")
    other.start_from({"a.txt": "0\n", "b": "0\n"})
    watcher = HistoryWatcher(place)
    commands = ["; ".join(COMMANDS)] if together else COMMANDS

    for command in commands:
        subprocess.run(["bash", "-ec", command], cwd=place, check=True, timeout=30)
        effect = watcher.changes()
        assert effect
        made(other.path, effect)

    every = ("for-each-ref", "--format=%(refname) %(objectname)")
    assert git(place, *every) == git(other.path, *every)
    assert git(place, "symbolic-ref", "HEAD") == git(other.path, "symbolic-ref", "HEAD")
    assert git(place, "ls-files", "-s") == git(other.path, "ls-files", "-s")
    assert "" == git(other.path, "fsck", "--strict", "--no-dangling")
    assert watcher.changes() is None


def test_two_branches_that_change_places(place: Path) -> None:
    """
    Names mean what they meant before the effect.
    """
    git(place, "branch", "other", "HEAD~1")
    main, other = git(place, "rev-parse", "main"), git(place, "rev-parse", "other")

    made(place, {"refs": {"refs/heads/main": "refs/heads/other", "refs/heads/other": "HEAD"}})

    assert (other, main) == (git(place, "rev-parse", "main"), git(place, "rev-parse", "other"))


def test_no_hook_is_run_and_no_setting_obeyed(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Hooks of the repository and settings of the user stay out of it.
    """
    hooks = place / ".git/hooks"
    hooks.mkdir()
    for name in ("post-commit", "reference-transaction", "post-index-change", "pre-commit"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (hooks / name).chmod(0o755)
    (tmp_path / "gitconfig").write_text("[core\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))

    made(place, {"commits": [commit()], "refs": {"refs/heads/main": 1}})

    monkeypatch.delenv("GIT_DIR")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert "One A. Gent 2024-01-01T01:00:00+01:00\n" == git(
        place, "log", "-1", "--format=%s %an %aI"
    )
    assert not (tmp_path / "ran").exists()
    assert not (place / ".git/refs/codex").exists()


@pytest.mark.parametrize(
    "effect",
    [
        {"commits": [commit(write={"../x": {"text": ""}})]},
        {"commits": [commit(write={"/x": {"text": ""}})]},
        {"commits": [commit(write={".git/hooks/x": {"text": ""}})]},
        {"commits": [commit(delete=["a/../../x"])]},
        {"commits": [commit(write={"x": {"text": "", "mode": "777"}})]},
        {"commits": [commit(write={"x": {}})]},
        {"commits": [commit(author={**WHO, "name": "a\nreset refs/heads/main"})]},
        {"commits": [commit(author={**WHO, "date": "now"})]},
        {"commits": [commit(author={"name": "x"})]},
        {"commits": [commit(parents=["main; rm -rf ."])]},
        {"commits": [commit(parents=[7])]},
        {"commits": [commit(id="x")]},
        {"commits": [commit(message=3)]},
        {"commits": "all"},
        {"commits": ["one"]},
        {"refs": {"refs/heads/../../config": None}},
        {"refs": {"refs/remotes/x": "HEAD"}},
        {"refs": {"refs/heads/x\nreset y": "HEAD"}},
        {"refs": {"refs/heads/x.lock": "HEAD"}},
        {"refs": {"refs/heads/x": "refs/heads/not-there"}},
        {"refs": {"refs/heads/x": "--exec"}},
        {"refs": 3},
        {"head": "refs/heads/../x"},
        {"head": 3},
    ],
)
def test_a_damaged_or_wicked_effect_is_refused(place: Path, effect: dict[str, Any]) -> None:
    """
    Nothing outside is written, no other command reaches git, and the branches stay.
    """
    before = git(place, "for-each-ref")

    with pytest.raises(BoundaryError):
        made(place, effect)

    assert before == git(place, "for-each-ref")


def test_a_repository_elsewhere_is_refused(place: Path, tmp_path: Path) -> None:
    """
    A directory without a repository of its own, or with a link to one, gets no commits.
    """
    bare = tmp_path / "bare"
    bare.mkdir()
    with pytest.raises(BoundaryError, match="no git repository"):
        made(bare, {"refs": {"refs/heads/x": "HEAD"}})
    (bare / ".git").symlink_to(place / ".git")
    with pytest.raises(BoundaryError, match="no git repository"):
        made(bare, {"refs": {"refs/heads/x": "HEAD"}})


def test_missing_git_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without git the failure says what is missing.
    """
    monkeypatch.setenv("PATH", "")

    with pytest.raises(BoundaryError, match="there is no git on PATH"):
        made(place, {"refs": {"refs/heads/x": "HEAD"}})
