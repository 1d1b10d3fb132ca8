"""
A repeated test is one test: its attempts are judged together, and told as one outcome.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from fake_server.transcript import Transcript
from pytest_codex.attempts import interval
from tests.pytest_codex.viewer.reading import Page

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

COUNTED = """
import collections
SEEN = collections.Counter()

def nth(name):
    SEEN[name] += 1
    return SEEN[name]
"""

FLAKY = (
    COUNTED
    + """
@pytest.mark.codex(runs=5, pass_rate={rate})
def test_hello(codex):
    assert codex.thread_start().run("hi").final_response == "Hello."
    assert nth("hello") not in {bad}
"""
)


def recorded(project: Project, runs: int, test: str = "test_hello") -> None:
    """
    A cassette for each attempt.
    """
    for number in range(1, runs + 1):
        project.record(f"{test}.run-{number}")


@pytest.mark.parametrize(
    ("passed", "runs", "low", "high"),
    # Published values of the Wilson score interval without continuity correction.
    [(0, 10, 0.0, 0.278), (4, 5, 0.376, 0.964), (5, 10, 0.237, 0.763), (10, 10, 0.722, 1.0)],
)
def test_the_interval_is_wilsons(passed: int, runs: int, low: float, high: float) -> None:
    """
    The interval stays between 0 and 1 and says how little a few runs tell.
    """
    assert interval(passed, runs) == pytest.approx((low, high), abs=0.001)


def test_a_failed_attempt_within_the_rate_fails_nothing(project: Project) -> None:
    """
    Enough attempts pass: one passed test, and the summary says which attempt failed, and why.
    """
    project.test(FLAKY.format(rate=0.8, bad={3}))
    recorded(project, 5)

    result = project.run("-ra", "--junitxml=junit.xml")

    assert result.ret == 0
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "codex: 5 played (*)",
            "model calls that were real: 0",
            "test_bot.py::test_hello: 4 of 5 attempts passed: 0.80 (95 % interval 0.38 to 0.96)",
            "  run 3   call: *assert 3 not in {3}*",
        ]
    )
    suite = ET.parse(project.path / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "0", "0")
    told = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert told["codex_attempts"] == "5"
    assert told["codex_passed"] == "4"
    assert told["codex_interval"] == "0.38 to 0.96"


@pytest.mark.parametrize("spread", [(), ("-p", "xdist", "-n2")])
def test_a_page_shows_every_attempt(project: Project, spread: tuple[str, ...]) -> None:
    """
    Each attempt has its story on the page, and its failure, whatever became of the test.
    """
    project.test(FLAKY.format(rate=0.8, bad={3}))
    recorded(project, 5)

    result = project.run("--codex-html=run.html", *spread, fresh=bool(spread))

    result.assert_outcomes(passed=1)
    page = Page((project.path / "run.html").read_text(encoding="utf-8"))
    for number in range(1, 6):
        outcome = "failed" if number == 3 else "passed"
        assert f"attempt {number} {outcome}" in page.said("attempt")
    assert page.said("agent").count("Hello.") == 5
    assert page.said("failed").count("assert 3 not in {3}") >= 1
    assert "passedtest_bot.py::test_hello" in page.said("tests")


def test_too_few_passes_fail_once(project: Project) -> None:
    """
    Too many attempts fail: one failed test, which shows every failure in full.
    """
    project.test(FLAKY.format(rate=0.8, bad={2, 3}))
    recorded(project, 5)

    result = project.run("--junitxml=junit.xml")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "PassRateError: 3 of 5 attempts passed: 0.60 *, and pass_rate=0.8 was asked for",
            "  run 1   passed",
            "  run 2   call: *",
            "*- codex run 2 -*",
            "*assert nth(?hello?) not in {2, 3}",
            "*- codex run 3 -*",
            "FAILED test_bot.py::test_hello - PassRateError: 3 of 5 attempts passed*",
        ]
    )
    suite = ET.parse(project.path / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "1", "0")


def test_without_a_rate_all_must_pass(project: Project) -> None:
    """
    Runs alone is a test of endurance.
    """
    project.test(FLAKY.replace(", pass_rate={rate}", "").format(bad={5}))
    recorded(project, 5)

    result = project.run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["PassRateError: 4 of 5*and pass_rate=1 was asked for"])


def test_what_is_not_the_agents_doing_is_covered_by_no_rate(project: Project) -> None:
    """
    A missing cassette, a request that differs, a broken fixture: no rate makes these right, and
    no more attempts are made.
    """
    project.test(
        COUNTED
        + """
@pytest.fixture(scope="module", autouse=True)
def around():
    yield
    print("MODULE ENDED")

@pytest.fixture
def fixture():
    assert nth("fixture") != 2

@pytest.mark.codex(runs=3, pass_rate=0.1)
def test_fixture(fixture, codex):
    codex.thread_start().run("hi")

@pytest.mark.codex(runs=3, pass_rate=0.1)
def test_missing(codex):
    codex.thread_start().run("hi")

@pytest.mark.codex(runs=3, pass_rate=0.1)
def test_differs(codex):
    codex.thread_start().run("hi" if nth("differs") != 2 else "ho")

def test_after():
    assert SEEN == {"fixture": 2, "differs": 2}
"""
    )
    recorded(project, 1, "test_missing")
    for test in ("test_fixture", "test_differs"):
        recorded(project, 3, test)

    result = project.run("-s")

    result.assert_outcomes(failed=3, passed=1)
    result.stdout.fnmatch_lines_random(
        [
            "PassRateError: 1 of 2*, but run 2 failed in a way no rate covers; no more were run",
            "  run 2   setup: *assert 2 != 2*",
            "  run 2   setup: Failed: CassetteNotFoundError: no cassette at *test_missing.run-2*",
            "  run 2   call: *turn/start #1 matches no interaction: params.input?0?.text differs*",
        ]
    )
    assert result.stdout.str().count("MODULE ENDED") == 1


STYLES = (
    COUNTED
    + """
@pytest.fixture(scope="module")
def shared():
    return nth("shared")

@pytest.fixture
def own(tmp_path, request, shared):
    yield (tmp_path, nth(request.node.name))
    SEEN["torn down"] += 1

@pytest.mark.codex(runs=3, pass_rate=0.6)
class TestStyles:
    @pytest.mark.parametrize("word", ["one", "two"])
    def test_method(self, word, own, shared, codex_workspace):
        assert not hasattr(self, "word")
        self.word = word
        path, number = own
        assert shared == 1
        assert not list(path.iterdir()) and not (codex_workspace.path / "x").exists()
        (path / "x").write_text(word)
        codex_workspace.write({"x": word})
        assert number != 2

@pytest.mark.codex(runs=3, pass_rate=0.6)
@pytest.mark.asyncio
async def test_async(async_codex, own):
    async with async_codex as codex:
        thread = await codex.thread_start()
        assert (await thread.run("hi")).final_response == "Hello."
    assert own[1] != 2

@pytest.mark.codex(runs=3)
@pytest.mark.skip
def test_skipped(): pass

@pytest.mark.codex(runs=3)
@pytest.mark.xfail(reason="not yet")
def test_expected(): assert 0

def test_end():
    assert SEEN["shared"] == 1 and SEEN["torn down"] == 9
"""
)


@pytest.mark.parametrize("spread", [(), ("-p", "xdist", "-n2", "--dist=loadfile")])
def test_every_style_of_test_is_repeated_afresh(project: Project, spread: tuple[str, ...]) -> None:
    """
    Methods, parameters, coroutines: each attempt has its own object, directories and session;
    fixtures of the module stay. On a worker it is the same.
    """
    project.test(STYLES)
    recorded(project, 3, "test_async")
    for test in ("TestStyles.test_method-one", "TestStyles.test_method-two", "test_expected"):
        for number in range(1, 4):
            path = project.path / "cassettes" / "test_bot" / f"{test}.run-{number}.codex.jsonl"
            Transcript({"codex": "0.163.0"}, []).save(path)

    result = project.run("-p", "pytest_asyncio.plugin", *spread, "-W", "ignore", fresh=True)

    result.assert_outcomes(passed=4, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["*TestStyles::test_method?one?: 2 of 3 attempts passed: 0.67 *"])
    result.stdout.fnmatch_lines(["*::test_async: 2 of 3 attempts passed: 0.67 *"])


def test_the_first_failure_that_counts_stops_the_run(project: Project) -> None:
    """
    With -x a failed attempt goes on, a failed test stops; --lf knows the test by its name.
    """
    project.test(FLAKY.format(rate=0.8, bad={1}) + "def test_then(): assert 0\ndef test_x(): pass")
    recorded(project, 5)
    cached = ("-p", "cacheprovider", "-o", "cache_dir=cache")

    result = project.run("-x", *cached, fresh=True)
    result.assert_outcomes(passed=1, failed=1)

    project.test(FLAKY.format(rate=0.8, bad={1, 2}) + "def test_then(): pass")
    project.run("-x", *cached, fresh=True).assert_outcomes(failed=1)
    again = project.run("--lf", *cached, fresh=True)
    again.assert_outcomes(failed=1, passed=1)
    again.stdout.fnmatch_lines(["run-last-failure: rerun previous 2 failures"])


RECORDED = (
    COUNTED
    + """
@pytest.mark.codex(runs=3, pass_rate={rate}, max_commands=1)
def test_hello(codex, codex_model):
    number = nth("hello")
    for _ in range(2 if number == 3 else 1):
        codex_model.run(f"echo {{number}}")
    codex_model.say("Hello.")
    codex.thread_start().run(f"hi")
    assert number != {bad}
"""
)


def test_failed_attempts_are_recorded_with_the_others(project: Project) -> None:
    """
    Once the test has passed, every attempt has its cassette, and in replay the same ones fail.
    """
    pytest.importorskip("codex_cli_bin", reason="records the real app-server")
    folder = project.path / "cassettes" / "test_bot"
    project.test(RECORDED.format(rate=0.6, bad=1))
    result = project.run("--codex-record-mode=once", fresh=True)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  run 3   call: Failed: BudgetError: max_commands=1*"])
    assert not folder.exists()
    assert "wrote" not in result.stdout.str()

    project.test(RECORDED.format(rate=0.3, bad=1))
    result = project.run("--codex-record-mode=once", fresh=True)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["codex: 3 recorded (*, 3 cassettes changed, 2 left artifacts)"])
    names = [f"test_hello.run-{number}.codex.jsonl" for number in (1, 2, 3)]
    assert sorted(path.name for path in folder.iterdir()) == names
    for transport in ("memory", "stdio"):
        replayed = project.run(f"--codex-transport={transport}", fresh=True)
        replayed.assert_outcomes(passed=1)
        replayed.stdout.fnmatch_lines(
            [
                "*: 1 of 3 attempts passed: 0.33 (95 % interval 0.06 to 0.79)",
                "  run 1   call: *",
                "  run 3   call: Failed: BudgetError: max_commands=1 was exceeded: 2 commands",
            ]
        )
