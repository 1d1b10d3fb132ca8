"""
The command under test.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pytest_codex.conformance.target import Target
from pytest_codex.errors import HarnessError
from pytest_codex.runtime import find_binary


def argv(command: str, here: Path) -> list[str]:
    """
    The words of a command for some check.
    """
    names = {"check": "a/b", "workspace": "/w", "directory": "/d", "connection": "2"}
    return Target(command, here=here).argv(**names)


def test_names_stand_for_what_differs_from_check_to_check(tmp_path: Path) -> None:
    """
    Each name is filled in, wherever it is in a word; other braces stay.
    """
    found = argv("/bin/x {check}.log --at={workspace}:{directory} {connection} {other}", tmp_path)

    assert found == ["/bin/x", "a/b.log", "--at=/w:/d", "2", "{other}"]


def test_files_of_here_are_made_absolute(tmp_path: Path) -> None:
    """
    The server is started elsewhere; a package that is called like a folder stays a package.
    """
    (tmp_path / "bin").mkdir()
    (tmp_path / "server.js").touch()
    (tmp_path / "bin" / "one").touch()

    found = argv("bin/one server.js --file=server.js -m bin ./bin missing.js /a/b", tmp_path)

    here = str(tmp_path)
    assert found == [
        *(f"{here}/bin/one", f"{here}/server.js", f"--file={here}/server.js", "-m", "bin"),
        *(f"{here}/bin", "missing.js", "/a/b"),
    ]


def test_programs_are_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A codex that is on no path is the one that came with the SDK.
    """
    assert argv("sh -c x", tmp_path)[0] == shutil.which("sh")

    monkeypatch.setenv("PATH", str(tmp_path))
    assert argv("codex app-server", tmp_path) == [str(find_binary()), "app-server"]
    assert argv("other", tmp_path) == ["other"]


@pytest.mark.parametrize(("command", "text"), [("", "is empty"), ("a 'b", "is no command")])
def test_what_is_no_command_is_an_error(command: str, text: str, tmp_path: Path) -> None:
    """
    The error names the option.
    """
    with pytest.raises(HarnessError, match=f"--server: .*{text}"):
        argv(command, tmp_path)


def test_a_recording_that_is_not_there_is_known(tmp_path: Path) -> None:
    """
    Only a word that names a recording of each check has to exist.
    """
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.codex.jsonl").touch()
    replay = Target("fake --cassette={check}.codex.jsonl", here=tmp_path)
    server = Target("server --log {check}.log", here=tmp_path)

    assert (replay.replays, server.replays) == (True, False)
    assert replay.missing("a/b") is None
    assert replay.missing("a/c") == "a/c.codex.jsonl"
    assert server.missing("a/c") is None
