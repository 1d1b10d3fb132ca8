"""
Whole runs: what they sum up, in one process and in several.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

HELLO = """
def test_hello(codex):
    assert codex.thread_start().run("hi").final_response == "Hello."
"""

SPREAD = [(), ("-p", "xdist", "-n2"), ("-p", "xdist", "-n4")]


def test_a_thousand_tests_are_one_summary(project: Project) -> None:
    """
    A thousand replayed tests in two processes are counted once each.
    """
    project.record("shared")
    project.test(
        "@pytest.mark.codex(cassette='test_bot/shared')\n"
        "@pytest.mark.parametrize('number', range(1000))\n"
        "def test_hello(codex, number):\n"
        "    assert codex.thread_start().run('hi').final_response == 'Hello.'\n"
    )

    result = project.run("-q", "-p", "xdist", "-n2", "--codex-orphans", fresh=True)

    result.assert_outcomes(passed=1000)
    result.stdout.fnmatch_lines(
        [
            "codex: 1000 played (10000 messages)",
            "model calls that were real: 0",
        ]
    )
    result.stdout.fnmatch_lines(["codex: 0 orphans, every cassette is used"])
    assert 1 == result.stdout.str().count("codex: 1000 played")


@pytest.mark.parametrize("spread", SPREAD[:2])
def test_junit_files_tell_of_sessions(project: Project, spread: tuple[str, ...]) -> None:
    """
    Each test that had a session has its facts as properties.
    """
    project.record()
    project.test(HELLO + "def test_other(): pass\n")

    result = project.run("--junitxml=out.xml", *spread, fresh=bool(spread))

    result.assert_outcomes(passed=2)
    cases = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in ET.parse(project.path / "out.xml").iter("testcase")
    }
    assert cases == {
        "test_hello": {
            "codex_tier": "replay",
            "codex_cassette": "cassettes/test_bot/test_hello.codex.jsonl",
            "codex_messages": "10",
            "codex_model_calls": "0",
            "codex_tokens": "0",
        },
        "test_other": {},
    }


def test_leftovers_are_summed_up(project: Project) -> None:
    """
    The summary counts what no test played.
    """
    project.record("test_hello", ("hi", "Hello."), ("more", "No."))
    project.test(HELLO)

    result = project.run()

    result.stdout.fnmatch_lines(["codex: 1 played (10 messages, 1 leftover)"])


def test_a_failed_scripted_test_tells_what_was_left(project: Project) -> None:
    """
    The report of a test that fails early names the steps the model still had.
    """
    project.test(
        "def test_hello(codex, codex_model):\n"
        "    codex_model.say('One.').say('Two.')\n"
        "    assert codex.thread_start().run('hi').final_response == 'Two.'\n"
    )

    result = project.run("--codex-tier=scripted")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*codex model script*", "the agent did not ask for 1 scripted step: say(*"]
    )


SUBTESTS = """
import unittest
class TestHello(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def take(self, codex, codex_model):
        self.codex, self.model = codex, codex_model
    def test_hello(self):
        self.model.say("Hello.")
        self.codex.thread_start().run("hi")
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(number, 1)
"""


def test_a_test_whose_subtest_failed_is_not_recorded(project: Project) -> None:
    """
    That the last subtest passed, and the test's own report, does not make it one that passed.
    """
    project.test(SUBTESTS)

    result = project.run("--codex-record-mode=once")

    assert 1 == result.ret
    result.stdout.no_fnmatch_line("*wrote *")
