"""
The page of a run, in one process and in several; and that of a cassette.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_codex import cli
from pytest_codex.viewer import plugin
from tests.pytest_codex.viewer.reading import Page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pytest_codex.conftest import Project

TESTS = """
def test_hello(codex):
    assert codex.thread_start().run("hi").final_response == "Hello."
def test_differs(codex):
    try:
        codex.thread_start().run("hey")
    except Exception:
        pass
def test_says(codex):
    assert codex.thread_start().run("hi").final_response == "hunter2-hunter2"
def test_missing(codex): pass
def test_skipped(codex): pytest.skip("not today")
@pytest.mark.xfail
def test_expected(codex): assert 0
def test_other(): pass
def test_broken(): assert 0
"""


def write(project: Project) -> None:
    """
    A project with tests of every outcome.
    """
    for name in ("hello", "differs", "says", "skipped", "expected"):
        project.record(f"test_{name}")
    project.test(TESTS)


@pytest.mark.parametrize("spread", [(), ("-p", "xdist", "-n2")])
def test_a_run_has_a_page(
    project: Project, monkeypatch: pytest.MonkeyPatch, spread: tuple[str, ...]
) -> None:
    """
    Every test with a session is on it with its story, and whatever else failed; no secret is.
    """
    monkeypatch.setenv("SOME_API_KEY", "hunter2-hunter2")
    write(project)

    result = project.run("--codex-html=out/run.html", *spread, fresh=bool(spread))

    result.assert_outcomes(passed=2, failed=3, errors=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["codex: the page is *run.html"])
    source = (project.path / "out" / "run.html").read_text(encoding="utf-8")
    page = Page(source)
    assert page.references == []
    table = page.said("tests")
    outcomes = {
        "hello": "passed", "differs": "failed", "says": "failed", "missing": "error",
        "skipped": "skipped", "expected": "xfailed", "broken": "failed",
    }  # fmt: skip
    for name, outcome in outcomes.items():
        assert f"{outcome}test_bot.py::test_{name}" in table
    assert "test_other" not in page.text
    assert "1 other tests had no session" in page.text
    assert "matches no interaction: params.input[0].text differs" in page.said("failed")
    assert "turn/start #1" in page.said("mismatch")
    assert "Hello." in page.said("agent")
    assert "hunter2-hunter2" not in source


def test_failed_tests_come_first_when_room_is_short(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Stories of passed tests are left out of a page that is full, and it says so.
    """
    monkeypatch.setattr(plugin, "LIMIT", 10)
    write(project)

    project.run("--codex-html=run.html")

    page = Page((project.path / "run.html").read_text(encoding="utf-8"))
    assert page.text.count("The story is left out") == 3
    assert "turn/start #1" in page.said("mismatch")


def test_without_the_option_nothing_is_gathered(project: Project) -> None:
    """
    No page is written unless it is asked for.
    """
    write(project)

    project.run().stdout.no_fnmatch_line("*the page is*")
    assert list(project.path.rglob("*.html")) == []


def test_a_cassette_has_a_page(project: Project, tmp_path: Path) -> None:
    """
    The command writes the same page about cassettes.
    """
    one = project.record("test_one", effect={"write": {"a.txt": {"text": "new"}}})
    two = project.record("test_two", ("more", "No."))
    out = tmp_path / "out.html"

    assert cli.main(["show", "--html", str(out), str(one), str(two)]) == 0

    page = Page(out.read_text(encoding="utf-8"))
    assert page.references == []
    assert "Hello.No." in page.said("agent").replace("agent", "")
    assert "a.txt" in page.said("wire")
    assert "test_two.codex.jsonl" in page.said("tests")


def test_a_page_that_cannot_be_written_is_told_before_the_tests_run(project: Project) -> None:
    """
    A folder is no place for a page; nobody waits for the tests to learn that.
    """
    project.test("def test_hello(): pass\n")

    result = project.run("--codex-html=.")

    assert 4 == result.ret
    result.stderr.fnmatch_lines(["ERROR: --codex-html: the page cannot be written to *directory"])
