from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_codex import repository
from pytest_codex.errors import HarnessError


def test_create_leaves_a_repository_alone(tmp_path: Path) -> None:
    """
    Making a repository twice changes nothing.
    """
    repository.create(tmp_path)
    (tmp_path / ".git/config").write_text("[core]\n")

    repository.create(tmp_path)

    assert (tmp_path / ".git/config").read_text() == "[core]\n"


def test_first_commit_is_always_the_same(tmp_path: Path) -> None:
    """
    The first commit has the same name in every repository.
    """
    names = set()
    for number in range(2):
        path = tmp_path / str(number)
        path.mkdir()
        repository.create(path)
        names.add((path / ".git/refs/heads/main").read_text())

    assert names == {"2a59db13a268f2e12fc645d9b16161cf18277224\n"}


@pytest.mark.parametrize("config", ["", "[core]\n\tlogallrefupdates = false\n"])
def test_commit_returns_what_git_calls_it(tmp_path: Path, config: str) -> None:
    """
    The name returned is that of the branch's tip, with and without a log of it.
    """
    repository.create(tmp_path)
    with (tmp_path / ".git/config").open("a") as file:
        file.write(config)
    (tmp_path / "a").write_text("a")

    name = repository.commit(tmp_path, "One\n\nTwo\n")

    tip = subprocess.run(
        ["git", "rev-parse", "main"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    assert name == tip.stdout.strip()


def test_diff_of_trees() -> None:
    """
    Contents, modes and symlinks are told as git tells them.
    """
    diff = repository.diff(
        {"a": ("100644", b"1\n"), "run": ("100644", b"x\n")},
        {"a": ("120000", b"b"), "run": ("100755", b"x\n")},
    )

    assert "deleted file mode 100644\n" in diff
    assert "new file mode 120000\n" in diff
    assert "old mode 100644\nnew mode 100755\n" in diff


def test_failure_shows_what_git_says(tmp_path: Path) -> None:
    """
    An error names the command, the place and git's own words.
    """
    with pytest.raises(HarnessError, match=r"git add failed in .*: fatal: not a git repository"):
        repository.commit(tmp_path, "x")
