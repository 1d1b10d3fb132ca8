"""
Every style of test, and every way to run them, give the same outcome and one summary.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from tests.pytest_codex.viewer.reading import Page

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

STYLES = '''
import unittest

def ask():
    """
    >>> codex = getfixture("codex")
    >>> codex.thread_start().run("hi").final_response
    'Hello.'
    """
    with Codex() as codex:
        return codex.thread_start().run("hi").final_response

@pytest.mark.codex
@pytest.mark.parametrize("word", ["a", "b/c"])
def test_words(word):
    assert ask() == "Hello."

class TestClass:
    def test_method(self, codex):
        assert codex.thread_start().run("hi").final_response == "Hello."

    class TestInner:
        @pytest.mark.codex
        def test_method(self):
            assert ask() == "Hello."

async def test_async(async_codex):
    thread = await async_codex.thread_start()
    assert (await thread.run("hi")).final_response == "Hello."

@pytest.mark.codex
class TestMarked(unittest.TestCase):
    def setUp(self):
        self.codex = Codex()
        self.addCleanup(self.codex.close)

    def test_case(self):
        assert self.codex.thread_start().run("hi").final_response == "Hello."

@pytest.mark.usefixtures("codex_session")
class TestUses(unittest.TestCase):
    def test_case(self):
        assert ask() == "Hello."

class TestAsync(unittest.IsolatedAsyncioTestCase):
    @pytest.mark.codex
    async def test_case(self):
        assert ask() == "Hello."
'''

CASSETTES = [
    *("test_words-a", "test_words-b-c-DIGEST", "TestClass.test_method"),
    *("TestClass.TestInner.test_method", "test_async", "TestMarked.test_case"),
    *("TestUses.test_case", "TestAsync.test_case"),
]

PLUGINS = (
    "-p",
    "pytest_asyncio.plugin",
    "-o",
    "asyncio_mode=auto",
    "--doctest-modules",
    "-o",
    "asyncio_default_fixture_loop_scope=function",
)
SPREAD = [(), ("-p", "xdist", "-n2"), ("-p", "xdist", "-n4")]


def write_styles(project: Project) -> None:
    """
    Tests in every style, with their cassettes; a doctest's is named after it.
    """
    from hashlib import sha256

    digest = sha256(b"test_words-b/c").hexdigest()[:6]
    for name in CASSETTES:
        project.record(name.replace("DIGEST", digest))
    project.record("test_bot.ask")
    project.test(STYLES)


@pytest.mark.parametrize("spread", SPREAD)
def test_every_style_is_served(project: Project, spread: tuple[str, ...]) -> None:
    """
    Functions, methods, coroutines, unittest cases and doctests replay, in any number of processes.
    """
    write_styles(project)

    result = project.run(
        *PLUGINS, "--codex-orphans", "--codex-html=run.html", "--junitxml=out.xml", *spread,
        fresh=True,
    )  # fmt: skip

    result.assert_outcomes(passed=9)
    result.stdout.fnmatch_lines(["codex: 9 played (90 messages)"])
    result.stdout.fnmatch_lines(["codex: 0 orphans, every cassette is used"])
    page = Page((project.path / "run.html").read_text(encoding="utf-8"))
    assert page.text.count("1 turn") == 9
    assert (project.path / "out.xml").read_text().count('"codex_tier"') == 9


MISFITS = """
import unittest
WRONG = {wrong}
def test_one(codex):
    assert codex.thread_start().run("hi").final_response == "Hello."
def test_two(codex):
    assert codex.thread_start().run("hey" if WRONG else "hi").final_response == "Hello."
def test_three(codex):
    assert codex.thread_start().run("hi").final_response == "Hello."
"""


def write_misfits(project: Project, *, wrong: bool) -> None:
    """
    Three tests, the second of which may differ from its recording.
    """
    for name in ("one", "two", "three"):
        project.record(f"test_{name}")
    project.test(MISFITS.format(wrong=wrong))


@pytest.mark.parametrize("spread", SPREAD)
def test_the_first_failure_stops(project: Project, spread: tuple[str, ...]) -> None:
    """
    With -x the summary, the page and the JUnit file tell of what ran, and of nothing else.
    """
    write_misfits(project, wrong=True)

    result = project.run(
        "-x", "--codex-html=run.html", "--junitxml=out.xml", *spread, fresh=bool(spread)
    )

    ran = sum(result.parseoutcomes().get(word, 0) for word in ("passed", "failed"))
    assert ran == 2 if not spread else ran in (1, 2, 3)
    result.stdout.fnmatch_lines([f"codex: {ran} played (*"])
    page = Page((project.path / "run.html").read_text(encoding="utf-8"))
    assert "failedtest_bot.py::test_two" in page.said("tests")
    assert page.said("tests").count("test_bot.py::test_") == ran
    assert (project.path / "out.xml").read_text().count('"codex_tier"') == ran


@pytest.mark.parametrize("spread", SPREAD)
def test_the_last_failed_are_run_again(project: Project, spread: tuple[str, ...]) -> None:
    """
    With --lf only what failed is played; nothing is said of orphans then.
    """
    write_misfits(project, wrong=True)
    options = ("-p", "cacheprovider", "--codex-orphans", *spread)
    project.run(*options, fresh=True).assert_outcomes(passed=2, failed=1)

    write_misfits(project, wrong=False)
    result = project.run(*options, "--lf", fresh=True)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["codex: 1 played (10 messages)"])
    result.stdout.fnmatch_lines(["codex: orphans were not looked for: --lf leaves tests out"])


RERUN = """
import os
from pathlib import Path
def test_flaky(codex, codex_workspace):
    again = Path("again.txt")
    word = "hi" if again.exists() else "hey"
    again.write_text("")
    assert codex.thread_start().run(word).final_response == "Hello."
def test_steady(codex):
    assert codex.thread_start().run("hi").final_response == "Hello."
"""


@pytest.mark.parametrize("spread", SPREAD)
def test_a_rerun_begins_afresh(project: Project, spread: tuple[str, ...]) -> None:
    """
    A test that failed and is run again has a new session; each try is counted, for it may cost.
    """
    project.record("test_flaky")
    project.record("test_steady")
    project.test(RERUN)

    result = project.run(
        "-p", "pytest_rerunfailures", "--reruns=2", "--codex-html=run.html", "--junitxml=out.xml",
        "--codex-orphans", *spread, fresh=True,
    )  # fmt: skip

    result.stdout.fnmatch_lines(["*2 passed*1 rerun in *"])
    result.stdout.fnmatch_lines(["codex: 3 played (27 messages)"])
    page = Page((project.path / "run.html").read_text(encoding="utf-8"))
    result.stdout.fnmatch_lines(["codex: 0 orphans, every cassette is used"])
    cases = ET.parse(project.path / "out.xml").getroot()[0]
    tiers = [[one.get("name") for one in case.iter("property")] for case in cases]
    assert [names.count("codex_tier") for names in tiers] == [1, 1, 1]
    assert "2 attempts" in page.text
    assert "attempt 1 rerun" in page.said("attempt")
    assert "attempt 2 passed" in page.said("attempt")
    assert "turn/start #1" in page.said("mismatch")
    assert page.said("agent").count("Hello.") == 2
