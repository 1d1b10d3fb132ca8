from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pytest_codex import trees
from pytest_codex.errors import HarnessError
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


# -- what it starts from ---------------------------------------------------------------


def test_files_are_a_template(workspace: Workspace) -> None:
    """
    Files given by name are committed, and are the baseline.
    """
    workspace.start_from({"a.txt": "a\n", "b/c": b"\0"})

    assert workspace.changes() == {}
    assert git(workspace, "status", "--porcelain") == ""
    assert git(workspace, "ls-files").split() == ["a.txt", "b/c"]
    assert workspace.commits() == []


def test_a_folder_is_a_template(workspace: Workspace, tmp_path: Path) -> None:
    """
    A folder is copied: modes and symlinks as they are, nothing behind a symlink.
    """
    folder = tmp_path / "folder"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/run").write_text("#!/bin/sh\n")
    (folder / "bin/run").chmod(0o755)
    (tmp_path / "secret").write_text("secret")
    (folder / "out").symlink_to("../secret")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/x.pyc").write_text("x")

    workspace.start_from(folder)

    assert workspace.changes() == {}
    assert sorted(git(workspace, "ls-files").split()) == ["bin/run", "out"]
    assert os.access(workspace.path / "bin/run", os.X_OK)
    assert os.readlink(workspace.path / "out") == "../secret"
    with pytest.raises(ValueError, match=r"'out' is a symlink that leads out"):
        workspace.read("out")


@pytest.mark.parametrize("bare", [False, True])
def test_a_repository_is_a_template(workspace: Workspace, tmp_path: Path, bare: bool) -> None:
    """
    A repository comes with its history and branches, without hooks, remotes and open changes.
    """
    source = Workspace(tmp_path / "source")
    source.write({"a.txt": "1\n"})
    source.commit("One")
    git(source, "checkout", "-qb", "work")
    source.write({"a.txt": "2\n"})
    second = source.commit("Two")
    source.write({"a.txt": "3\n", "open.txt": "x"})
    (source.path / ".git/hooks").mkdir()
    (source.path / ".git/hooks/post-checkout").write_text("#!/bin/sh\ntouch ran\n")
    (source.path / ".git/hooks/post-checkout").chmod(0o755)
    place = source.path
    if bare:
        place = tmp_path / "bare.git"
        git(source, "clone", "-q", "--mirror", ".", str(place))

    workspace.start_from(place)

    assert workspace.read("a.txt") == "2\n"
    assert workspace.changes() == {}
    assert git(workspace, "rev-parse", "HEAD").strip() == second
    assert git(workspace, "log", "--format=%s").split() == ["Two", "One", "Begin"]
    assert sorted(git(workspace, "branch", "--format=%(refname:short)").split()) == ["main", "work"]
    assert git(workspace, "status", "--porcelain", "--branch") == "## work\n"
    assert git(workspace, "remote") == ""
    assert not (workspace.path / ".git/hooks").exists()
    assert workspace.commits() == []


def test_a_detached_head_is_a_template(workspace: Workspace, tmp_path: Path) -> None:
    """
    What a continuous-integration checkout looks like can be started from, too.
    """
    source = Workspace(tmp_path / "source")
    source.write({"a.txt": "1\n"})
    first = source.commit("One")
    git(source, "checkout", "-q", "--detach")
    git(source, "branch", "-D", "-q", "main")

    workspace.start_from(source.path)

    assert git(workspace, "rev-parse", "HEAD").strip() == first
    assert git(workspace, "fsck", "--strict", "--no-dangling") == ""


def test_a_wrong_template_is_told(workspace: Workspace, tmp_path: Path) -> None:
    """
    A folder that is not there and a repository without a commit are the test's mistakes.
    """
    with pytest.raises(HarnessError, match="there is no folder 'nowhere'"):
        workspace.start_from("nowhere")
    subprocess.run(["git", "init", "-q", str(tmp_path / "empty")], check=True, timeout=30)
    with pytest.raises(HarnessError, match="empty has no commit to start from"):
        workspace.start_from(tmp_path / "empty")


# -- commits and the way back ------------------------------------------------------------


def test_commits_since_the_baseline(workspace: Workspace) -> None:
    """
    Commits on any branch are told with who made them and what they changed; ours are not.
    """
    workspace.write({"keep": "1", "old": "1\n" * 9, "drop": "1"})
    workspace.commit()
    assert workspace.commits() == []

    git(workspace, "checkout", "-qb", "side")
    workspace.write({"keep": "2", "drop": None})
    author = ["-c", "user.name=A. Gent", "-c", "user.email=a@example.com"]
    git(workspace, *author, "commit", "-qam", "Side\n\nWith a body.")
    git(workspace, "checkout", "-q", "main")
    git(workspace, "mv", "old", 'new "\u00fc"')
    git(workspace, *author, "commit", "-q", "--author=B <b@example.com>", "-am", "Move")
    git(workspace, *author, "merge", "-q", "side", "-m", "Merge")

    one, two, merge = workspace.commits()

    assert {one.subject, two.subject} == {"Side", "Move"}
    side, move = sorted((one, two), key=lambda commit: commit.subject, reverse=True)
    assert side.message == "Side\n\nWith a body."
    assert str(side.author) == str(side.committer) == "A. Gent <a@example.com>"
    assert side.files == {"keep": "modified", "drop": "deleted"}
    assert str(move.author) == "B <b@example.com>"
    assert move.files == {"old": "deleted", 'new "\u00fc"': "added"}
    assert merge.parents == (move.name, side.name)
    assert merge.files == {"keep": "modified", "drop": "deleted"}
    assert workspace.changes().keys() == {"keep", "drop", "old", 'new "\u00fc"'}


def test_commits_are_found_in_packed_and_detached_states(workspace: Workspace) -> None:
    """
    Where git keeps its branches makes no difference.
    """
    git(workspace, "commit", "-q", "--allow-empty", "-m", "One")
    git(workspace, "pack-refs", "--all")
    git(workspace, "checkout", "-q", "--detach")
    git(workspace, "commit", "-q", "--allow-empty", "-m", "Two")

    assert [commit.subject for commit in workspace.commits()] == ["One", "Two"]


def test_restore(workspace: Workspace) -> None:
    """
    Files, modes, symlinks, branches, the index and hooks are as they were.
    """
    workspace.write({"a": "1", "b/c": "1", "gone/x": "1", "bin": b"\0\1"})
    (workspace.path / "link").symlink_to("a")
    workspace.commit()
    status = git(workspace, "status", "--porcelain", "--branch")
    log = git(workspace, "log", "--all", "--format=%H")

    workspace.write({"a": "2", "b/c": None, "gone/x": None, "new/deep/y": "1"})
    (workspace.path / "gone").rmdir()
    (workspace.path / "gone").symlink_to("/tmp")
    (workspace.path / "bin").chmod(0o755)
    (workspace.path / "link").unlink()
    (workspace.path / "link").mkdir()
    (workspace.path / "link/z").write_text("1")
    git(workspace, "checkout", "-qb", "other")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-qm", "Other")
    git(workspace, "pack-refs", "--all")
    (workspace.path / ".git/hooks").mkdir()
    (workspace.path / ".git/hooks/pre-commit").write_text("x")
    workspace.restore()

    assert workspace.changes() == {}
    assert workspace.commits() == []
    assert not (workspace.path / "new").exists()
    assert not os.access(workspace.path / "bin", os.X_OK)
    assert os.readlink(workspace.path / "link") == "a"
    assert git(workspace, "status", "--porcelain", "--branch") == status
    assert git(workspace, "log", "--all", "--format=%H") == log
    assert not (workspace.path / ".git/hooks/pre-commit").exists()


def test_restore_to_a_mark(workspace: Workspace) -> None:
    """
    A mark between two turns can be come back to, and changes can be told since it.
    """
    workspace.write({"a": "1"})
    mark = workspace.mark()
    workspace.write({"a": "2", "b": "1"})

    assert workspace.changes(mark) == {"a": "modified", "b": "added"}
    assert "-1\n" in workspace.diff(mark)
    workspace.restore(mark)

    assert workspace.changes(mark) == {}
    assert workspace.changes() == {"a": "added"}


def test_restore_never_writes_through_a_symlink(workspace: Workspace, tmp_path: Path) -> None:
    """
    A directory that became a symlink out is put back; what it led to is not touched.
    """
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("theirs")
    (outside / "y").write_text("theirs")
    workspace.write({"dir/x": "ours", "dir/sub/z": "ours"})
    mark = workspace.mark()
    shutil.rmtree(workspace.path / "dir")
    (workspace.path / "dir").symlink_to(outside)

    workspace.restore(mark)

    assert workspace.read("dir/x") == "ours"
    assert not (workspace.path / "dir").is_symlink()
    assert [path.read_text() for path in sorted(outside.iterdir())] == ["theirs", "theirs"]


def test_writing_and_reading_stay_inside(workspace: Workspace, tmp_path: Path) -> None:
    """
    A symlink that leads out is replaced when written, and refused when read or crossed.
    """
    (tmp_path / "x").write_text("theirs")
    (workspace.path / "file").symlink_to(tmp_path / "x")
    (workspace.path / "dir").symlink_to(tmp_path)

    with pytest.raises(ValueError, match="a symlink leads out"):
        workspace.write({"dir/x": "ours"})
    workspace.write({"file": "ours"})

    assert (tmp_path / "x").read_text() == "theirs"
    assert workspace.read("file") == "ours"


def test_a_file_nobody_may_read_is_a_change(workspace: Workspace) -> None:
    """
    Taking away the right to read is told, where the system enforces it.
    """
    workspace.write({"a": "1"})
    workspace.commit()
    (workspace.path / "a").chmod(0)
    if os.access(workspace.path / "a", os.R_OK):
        pytest.skip("this user may read everything")

    assert workspace.changes() == {"a": "modified"}
    assert "a/a" in workspace.diff()


def test_changes_within_one_tick_of_the_clock_are_seen(workspace: Workspace) -> None:
    """
    A change of the same size, at once after a look, with its time put back, is found.
    """
    workspace.write({"a": "1"})
    workspace.commit()
    path = workspace.path / "a"
    for number in range(20):
        found = path.stat()
        path.write_text(str(number % 2 + 2))
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))

        assert workspace.changes() == {"a": "modified"}
        assert f"+{number % 2 + 2}\n" in workspace.diff()


def test_files_that_stay_are_read_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Looking again at files that did not change for a while opens none of them.
    """
    workspace.write({f"{number}.txt": "x" for number in range(20)})
    monkeypatch.setattr(trees, "TICK_NS", -(10**18))
    workspace.changes()
    opened = []
    monkeypatch.setattr(trees, "_read", lambda path, _: opened.append(path))

    workspace.changes()

    assert opened == []
