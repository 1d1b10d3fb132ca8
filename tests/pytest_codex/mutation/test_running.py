"""
The mutation check on small suites.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fake_server.transcript import Transcript
from pytest_codex.cli import main

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

PLUGIN = ("-p", "pytest_codex.plugin")
HELLO = "def test_hello(codex):\n    codex.thread_start().run('hi')\n"


@pytest.fixture
def suite(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """
    One test with a cassette in which a thread was started in a sandbox.
    """
    project.record()
    monkeypatch.chdir(project.path)
    return project


def test_a_flip_that_nobody_notices(suite: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """
    It is named with its line and the tests that played it; the exit code says so, too.
    """
    before = Transcript.load(next(suite.path.rglob("*.codex.jsonl"))).dumps()
    suite.test(HELLO)

    assert 1 == main(["mutate", "test_bot.py", *PLUGIN])

    said = capsys.readouterr().out
    name = "cassettes/test_bot/test_hello.codex.jsonl"
    assert f"nobody noticed: {name}: line 7: sandbox workspaceWrite -> dangerFullAccess\n" in said
    assert "  played by test_bot.py::test_hello\n" in said
    assert "0 of 1 flips in 1 cassettes were noticed" in said
    assert 'sandbox="workspace-write"' in said
    assert before == Transcript.load(next(suite.path.rglob("*.codex.jsonl"))).dumps()


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_a_flip_that_is_noticed(
    suite: Project, capsys: pytest.CaptureFixture[str], transport: str
) -> None:
    """
    A test that says how wide the sandbox may be notices, over every transport.
    """
    suite.test(f"@pytest.mark.codex(sandbox='workspace-write', transport={transport!r})\n{HELLO}")

    assert 0 == main(["mutate", "test_bot.py", *PLUGIN])

    assert "1 of 1 flips in 1 cassettes were noticed\n" == capsys.readouterr().out


def test_one_of_several_users_is_enough(suite: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A cassette that two tests play is watched when one of them looks.
    """
    other = "@pytest.mark.codex(cassette='test_bot/test_hello', sandbox='workspace-write')\n"
    suite.test(f"{HELLO}\n" + other + HELLO.replace("test_hello", "test_other"))

    assert 0 == main(["mutate", "test_bot.py", *PLUGIN])

    assert "1 of 1 flips in 1 cassettes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            HELLO + "    assert 1 == 2\n",
            "the tests do not pass as they are: test_bot.py::test_hello",
        ),
        ("def test_hello():\n    pass\n", "none of the tests plays a cassette"),
        ("import nothing_like_it\n", "a run of the tests ended with 2:"),
    ],
)
def test_what_cannot_be_checked(
    suite: Project, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    """
    Tests that fail anyway, or play nothing, cannot notice anything.
    """
    suite.test(text)

    assert 1 == main(["mutate", "test_bot.py", *PLUGIN])

    assert complaint in capsys.readouterr().err
