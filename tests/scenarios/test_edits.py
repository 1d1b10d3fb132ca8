"""
What the agent does to files, on disk: the same in every tier.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from openai_codex import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openai_codex import Codex

    from pytest_codex.model import ScriptedModel
    from pytest_codex.session import CodexSession
    from pytest_codex.workspace import Workspace


def test_command_and_edits(
    codex: Codex,
    codex_model: ScriptedModel,
    codex_session: CodexSession,
    codex_workspace: Workspace,
) -> None:
    """
    A command, an edit, a new file, a deletion and a rename, all in one turn.
    """
    codex_workspace.write(
        {"hello.py": "print('hi')\n", "old.txt": "old\n", "notes/a.txt": "one\ntwo\n"}
    )
    codex_workspace.commit()
    codex_model.run("cat hello.py")
    codex_model.patch("*** Update File: hello.py\n@@\n-print('hi')\n+print('hello')\n")
    codex_model.patch(
        "*** Add File: docs/new.txt\n+new\n"
        "*** Delete File: old.txt\n"
        "*** Update File: notes/a.txt\n*** Move to: notes/b.txt\n@@\n one\n-two\n+2\n"
    )
    codex_model.say("Tidied up.")

    result = codex.thread_start().run("Tidy up.")

    assert result.final_response == "Tidied up."
    assert codex_workspace.changes() == {
        "docs/new.txt": "added",
        "hello.py": "modified",
        "notes/a.txt": "deleted",
        "notes/b.txt": "added",
        "old.txt": "deleted",
    }
    assert codex_workspace.read("hello.py") == "print('hello')\n"
    assert codex_workspace.read("notes/b.txt") == "one\n2\n"
    (command,) = codex_session.commands
    assert (command.output, command.exit_code) == ("print('hi')\n", 0)
    changes = {change.path: change for change in codex_session.file_changes}
    assert {change.status for change in changes.values()} == {"completed"}
    assert {path: change.kind for path, change in changes.items()} == {
        f"{codex_workspace.path}/docs/new.txt": "add",
        f"{codex_workspace.path}/hello.py": "update",
        f"{codex_workspace.path}/notes/a.txt": "update",
        f"{codex_workspace.path}/old.txt": "delete",
    }
    renamed = changes[f"{codex_workspace.path}/notes/a.txt"]
    assert renamed.moved_to == f"{codex_workspace.path}/notes/b.txt"


def test_edits_turn_by_turn(
    codex: Codex, codex_model: ScriptedModel, codex_workspace: Workspace
) -> None:
    """
    Each turn's edits are there when it ends, and no later turn's.
    """
    for number in range(1, 4):
        codex_model.patch(f"*** Add File: {number}.txt\n+{number}\n").say(f"Wrote {number}.")

    thread = codex.thread_start()
    seen = []
    for number in range(1, 4):
        thread.run(f"Write {number}.")
        seen.append(sorted(codex_workspace.changes()))

    assert seen == [["1.txt"], ["1.txt", "2.txt"], ["1.txt", "2.txt", "3.txt"]]


def test_failed_patch_changes_nothing(
    codex: Codex, codex_model: ScriptedModel, codex_workspace: Workspace
) -> None:
    """
    An edit that does not fit its file leaves the workspace as it was.
    """
    codex_workspace.write({"hello.py": "print('hi')\n"})
    codex_workspace.commit()
    codex_model.patch("*** Update File: hello.py\n@@\n-no such line\n+other\n").say("Sorry.")

    result = codex.thread_start().run("Edit it.")

    assert result.final_response == "Sorry."
    assert codex_workspace.changes() == {}


def test_test_edits_between_turns(
    codex: Codex, codex_model: ScriptedModel, codex_workspace: Workspace
) -> None:
    """
    What the test itself writes is its own, and the agent builds on it.
    """
    codex_model.run("wc -l < list.txt").say("One line.")
    codex_model.run("echo three >> list.txt").say("Three lines.")

    thread = codex.thread_start()
    codex_workspace.write({"list.txt": "one\n"})
    thread.run("Count.")
    codex_workspace.write({"list.txt": "one\ntwo\n"})
    thread.run("Add one.")

    assert codex_workspace.read("list.txt") == "one\ntwo\nthree\n"


def test_shell_edit(
    codex: Codex,
    codex_model: ScriptedModel,
    codex_session: CodexSession,
    codex_workspace: Workspace,
) -> None:
    """
    What a shell command edits no item reports, yet it is on disk.
    """
    codex_workspace.write({"hello.py": "print('hi')\n", "gone.txt": "x\n"})
    codex_workspace.commit()
    codex_model.run("sed -i s/hi/hello/ hello.py; rm gone.txt; mkdir empty; echo 1 > new.txt")
    codex_model.say("Done.")

    codex.thread_start().run("Edit by shell.")

    assert codex_session.file_changes == []
    assert codex_workspace.read("hello.py") == "print('hello')\n"
    assert (codex_workspace.path / "empty").is_dir()
    assert codex_workspace.changes() == {
        "gone.txt": "deleted",
        "hello.py": "modified",
        "new.txt": "added",
    }


def test_binary_file(codex: Codex, codex_model: ScriptedModel, codex_workspace: Workspace) -> None:
    """
    A file that is no text is the same to the last byte.
    """
    codex_model.run(r"printf '\000\377\r\n\200end' > blob.bin; printf 'caf\303\251\r\n' > crlf.txt")
    codex_model.say("Done.")

    codex.thread_start().run("Make a blob.")

    assert (codex_workspace.path / "blob.bin").read_bytes() == b"\x00\xff\r\n\x80end"
    assert (codex_workspace.path / "crlf.txt").read_bytes() == b"caf\xc3\xa9\r\n"


def test_executable_bit(
    codex: Codex, codex_model: ScriptedModel, codex_workspace: Workspace
) -> None:
    """
    A script the agent made can be run.
    """
    codex_model.run(r"printf '#!/bin/sh\necho it runs\n' > tool.sh; chmod 755 tool.sh")
    codex_model.say("Done.")

    codex.thread_start().run("Make a tool.")

    tool = codex_workspace.path / "tool.sh"
    assert os.access(tool, os.X_OK)
    assert subprocess.run([tool], check=True, capture_output=True, text=True).stdout == "it runs\n"


def test_symbolic_link(
    codex: Codex, codex_model: ScriptedModel, codex_workspace: Workspace
) -> None:
    """
    A link the agent made is a link.
    """
    codex_model.run("echo data > file.txt; ln -s file.txt link.txt").say("Done.")

    codex.thread_start().run("Make a link.")

    link = codex_workspace.path / "link.txt"
    assert os.readlink(link) == "file.txt"
    assert link.read_text() == "data\n"


def test_second_directory(
    codex: Codex,
    codex_model: ScriptedModel,
    codex_session: CodexSession,
    codex_workspace: Workspace,
    tmp_path: Path,
) -> None:
    """
    A thread may work in a directory of the caller's own; its edits happen there.
    """
    other = tmp_path / "other project"
    subprocess.run(["git", "init", "-q", other], check=True)
    (other / "readme.txt").write_text("draft\n")
    codex_model.patch("*** Update File: readme.txt\n@@\n-draft\n+final\n")
    codex_model.run("pwd; echo made > made.txt").say("Done.")

    thread = codex.thread_start(cwd=str(other), sandbox=Sandbox.workspace_write)
    thread.run("Finish the readme.")

    assert (other / "readme.txt").read_text() == "final\n"
    assert (other / "made.txt").read_text() == "made\n"
    assert codex_workspace.changes() == {}
    (command,) = codex_session.commands
    assert command.output == f"{other}\n"
    assert command.cwd == str(other)


def test_two_directories(codex: Codex, codex_model: ScriptedModel, tmp_path: Path) -> None:
    """
    Two threads with directories of their own edit each in its own.
    """
    for name in ("left", "right"):
        subprocess.run(["git", "init", "-q", tmp_path / name], check=True)
        codex_model.script(name).patch(f"*** Add File: side.txt\n+{name}\n").say("Done.")

    for name in ("left", "right"):
        thread = codex.thread_start(cwd=str(tmp_path / name), sandbox=Sandbox.workspace_write)
        thread.run(f"You are {name}.")

    assert (tmp_path / "left/side.txt").read_text() == "left\n"
    assert (tmp_path / "right/side.txt").read_text() == "right\n"


def test_background_command(
    codex: Codex,
    codex_model: ScriptedModel,
    codex_session: CodexSession,
    codex_workspace: Workspace,
    until: Callable[[Callable[[], object]], None],
) -> None:
    """
    A command that is still running when its turn ends does its work all the same.
    """
    go = codex_workspace.path.parent / "go"
    codex_model.run(
        f"until [ -e ../{go.name} ]; do sleep 0.05; done; echo late > late.txt", yield_ms=250
    )
    codex_model.say("It runs in the background.")

    result = codex.thread_start().run("Start it.")
    go.touch()
    until(lambda: [each for each in codex_session.commands if each.finished])

    assert result.final_response == "It runs in the background."
    assert codex_workspace.read("late.txt") == "late\n"
    (command,) = codex_session.commands
    assert command.exit_code == 0
