"""
Cassettes that an older Codex recorded: told once, refused when the run is strict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fake_server.transcript import Transcript
from pytest_codex.versions import installed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pytest_codex.conftest import Project

TWO = """
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.codex(cassette="both")
def test_hello(codex, number):
    assert codex.thread_start().run("hi").final_response == "Hello."
"""
SCRIPTED = """
def test_hello(codex, codex_model):
    codex_model.say("Hello.")
    assert codex.thread_start().run("hi").final_response == "Hello."
"""


def age(cassette: Path, version: str = "0.1.0") -> None:
    """
    Say that a cassette was recorded with another version.
    """
    transcript = Transcript.load(cassette)
    transcript.header["codex"] = version
    transcript.save(cassette)


def test_an_older_cassette_is_told_once(project: Project) -> None:
    """
    It plays; the run ends with one line, however many tests play it.
    """
    project.test(TWO)
    cassette = project.record()
    age(cassette.rename(project.path / "cassettes" / "both.codex.jsonl"))

    result = project.run()

    result.assert_outcomes(passed=2)
    told = [line for line in result.stdout.lines if "older Codex" in line]
    (line,) = told
    assert line == (
        "warning: 1 cassette was recorded with an older Codex (0.1.0) than the installed one "
        f"({installed()}); see what changed: pytest-codex validate, or "
        "pytest --codex-record-mode=verify"
    )


def test_a_cassette_of_now_is_not_told(project: Project) -> None:
    """
    There is nothing to say of one that the installed Codex recorded, or a newer one.
    """
    project.test(TWO)
    cassette = project.record().rename(project.path / "cassettes" / "both.codex.jsonl")
    for version in (str(installed()), "999.0.0"):
        age(cassette, version)
        result = project.run("--codex-strict")
        result.assert_outcomes(passed=2)
        result.stdout.no_fnmatch_line("*older Codex*")


@pytest.mark.parametrize("place", ["option", "ini"])
def test_strict_refuses(project: Project, place: str) -> None:
    """
    The failure names the file, both versions, and what to do.
    """
    project.test(TWO)
    age(project.record().rename(project.path / "cassettes" / "both.codex.jsonl"))
    if place == "ini":
        project.write("pytest.ini", "[pytest]\ncodex_strict = true\n")

    result = project.run("-k", "1", *(["--codex-strict"] if place == "option" else []))

    result.assert_outcomes(errors=1)
    told = "both.codex.jsonl was recorded with Codex 0.1.0, and"
    result.stdout.fnmatch_lines(
        [
            f"*CassetteVersionError: cassettes/{told} {installed()} is installed (--codex-strict)",
            "*How to fix:",
            "*pytest --codex-record-mode=verify 'test_bot.py::test_hello?1?'",
            "*pytest --codex-strict --codex-record-mode=rewrite 'test_bot.py::test_hello?1?'",
        ]
    )


def test_what_the_failure_says_helps(project: Project) -> None:
    """
    A rewrite leaves a file alone that differs in its version only; a strict one mends that.
    """
    project.test(SCRIPTED)
    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    cassette = project.path / "cassettes" / "test_bot" / "test_hello.codex.jsonl"
    new = cassette.read_text()
    age(cassette)
    old = cassette.read_text()

    project.run("--codex-record-mode=rewrite").assert_outcomes(passed=1)
    assert old == cassette.read_text()
    project.run("--codex-strict").assert_outcomes(errors=1)
    project.run("--codex-strict", "--codex-record-mode=rewrite").assert_outcomes(passed=1)
    assert new == cassette.read_text()
    project.run("--codex-strict").assert_outcomes(passed=1)
