"""
``pytest-codex conformance --server``: arguments, exit codes, and what is told.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_codex.cli import main
from pytest_codex.conformance import command as conformance
from pytest_codex.conformance.outcomes import require

from . import small

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_codex.conformance.checks import Check
    from pytest_codex.conformance.server import Server

pytestmark = pytest.mark.usefixtures("suite")


def shakes_hands(server: Server) -> None:
    """
    Pass.
    """
    server.connect()


def fails(server: Server) -> None:
    """
    Fail.
    """
    server.connect()
    require(False, "it has to be blue")


def breaks(_server: Server) -> None:
    """
    Break down.
    """
    raise KeyError("x")


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> list[Check[Server]]:
    """
    A suite of three checks in place of the real one.
    """
    checks = [
        small.check(shakes_hands, "good/hands", methods=("initialize",)),
        small.check(fails, "bad/fails"),
        small.check(breaks, "ugly/breaks", needs=frozenset({"model"})),
    ]
    monkeypatch.setattr(conformance, "suite", lambda: checks)
    return checks


def run(*arguments: str) -> int:
    """
    Test the small server.
    """
    return main(["conformance", "--server", small.command(), *arguments])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--only", "good"], 0),
        (["--skip", "ugly"], 1),
        (["--without", "model"], 1),
        ([], 3),
        (["--only", "nothing"], 2),
        (["--against", "nonsense"], 2),
        (["--only", "ugly", "--without", "model"], 2),
    ],
)
def test_the_exit_code_tells_how_it_ended(arguments: list[str], code: int) -> None:
    """
    All well, a failure, nothing tested, and a suite that broke down are told apart.
    """
    assert run(*arguments) == code


def test_a_run_that_skipped_everything_is_not_conformant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """
    Nothing was tested, and nothing is called conformant.
    """
    run("--only", "ugly", "--without", "model")

    told = capsys.readouterr().out
    assert "nothing was tested: every check was skipped" in told
    assert "conformant:" not in told


@pytest.mark.parametrize("name", ["taken/report.json", "folder"])
def test_a_report_that_cannot_be_written_is_told_before_anything_runs(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Else the findings of a long run would be lost.
    """
    (tmp_path / "taken").touch()
    (tmp_path / "folder").mkdir()

    assert run("--json", str(tmp_path / name)) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert "--json: " in told.err
    assert "cannot be written" in told.err


def test_an_interrupted_run_has_no_verdict(
    suite: list[Check[Server]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Ctrl-C ends with one line and the exit status that shells know.
    """

    def interrupted(*_words: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(conformance, "run_checks", interrupted)

    assert run() == 130
    assert "interrupted; there is no verdict" in capsys.readouterr().err


def test_a_method_that_no_schema_has_may_be_expected_to_fail(tmp_path: Path) -> None:
    """
    Servers have extensions of their own, whose notifications no version knows.
    """
    known = tmp_path / "known.txt"
    known.write_text("schema/my/notice * an extension of ours\n", encoding="utf-8")
    server = small.command("--break", "extension")
    words = ("conformance", "--server", server, "--only", "good")

    assert main([*words]) == 1
    assert main([*words, "--expected-failures", str(known)]) == 0


def test_lines_that_speak_of_one_check_are_told_before_it_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A file that is wrong is no reason to wait for the end of a run.
    """
    known = tmp_path / "known.txt"
    known.write_text("bad/fails * one\nbad/fails 0.163.0 two\n", encoding="utf-8")
    monkeypatch.setattr(conformance, "run_checks", lambda *_words, **_more: pytest.fail("ran"))

    assert run("--expected-failures", str(known)) == 2


def test_the_report_tells_versions_failures_and_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """
    What was tested and with which schema, each failure with its text, the counts.
    """
    run("--skip", "ugly")

    told = capsys.readouterr().out
    assert "(Codex 0.163.0); messages checked with the schema of" in told
    assert "failed: bad/fails\n  What holds.\n    it has to be blue\n" in told
    assert "2 passed, 1 failed in " in told
    assert "coverage:" not in told


def test_the_whole_suite_tells_its_coverage(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Measured from the wire; of a part of the suite the figure would say nothing.
    """
    run()

    assert "coverage:\n  1 of 1" in capsys.readouterr().out


def test_wrong_commands_get_one_error(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Not one failure for each check.
    """
    assert main(["conformance", "--server", "no-such-program"]) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("pytest-codex conformance: --server: no-such-program cannot be")


def test_something_has_to_be_tested(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Without a command there is nothing to do.
    """
    assert main(["conformance"]) == 2

    assert "say what to test: --server CMD" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["--workers", "0"], ["--timeout", "-1"], ["--timeout", "inf"], ["--without", "x"]],
)
def test_wrong_values_end_with_the_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The option is named.
    """
    with pytest.raises(SystemExit) as caught:
        run(*words)

    assert caught.value.code == 2
    assert f"argument {words[0]}: invalid" in capsys.readouterr().err


def test_the_list_tells_what_would_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Nothing is started.
    """
    assert main(["conformance", "--list", "--skip", "bad"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "good/hands: What holds.",
        "ugly/breaks [model]: What holds.",
    ]


def test_known_failures_are_as_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A known failure lets the run pass, one that is mended fails it.
    """
    known = tmp_path / "known.txt"
    known.write_text("bad/fails * it is green\n")
    arguments = ("--skip", "ugly", "--expected-failures", str(known))
    assert run(*arguments) == 0

    known.write_text("bad/fails * it is green\ngood/hands * it was rude\n")
    assert run(*arguments) == 1
    assert "it was expected to fail and did not" in capsys.readouterr().out


def test_reports_are_written(tmp_path: Path) -> None:
    """
    Each is asked for by its own option.
    """
    report = tmp_path / "report.json"

    run("--only", "good", "--json", str(report), "--junit", str(tmp_path / "report.xml"))

    assert json.loads(report.read_text())["ok"] is True
    assert (tmp_path / "report.xml").read_text().startswith("<?xml")


def test_recordings_are_written_and_played(tmp_path: Path) -> None:
    """
    The probe's, too; the fake then passes what the server passed.
    """
    assert run("--only", "good", "--record", str(tmp_path)) == 0

    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.jsonl")) == [
        "good/hands.codex.jsonl",
        "probe.codex.jsonl",
    ]
    fake = f"{sys.executable} -m fake_server --cassette {tmp_path}/{{check}}.codex.jsonl"
    assert main(["conformance", "--only", "good", "--server", fake]) == 0
