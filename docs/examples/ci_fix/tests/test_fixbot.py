"""
The bot mends what it can, keeps the agent in its place, and knows when to stop.
"""

from __future__ import annotations

import sys

import pytest

from fixbot import fix

# Whatever the agent tries: in the end sources are all that changed, and no sandbox was wider.
pytestmark = pytest.mark.codex(allow=["src/**"], sandbox="workspace-write")

MEND = "*** Update File: src/shop.py\n@@\n-    return sum(prices) - 1\n+    return sum(prices)\n"
MAKE_WORSE = "*** Update File: src/shop.py\n@@\n-    return sum(prices) - 1\n+    return 0\n"
CHEAT = "*** Delete File: tests/check.py\n"
CHECK = "PYTHONPATH=src python3 -B tests/check.py"
COMMAND = (sys.executable, "tests/check.py")


def test_mends_the_code(codex_model, codex_session, codex_snapshot, project):
    """One attempt is enough when the agent finds the mistake."""
    codex_model.run("cat src/shop.py").patch(MEND).run(CHECK).say("One was taken off.")

    report = fix(project.path, COMMAND)

    assert report.fixed
    assert report.attempts == 1
    assert report.notes == ["One was taken off."]
    assert codex_session.ran("python3 -B tests/check.py", ok=True)
    assert codex_session.changed("src/**")
    project.assert_only_changed("src/**")
    assert project.diff() == codex_snapshot
    assert "total([1, 2]) is 2, not 3" in codex_session.messages[0].text


def test_second_attempt_is_told_the_new_failure(codex_model, codex_session, project):
    """What the first attempt broke is what the second one hears of."""
    codex_model.patch(MAKE_WORSE).say("It should work now.")
    codex_model.patch(MEND.replace("sum(prices) - 1", "0")).say("Now it really does.")

    report = fix(project.path, COMMAND)

    assert (report.fixed, report.attempts) == (True, 2)
    first, second = (turn.messages[0].text for turn in codex_session.transcript.turns)
    assert "total([1, 2]) is 2, not 3" in first
    assert "total([1, 2]) is 0, not 3" in second
    assert [change.kind for change in codex_session.file_changes] == ["update", "update"]
    project.assert_only_changed("src/shop.py")


def test_gives_up(codex_model, codex_session, project):
    """The bot stops after its last attempt and hands over what the tests say."""
    codex_model.say("I see nothing wrong.").say("Still nothing.")

    report = fix(project.path, COMMAND, attempts=2)

    assert (report.fixed, report.attempts) == (False, 2)
    assert report.notes == ["I see nothing wrong.", "Still nothing."]
    assert "total([1, 2]) is 2, not 3" in report.failure
    assert len(codex_session.transcript.turns) == 2
    assert project.changes() == {}


def test_agent_may_not_touch_the_tests(codex_model, codex_session, project):
    """A deleted test comes back, new files go, and the agent is told so."""
    codex_model.patch(CHEAT).run("touch passed.txt").say("No test fails any more.")
    codex_model.patch(MEND).say("Sorry. The code is mended.")

    report = fix(project.path, COMMAND)

    assert (report.fixed, report.attempts) == (True, 2)
    assert codex_session.changed("tests/**")
    assert "tests/check.py" in codex_session.transcript.turns[1].messages[0].text
    project.assert_only_changed("src/**")


def test_passing_tests_need_no_agent(codex_session, project):
    """A green build starts no Codex at all."""
    project.write({"src/shop.py": "def total(prices):\n    return sum(prices)\n"})

    report = fix(project.path, COMMAND)

    assert (report.fixed, report.attempts) == (True, 0)
    assert codex_session.transcript.threads == []
