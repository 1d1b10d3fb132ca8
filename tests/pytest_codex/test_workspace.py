from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pytest_codex.workspace import Workspace


@pytest.fixture(name="workspace")
def new_workspace(tmp_path: Path) -> Workspace:
    """
    A fresh workspace.
    """
    return Workspace(tmp_path / "ws")


def git(workspace: Workspace, *arguments: str) -> str:
    """
    What git prints in the workspace.
    """
    return subprocess.run(
        ["git", *arguments],
        cwd=workspace.path,
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    ).stdout


def test_new_workspace_is_a_sound_repository(workspace: Workspace) -> None:
    """
    Git finds nothing wrong, one empty commit, and the branch main.
    """
    assert git(workspace, "fsck", "--strict") == ""
    assert git(workspace, "status", "--porcelain", "--branch") == "## main\n"
    assert git(workspace, "log", "--format=%an %ae %s") == "Test User user@example.com Begin\n"


def test_who_commits_with_plain_git(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Our name is only for those whose home says none; settings of the repository win over both.
    """
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    assert git(workspace, "config", "user.email") == "user@example.com\n"

    (home / ".gitconfig").write_text("[user]\nemail = own@example.com\n[core]\nautocrlf = true\n")
    assert git(workspace, "config", "user.email") == "own@example.com\n"
    assert git(workspace, "config", "core.autocrlf") == "false\n"

    git(workspace, "config", "user.email", "bot@example.com")
    assert git(workspace, "config", "user.email") == "bot@example.com\n"


def test_commits_are_the_same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The name of a commit depends on the files only: not on user, place, time or settings.
    """
    settings = tmp_path / "gitconfig"
    settings.write_text("[user]\n\tname = Somebody\n[core]\n\tautocrlf = true\n")
    one = Workspace(tmp_path / "one")
    one.write({"a.txt": "a\r\n"})
    first = one.commit("First")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    two = Workspace(tmp_path / "two")
    two.write({"a.txt": "a\r\n"})

    assert two.commit("First") == first


def test_a_repository_of_the_users_is_kept(tmp_path: Path) -> None:
    """
    A directory that is a repository already keeps its history, and its files are the baseline.
    """
    first = Workspace(tmp_path)
    first.write({"a": "1"})
    name = first.commit("Mine")

    again = Workspace(tmp_path)

    assert git(again, "rev-parse", "HEAD").strip() == name
    assert again.changes() == {}


def test_changes(workspace: Workspace) -> None:
    """
    Every kind of change is told against the last commit, ignored files and links included.
    """
    workspace.write({"keep": "1", "edit": "1", "drop": "1", "run": "1", ".gitignore": "*.log\n"})
    assert set(workspace.changes().values()) == {"added"}
    workspace.commit()
    assert workspace.changes() == {}

    workspace.write({"edit": "2", "drop": None, "new/deep.txt": "n", "x.log": "l", "gone": None})
    (workspace.path / "run").chmod(0o755)
    (workspace.path / "link").symlink_to("keep")
    (workspace.path / "folder").symlink_to("new")
    (workspace.path / "empty").mkdir()
    (workspace.path / "__pycache__").mkdir()
    (workspace.path / "__pycache__/x.pyc").write_text("x")
    os.mkfifo(workspace.path / "pipe")

    assert workspace.changes() == {
        "drop": "deleted",
        "edit": "modified",
        "folder": "added",
        "link": "added",
        "new/deep.txt": "added",
        "run": "modified",
        "x.log": "added",
    }


def test_what_the_agent_does_with_git_hides_nothing(workspace: Workspace) -> None:
    """
    A change that the agent committed is still a change.
    """
    workspace.write({"a": "1"})
    workspace.commit()
    workspace.write({"a": "2"})
    git(workspace, "commit", "-qam", "Agent")

    assert workspace.changes() == {"a": "modified"}
    assert "+2" in workspace.diff()


def test_diff(workspace: Workspace) -> None:
    """
    The diff is git's: new files, renames, binary files, modes and odd names included.
    """
    workspace.write({"a.txt": "one\ntwo\n", "old name": "same\n" * 9, "b": b"\0\1"})
    workspace.commit()
    assert workspace.diff() == ""

    workspace.write({"a.txt": "one\n2\n", "old name": None, 'new\t"name': "same\n" * 9})
    workspace.write({"b": b"\0\2", "\u00fc.txt": "n\n"})
    diff = workspace.diff()

    assert "--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n" in diff
    assert "rename from old name\n" in diff
    assert "Binary files a/b and b/b differ\n" in diff
    assert diff.count("diff --git") == 4
    assert str(workspace.path) not in diff


def test_diff_of_an_added_file_can_be_applied(workspace: Workspace) -> None:
    """
    What diff prints, git applies.
    """
    workspace.write({"a/b.txt": "one\n"})
    diff = workspace.diff()
    workspace.write({"a/b.txt": None})

    subprocess.run(
        ["git", "apply"], cwd=workspace.path, input=diff, text=True, check=True, timeout=30
    )

    assert workspace.read("a/b.txt") == "one\n"


def test_read_keeps_line_endings(workspace: Workspace) -> None:
    """
    Text comes back as it was written.
    """
    workspace.write({"a": "\u00fc\r\nx\n", "b": b"raw"})

    assert workspace.read("a") == "\u00fc\r\nx\n"
    assert workspace.read("b") == "raw"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x"])
def test_names_stay_inside(workspace: Workspace, name: str) -> None:
    """
    A path that leaves the workspace is the test's mistake.
    """
    with pytest.raises(ValueError, match="not below the workspace"):
        workspace.write({name: "x"})
    with pytest.raises(ValueError, match="not below the workspace"):
        workspace.read(name)


@pytest.mark.parametrize(
    ("globs", "offenders"),
    [
        ((), ["README.md", "src/a.py", "src/deep/b.py"]),
        (("src/**",), ["README.md"]),
        (("src/",), ["README.md"]),
        (("*",), ["src/a.py", "src/deep/b.py"]),
        (("*.md", "src/*.py"), ["src/deep/b.py"]),
        (("**/*.py",), ["README.md"]),
        (("src/?.py", "README.md"), ["src/deep/b.py"]),
        (("src/[a-c].py", "src/deep/[!a].py"), ["README.md"]),
        (("src",), ["README.md", "src/a.py", "src/deep/b.py"]),
        (("**",), []),
        (("README.md", "src/a.py", "src/deep/b.py"), []),
    ],
)
def test_assert_only_changed(
    workspace: Workspace, globs: tuple[str, ...], offenders: list[str]
) -> None:
    """
    Whatever no pattern allows is listed, with its diff.
    """
    workspace.write({"README.md": "# x\n", "src/a.py": "1\n", "src/deep/b.py": "2\n"})
    if not offenders:
        workspace.assert_only_changed(*globs)
        return

    with pytest.raises(AssertionError) as failure:
        workspace.assert_only_changed(*globs)

    message = str(failure.value)
    assert [name for name in workspace.changes() if f"  added     {name}" in message] == offenders
    assert [name for name in workspace.changes() if f"+++ b/{name}" in message] == offenders
    assert message.startswith(f"{len(offenders)} changed that should not have")


def test_unreported_changes(workspace: Workspace) -> None:
    """
    Changes are unreported until a path, absolute or relative, tells of them.
    """
    workspace.write({"a": "1", "b/c": "1", "d": "1"})
    (workspace.path / "link").symlink_to("a")

    assert set(workspace.unreported_changes()) == {"a", "b/c", "d", "link"}
    assert workspace.unreported_changes(["a", workspace.path / "b/c", "link"]) == {"d": "added"}
    workspace.reported = lambda: ["d"]
    assert set(workspace.unreported_changes()) == {"a", "b/c", "link"}


def test_missing_git_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without git a workspace works, only commits and diffs say what they need.
    """
    monkeypatch.setenv("PATH", "")

    workspace.write({"a": "1"})

    assert workspace.changes() == {"a": "added"}
    with pytest.raises(Exception, match="no git on PATH"):
        workspace.commit()


def test_git_failure_is_told(workspace: Workspace) -> None:
    """
    What git complains about is in the error.
    """
    (workspace.path / ".git/HEAD").unlink()

    with pytest.raises(Exception, match=r"git add failed in .*not a git repository"):
        workspace.commit()
