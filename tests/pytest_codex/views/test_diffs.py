"""
Diffs of what the agent reported.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from .storyteller import Storyteller, edit

TURN_DIFF = (
    "diff --git a/a.py b/a.py\n"
    "index 9f1b437537a2acdadafd3174f6f0af9c1a04f5e4..75d9766db981cf4e8c59be50ff01e574581d43fc\n"
    "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-one\n+two\n"
)


def told_by_items() -> Storyteller:
    """
    A session whose items tell every kind of change, and no diff.
    """
    told = Storyteller().start(cwd="/ws").began()
    told.done(edit("/ws/a.py", diff="@@ -1 +1 @@\n-one\n+two\n"))
    told.done(edit("/ws/new.txt", kind={"type": "add"}, diff="x\ny\n"))
    told.done(edit("/ws/open.txt", kind={"type": "add"}, diff="no end"))
    told.done(edit("/ws/empty.txt", kind={"type": "add"}, diff=""))
    told.done(edit("/ws/old.txt", kind={"type": "delete"}, diff="bye\n"))
    moved = {"type": "update", "move_path": "/ws/to/there.txt"}
    diff = "@@ -1 +1 @@\n-here\n+there\n\n\nMoved to: /ws/to/there.txt"
    told.done(edit("/ws/here.txt", kind=moved, diff=diff))
    told.done(edit("/ws/no.txt", "declined", kind={"type": "add"}, diff="never\n"))
    return told


def test_the_turns_diff_counts() -> None:
    """
    The server's own diff is told, without git's names of contents, which differ by place.
    """
    told = told_by_items()
    for diff in ("early", TURN_DIFF):
        told.notify("turn/diff/updated", threadId="t1", turnId="u1", diff=diff)

    assert told.transcript.diff.startswith("diff --git a/a.py b/a.py\n--- a/a.py\n")
    assert "index" not in told.transcript.diff
    assert told.transcript.turns[0].diff == told.transcript.diff


def test_turns_follow_each_other() -> None:
    """
    A session's diff is that of its turns, one after the other.
    """
    told = Storyteller().start().began()
    told.notify("turn/diff/updated", threadId="t1", turnId="u1", diff="one")
    told.began("u2").notify("turn/diff/updated", threadId="t1", turnId="u2", diff="two\n")

    assert told.transcript.diff == "one\ntwo\n"


def test_git_applies_the_diff_of_items(tmp_path: Path) -> None:
    """
    Where only items tell of changes, their diff is one that git can apply.
    """
    for name, text in (("a.py", "one\n"), ("old.txt", "bye\n"), ("here.txt", "here\n")):
        (tmp_path / name).write_text(text)
    (tmp_path / "x.patch").write_text(told_by_items().transcript.diff)

    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "x.patch"], cwd=tmp_path, check=True)

    found = {
        str(path.relative_to(tmp_path)): path.read_text()
        for path in tmp_path.rglob("*.*")
        if path.is_file() and ".git/" not in str(path) and path.name != "x.patch"
    }
    assert found == {
        "a.py": "two\n",
        "new.txt": "x\ny\n",
        "open.txt": "no end",
        "empty.txt": "",
        "to/there.txt": "there\n",
    }
