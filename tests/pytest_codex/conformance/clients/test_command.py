"""
``pytest-codex conformance --client``: what it prints and returns.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_codex.cli import main
from pytest_codex.conformance.clients.command import suite
from tests.pytest_codex.conformance.clients.clients import raw_client, script

FAILING = raw_client("AnswersOneQuestion")


def conformance(*words: str) -> int:
    """
    Run the command.
    """
    return main(["conformance", *words])


def test_a_good_client_is_conformant(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The report says who was tested, in which version, and how it went.
    """
    status = conformance("--client", raw_client(), "--only", "tasks/hello", "--only", "tasks/run")
    out = capsys.readouterr().out

    assert status == 0
    assert "client under test: " in out
    assert "(version 1.0.0)" in out
    assert "conformant: 2 of 2 checks passed" in out


def test_a_failure_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """
    With the check, the reason and the wire; reports say that it was a client.
    """
    file = tmp_path / "report.json"
    status = conformance("--client", FAILING, "--only", "requests/user-input", "--json", str(file))
    out = capsys.readouterr().out

    assert status == 1
    assert "failed: requests/user-input" in out
    assert "the first option of each question is" in out
    assert '"method": "item/tool/requestUserInput"' in out
    assert json.loads(file.read_text())["side"] == "client"


@pytest.mark.parametrize(("versions", "status"), [("*", 0), ("1.0.0", 0), ("2.0.0..", 1)])
def test_failures_may_be_expected(versions: str, status: int, tmp_path: Path) -> None:
    """
    In the versions that the client tells of itself.
    """
    file = tmp_path / "known.txt"
    file.write_text(f"requests/user-input {versions} it answers one question\n")
    words = ("--only", "requests/user-input", "--expected-failures", str(file))

    assert conformance("--client", FAILING, *words) == status


def test_an_expected_failure_that_passes_is_stale(tmp_path: Path) -> None:
    """
    It has to be taken out of the file.
    """
    file = tmp_path / "known.txt"
    file.write_text("tasks/hello * it does not work\n")
    words = ("--only", "tasks/hello", "--expected-failures", str(file))

    assert conformance("--client", raw_client(), *words) == 1


def test_a_misspelt_check_of_the_schema_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Which of them there are does not depend on a version, as it does for servers.
    """
    file = tmp_path / "known.txt"
    file.write_text("schema/rnu * it does not work\n")

    words = ("--client", raw_client(), "--only", "tasks/hello", "--expected-failures", str(file))
    assert conformance(*words) == 2
    assert "no check 'schema/rnu' (did you mean 'schema/run'?)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--client", ""), "the command is empty"),
        (("--client", "'driver"), "is no command: No closing quotation"),
        (("--client", "/nowhere/driver"), "cannot be started"),
        (("--client", script("true")), "printed no JSON object"),
        (("--client", script("echo 'no SDK' >&2; exit 1")), "never started its server: no SDK"),
        (("--client", script("echo {}")), "never started its server: exit status 0"),
        (("--client", raw_client(), "--only", "nothing"), "no check has such an id"),
        (("--client", raw_client(), "--against", "0.0.1"), "the schema of Codex 0.0.1 is not here"),
        (("--client", raw_client(), "--record", "d"), "--record is for servers"),
        (("--client", raw_client(), "--without", "model"), "--without is for servers"),
        ((), "--server CMD or --client CMD"),
    ],
)
def test_wrong_words_are_told(
    words: tuple[str, ...], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Nothing was tested: one clear error.
    """
    assert conformance(*words) == 2
    assert text in capsys.readouterr().err


def test_a_check_that_breaks_down_is_told() -> None:
    """
    It is neither a failure nor a pass.
    """
    hello = '"$CODEX_CONFORMANCE_CODEX" app-server </dev/null; echo {}'
    driver = script(f'test "$CODEX_CONFORMANCE_TASK" = hello && {{ {hello}; }}; exit 0')

    assert conformance("--client", driver, "--only", "tasks/run") == 3


def test_checks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """
    With their titles, without a driver.
    """
    assert conformance("--client", "--list", "--only", "close") == 0
    out = capsys.readouterr().out

    ids = [line.partition(":")[0] for line in out.splitlines()]
    assert ids == [check.id for check in suite() if check.area == "close"]
