"""
A command that is no server gets one error that says why.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_codex.conformance.probing import probe
from pytest_codex.conformance.target import Target
from pytest_codex.errors import HarnessError

from .small import target

FLOOD = """yes '{"method": "warning", "params": {}}' """
"""A server that says so much that there is always one more message to read."""


@pytest.mark.parametrize(
    ("agent", "version"),
    [("me/0.163.0 (x)", "0.163.0"), ("a/1.2.3-beta.1", "1.2.3-beta.1"), ("0.163.0", None)],
)
def test_the_version_is_what_user_agent_tells(agent: str, version: str | None) -> None:
    """
    As name/x.y.z; anything else tells none, and that is no error.
    """
    assert probe(target("--agent", agent)) == version


@pytest.mark.parametrize(
    ("command", "deadline", "text"),
    [
        ("no-such-program --x", 20.0, "no-such-program cannot be started: .*No such file"),
        ("sh -c 'echo broken >&2; exit 3'", 20.0, r"(?s)ended with code 3.*standard error: broken"),
        ("echo hello", 20.0, "a line that is no JSON: 'hello"),
        ("sleep 60", 0.5, "the answer to initialize did not come within 0.5 s"),
        ("cat /dev/zero", 20.0, "the server said 33554432 characters and ends no line"),
        (FLOOD, 20.0, "the answer to initialize did not come: the server said 100000 messages"),
    ],
)
def test_what_is_no_server_is_told_in_one_error(command: str, deadline: float, text: str) -> None:
    """
    The command, what was wrong, and what it said last.
    """
    with pytest.raises(HarnessError, match=text) as caught:
        probe(Target(command, deadline))

    assert str(caught.value).startswith("--server: ")


def test_a_replay_without_a_probe_says_how_to_record_one(tmp_path: Path) -> None:
    """
    Nothing is started for a recording that is not there.
    """
    with pytest.raises(HarnessError, match=r"there is no .*probe\.codex\.jsonl; --record makes"):
        probe(Target("fake {check}.codex.jsonl", here=tmp_path))


def test_a_codex_that_is_not_there_can_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The usual command, where neither the path nor the package has it.
    """

    def nothing(*_: object) -> None:
        raise HarnessError("none")

    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("pytest_codex.conformance.target.find_binary", nothing)

    with pytest.raises(HarnessError, match="`pip install openai-codex-cli-bin` brings it along"):
        probe(Target("codex app-server"))
