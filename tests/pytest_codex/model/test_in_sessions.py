"""
Scripts in a user's own tests: recorded, replayed, and failing as they should.
"""

from __future__ import annotations

import pwd
from os import getuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

EVERYTHING = """
from pydantic import BaseModel
from pytest_codex.model import parts

class Count(BaseModel):
    tests: int

def run(codex, prompt, **how):
    return codex.thread_start().run(prompt, **how).final_response

def test_session(codex, codex_model):
    codex_model.run("read name; echo hello $name", session="greeter")
    codex_model.write_stdin("Ann\\n", session="greeter").say("Greeted.")
    assert run(codex, "Greet her.") == "Greeted."

def test_sub_agent(codex, codex_model):
    codex_model.spawn_agent("Count them.", name="counter").wait_agent("counter")
    codex_model.close_agent("counter").say("There are 41.")
    codex_model.script("Count them.").say("41")
    assert run(codex, "How many tests?") == "There are 41."

def test_callable(codex, codex_model):
    codex_model.decide(lambda call: "Done." if call.outputs else parts.run("true"), repeat=True)
    assert run(codex, "Work.") == "Done."

def test_data(codex, codex_model):
    codex_model.answer(Count(tests=41), rate_limits={"primary": 3})
    answer = run(codex, "How many?", output_schema=Count.model_json_schema())
    assert Count.model_validate_json(answer).tests == 41

def test_threads(codex, codex_model):
    first, second = codex.thread_start(), codex.thread_start()
    codex_model.script(thread=second).slow("I am the second.", seconds=0.01)
    codex_model.script(thread=first).respond("I run two.", parts.run("true"), parts.run("true"))
    codex_model.script(thread=first).say("I am the first.")
    assert first.run("Who are you?").final_response == "I am the first."
    assert second.run("Who are you?").final_response == "I am the second."
"""

WRONG = """
def choose(call):
    raise LookupError("no answer for " + call.user_texts[-1])

def test_it(codex, codex_model):
    codex_model.decide(choose)
    try: codex.thread_start().run("hi")
    except Exception: pass
"""


@pytest.fixture(autouse=True)
def a_home_that_may_hold_helpers(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Homes lie in the user's cache again: Codex makes no sandbox for terminals in a temporary one.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path(pwd.getpwuid(getuid()).pw_dir) / ".cache"))


def test_the_same_script_is_recorded_again_byte_by_byte(project: Project) -> None:
    """
    Sessions, sub-agents, callables, data and threads: recorded twice alike, then replayed.
    """
    project.test(EVERYTHING)

    def recorded(mode: str) -> dict[str, bytes]:
        project.run(f"--codex-record-mode={mode}").assert_outcomes(passed=5)
        return {path.name: path.read_bytes() for path in project.path.rglob("*.codex.jsonl")}

    first = recorded("once")

    assert 5 == len(first)
    assert first == recorded("rewrite")
    project.run().assert_outcomes(passed=5)


def test_an_exception_in_a_callable_fails_the_test(project: Project) -> None:
    """
    Even when the code under test swallows the failed turn, the test shows the exception.
    """
    project.test(WRONG)

    result = project.run("--codex-tier=scripted")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*decide(choose) raised LookupError: no answer for hi*"])
