"""
Options, marker, environment and ini file, and which of them wins.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from pytest_codex.settings import OPTIONS, Settings, in_ci

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project


DUMP = """
from dataclasses import fields
from pytest_codex.settings import resolve

def pytest_collection_finish(session):
    (item,) = session.items
    settings = resolve(item.config, item)
    for field in fields(settings):
        print(f"SET {field.name} {getattr(settings, field.name)!r}")
"""


def collect(project: Project, *args: str) -> dict[str, str]:
    """
    Collect the project's only test and tell what holds for it.
    """
    project.write("conftest.py", DUMP)
    result = project.run("-s", "--collect-only", *args, str(project.path))
    assert result.ret == 0
    words = (line.partition("SET ")[2] for line in result.outlines)
    return {name: value for name, _, value in (word.partition(" ") for word in words) if name}


def test_every_option_has_a_setting() -> None:
    """
    Each row of the table names a field, so that nothing that can be said is lost.
    """
    assert {option.name for option in OPTIONS} < {field.name for field in fields(Settings)}


def test_every_name_carries_the_prefix() -> None:
    """
    No name can clash with another plugin's.
    """
    for option in OPTIONS:
        assert option.cli.startswith("--codex-")
        assert option.ini.startswith("codex_")
        assert option.env.startswith("PYTEST_CODEX_")


@pytest.mark.parametrize(
    ("word", "expected"), [("", False), ("0", False), ("false", False), ("true", True), ("1", True)]
)
def test_ci_is_told_by_its_variable(word: str, expected: bool) -> None:
    """
    CI counts as set unless it is empty or says no.
    """
    assert in_ci({"CI": word}) is expected


MARKED = '@pytest.mark.codex(tier="live", timeout=3)'


def test_defaults(project: Project) -> None:
    """
    With nothing said, a test replays in memory and never records.
    """
    project.test("def test_it(): pass")

    settings = collect(project)

    assert settings["tier"] == "'replay'"
    assert settings["record_mode"] == "'none'"
    assert settings["transport"] == "'memory'"
    assert settings["timeout"] == "None"


def test_the_command_line_wins(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What stands on the command line beats marker, environment and ini file.
    """
    project.write("pytest.ini", "[pytest]\ncodex_tier = live\n")
    project.test(f"{MARKED}\ndef test_it(): pass")
    monkeypatch.setenv("PYTEST_CODEX_TIER", "live")

    assert collect(project, "--codex-tier=scripted")["tier"] == "'scripted'"


def test_the_marker_beats_the_environment(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The marker knows the test; the environment only knows the machine.
    """
    project.test(f"{MARKED}\ndef test_it(): pass")
    monkeypatch.setenv("PYTEST_CODEX_TIER", "scripted")
    monkeypatch.setenv("PYTEST_CODEX_TIMEOUT", "9")

    settings = collect(project)

    assert settings["tier"] == "'live'"
    assert settings["timeout"] == "3.0"


def test_the_environment_beats_the_ini_file(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The ini file holds for everybody, the environment for this machine.
    """
    project.write("pytest.ini", "[pytest]\ncodex_transport = memory\ncodex_tier = scripted\n")
    project.test("def test_it(): pass")
    monkeypatch.setenv("PYTEST_CODEX_TRANSPORT", "stdio")

    settings = collect(project)

    assert settings["transport"] == "'stdio'"
    assert settings["tier"] == "'scripted'"


def test_the_closest_marker_wins(project: Project) -> None:
    """
    A marker on the function beats one on its class, keyword by keyword.
    """
    project.test(
        '@pytest.mark.codex(tier="live", ignore="params.model")\n'
        "class TestIt:\n"
        '    @pytest.mark.codex(tier="scripted")\n'
        "    def test_it(self): pass\n"
    )

    settings = collect(project)

    assert settings["tier"] == "'scripted'"
    assert settings["ignore"] == "('params.model',)"


def test_paths_start_where_they_were_given(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A path on the command line is the shell's; one in the ini file is the project's.
    """
    project.write("pytest.ini", "[pytest]\ncodex_cassette_dir = tapes\n")
    project.write("sub/test_bot.py", "def test_it(): pass")
    monkeypatch.chdir(project.path / "sub")

    given = collect(project, "--codex-artifacts=left")

    assert given["cassette_dir"] == repr(project.path / "tapes")
    assert given["artifacts"] == repr(project.path / "sub" / "left")


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("codex(casette='x')", "*does not know 'casette'; it knows: cassette, match_on, *"),
        ("codex('x')", "*takes keywords only: cassette, *"),
        ("codex(tier='real')", "*'real' is not one of replay, scripted, live*"),
        ("codex(timeout=0)", "*0 is not a positive number of seconds*"),
        ("codex(ignore=3)", "*3 is not a string or a list of strings*"),
        ("codex(scrub='x')", "*(scrub=...): 'x' is not a list of pairs, such as *"),
        ("codex(scrub=['ab'])", "*'ab' is not a pair (regular expression, replacement)*"),
        ("codex(scrub=[('(', '')])", "*the regular expression '(' is wrong: missing ), *"),
        ("codex(scrub=[('a', '/1-x'.replace('/', chr(92)))])", "*the replacement *is wrong: *"),
        ("codex(approvals='yes')", "*'yes' is not one of declared, any, forbid*"),
        ("codex(effects='home')", "*'home' is not one of workspace, anywhere*"),
        ("codex(allow=3)", "*3 is not a pattern or a list of patterns*"),
        ("codex(allow='/etc')", "*the pattern '/etc' is not relative to the workspace*"),
        ("codex(deny=['../x'])", "*the pattern '../x' leaves the workspace*"),
        ("codex(sandbox='wide')", "*'wide' is not one of read-only, workspace-write, *"),
        ("codex(cassette='')", "*'' is not a file name*"),
        ("codex(max_turns=0)", "*(max_turns=...): 0 is not a whole number above 0*"),
        ("codex(max_commands='3')", "*(max_commands=...): '3' is not a whole number above 0*"),
        ("codex(max_tokens=True)", "*(max_tokens=...): True is not a whole number above 0*"),
        ("codex(max_tokens=1.5)", "*(max_tokens=...): 1.5 is not a whole number above 0*"),
        ("codex(runs=-1)", "*(runs=...): -1 is not a whole number above 0*"),
        ("codex(runs=2, pass_rate=0)", "*(pass_rate=...): 0 is not a share above 0 and up to 1*"),
        ("codex(runs=2, pass_rate=80)", "*80 is not a share above 0 and up to 1*"),
        ("codex(pass_rate=0.5)", "*is a share of runs; say how many: runs=5*"),
    ],
)
def test_a_wrong_marker_stops_the_run(project: Project, marker: str, complaint: str) -> None:
    """
    A marker that says nothing sensible is a usage error that tells what can be said.
    """
    project.test(f"@pytest.mark.{marker}\ndef test_it(): pass\n")

    result = project.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: test_bot.py::test_it: {complaint}"])


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("PYTEST_CODEX_TIER", "real", "PYTEST_CODEX_TIER: 'real' is not one of *"),
        ("PYTEST_CODEX_TIMEOUT", "soon", "PYTEST_CODEX_TIMEOUT: 'soon' is not a positive *"),
        ("PYTEST_CODEX_ALLOW_RECORD_IN_CI", "maybe", "*'maybe' is neither true nor false"),
    ],
)
def test_a_wrong_environment_stops_the_run(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    """
    A wrong value is told with the name of its place, even if no test uses a session.
    """
    project.test("def test_it(): pass")
    monkeypatch.setenv(name, value)

    result = project.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {complaint}"])


def test_a_wrong_ini_value_stops_the_run(project: Project) -> None:
    """
    The ini file is checked as the command line is.
    """
    project.write("pytest.ini", "[pytest]\ncodex_record_mode = new_episodes\n")
    project.test("def test_it(): pass")

    result = project.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: ini key codex_record_mode: 'new_episodes' is not one of*"])


def test_switches_can_be_given_in_the_ini_file(project: Project) -> None:
    """
    A switch says true or false where it has no flag form.
    """
    project.write("pytest.ini", "[pytest]\ncodex_allow_record_in_ci = yes\n")
    project.test("def test_it(): pass")

    assert collect(project)["allow_record_in_ci"] == "True"
