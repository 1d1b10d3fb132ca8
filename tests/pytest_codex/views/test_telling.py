"""
A failing assert on a view shows the story.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .storyteller import Storyteller, command, edit, says

if TYPE_CHECKING:
    from pytest_codex.views import SessionTranscript
    from tests.pytest_codex.conftest import Project


def told() -> SessionTranscript:
    """
    A session with a failed command.
    """
    story = Storyteller().start().began()
    story.done({"type": "userMessage", "id": "0", "content": [{"type": "text", "text": "Fix it"}]})
    story.done(command("pytest -q", 1, aggregatedOutput="1 failed\n"))
    return story.done(says("It fails.")).ended().transcript


def test_the_story() -> None:
    """
    The repr is the story: a line for each thing, the end of a failed command's output.
    """
    assert repr(told()) == told().story
    assert told().story == (
        "thread 1, /ws\n"
        "  turn 1, completed\n"
        "    user: Fix it\n"
        "    $ pytest -q -> exit 1\n"
        "        1 failed\n"
        "    agent: It fails."
    )


def test_a_story_is_never_endless() -> None:
    """
    Long lines are cut, and of many lines the beginning and the end are told.
    """
    story = Storyteller().start().began()
    for number in range(1000):
        story.done(says(f"{number} {'x' * 300}"))

    lines = story.transcript.story.splitlines()

    assert len(lines) < 200
    assert max(map(len, lines)) < 130
    assert "agent: 0 x" in lines[2]
    assert "agent: 999 x" in lines[-1]
    assert sum("lines left out" in line for line in lines) == 1


def test_what_was_found() -> None:
    """
    What matched is a list that says what it is.
    """
    found = told().ran("pytest", ok=False)

    assert found == told().commands
    assert found != []
    assert found[0].exit_code == 1
    assert list(found[:1]) == list(found)
    assert repr(found).startswith("1 x command 'pytest' that failed: $ pytest -q -> exit 1\nthread")
    nothing = told().called("tiny")
    assert repr(nothing).startswith("no call of tiny.*, and no other either\nthread 1")
    many = Storyteller().start().began()
    for number in range(9):
        many.done(edit(f"/ws/{number}.py"))
    assert "* update 4.py (+0 -0) and 4 more" in repr(many.transcript.changed("x"))


BARE = """
import sys
sys.path.insert(0, {here!r})
from storyteller import Storyteller, command
from pytest_codex.views import transcript_of

def told():
    return Storyteller().start().began().done(command("ls", 0)).transcript

def test_ran():
    transcript = told()
    assert transcript.ran("pytest", ok=True)

def test_not():
    assert not told().turns[0].ran("ls")

def test_value():
    transcript = told()
    assert transcript.final_response == "Yes"

def test_other():
    assert 1 == 2
"""


def test_a_bare_assert_shows_the_story(project: Project) -> None:
    """
    The assert says what was missing in one line, and the story follows, once.
    """
    project.test(BARE.format(here=str(Path(__file__).parent)))

    result = project.run(fresh=True)

    result.assert_outcomes(failed=4)
    output = result.stdout.str()
    assert "assert no command 'pytest' that succeeded, only: $ ls -> exit 0" in output
    assert "where ran = <SessionTranscript: 1 turn, 1 command>.ran" in output
    assert "assert not 1 x command 'ls': $ ls -> exit 0" in output
    assert output.count("codex transcript") == 3
    assert "\\n" not in output
    result.stdout.fnmatch_lines(
        ["*- codex transcript -*", "thread 1, /ws", "  turn 1, unfinished", "    $ ls -> exit 0"]
    )


SESSION = """
def test_hello(codex, codex_session):
    codex.thread_start().run("hi")
    assert codex_session.ran("pytest")
"""


def test_a_session_can_be_asked_itself(project: Project) -> None:
    """
    The session answers like its transcript, and its story is told once.
    """
    project.test(SESSION)
    project.record()

    result = project.run()

    result.assert_outcomes(failed=1)
    output = result.stdout.str()
    assert "assert no command 'pytest', and no other either" in output
    assert "where ran = <CodexSession replay: 1 turn>.ran" in output
    assert output.count("codex transcript") == 1
    result.stdout.fnmatch_lines(["*- codex transcript -*", "*agent: Hello."])


SECRET = """
import os
from pytest_codex.views import transcript_of

def test_it():
    text = f"the key is {os.environ['MY_API_KEY']}"
    item = {"type": "agentMessage", "id": "m", "text": text}
    story = transcript_of([{"method": "item/completed", "params": {"item": item}}])
    assert story.ran("x")
"""


def test_secrets_are_masked(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What the environment calls a secret is not shown in a report.
    """
    secret = "s3cr3t-" + "q7w8e9r0t1y2"
    monkeypatch.setenv("MY_API_KEY", secret)
    project.test(SECRET)

    output = project.run().stdout.str()

    assert "agent: the key is" in output
    assert secret not in output


def test_looking_costs_nothing_where_no_view_is(project: Project) -> None:
    """
    A failing test that looks at no transcript has no section of ours.
    """
    project.test("def test_it():\n    assert 1 == 2\n")

    assert "codex transcript" not in project.run().stdout.str()
