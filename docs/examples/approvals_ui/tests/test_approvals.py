"""
What the user is asked, what is answered for the user, and what comes of it.
"""

from __future__ import annotations

import pytest

from approvals import Assistant, Decision, Desk

# The sandbox is closed: what happens all the same, somebody has accepted.
pytestmark = pytest.mark.codex(sandbox="read-only")

DEPLOY = "echo deployed > deployed.txt"
EDIT = "*** Update File: hello.py\n@@\n-print('hi')\n+print('hello')\n*** Add File: new.txt\n+new\n"


class User:
    """A user who answers as the test says, and remembers the questions."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, question):
        self.asked.append(question)
        return self.answers.pop(0)


@pytest.fixture
def project(codex_workspace):
    """A project with one file to edit."""
    codex_workspace.write({"hello.py": "print('hi')\n"})
    codex_workspace.commit()
    return codex_workspace


def test_accepted_command_runs(codex_model, codex_session, project):
    """The user sees the command and the reason, says yes, and it runs."""
    codex_model.run(DEPLOY, escalate=True, justification="Shall I deploy?").say("Deployed.")
    user = User(Decision.ACCEPT)

    with Assistant(Desk(user)) as assistant:
        assert assistant.work("Deploy it.") == "completed"

    [question] = user.asked
    assert question.kind == "command"
    assert DEPLOY in question.text
    assert question.reason == "Shall I deploy?"
    [approval] = codex_session.approvals
    assert (approval.command, approval.decision) == (DEPLOY, "accept")
    assert codex_session.ran("echo deployed", ok=True)
    assert project.changes() == {"deployed.txt": "added"}


def test_declined_command_does_not_run(codex_model, codex_session, project):
    """The user says no, and the agent goes on without it."""
    codex_model.run(DEPLOY, escalate=True).say("Then not.")
    user = User(Decision.DECLINE)

    with Assistant(Desk(user)) as assistant:
        assert assistant.work("Deploy it.") == "completed"

    assert not codex_session.ran("echo deployed")
    assert codex_session.final_response == "Then not."
    assert project.changes() == {}


def test_accepted_for_the_session_is_asked_once(codex_model, codex_session, project):
    """The same command needs no second question."""
    again = "echo once more >> log.txt"
    codex_model.run(again, escalate=True).run(again, escalate=True).say("Twice.")
    user = User(Decision.ACCEPT_FOR_SESSION)

    with Assistant(Desk(user)) as assistant:
        assistant.work("Write it twice.")

    assert len(user.asked) == 1
    assert [approval.decision for approval in codex_session.approvals] == ["acceptForSession"]
    assert len(codex_session.ran("once more", ok=True)) == 2
    assert project.read("log.txt") == "once more\nonce more\n"


def test_cancel_ends_the_turn(codex_model, codex_session, project):
    """Cancelling is a no that stops the agent."""
    codex_model.run(DEPLOY, escalate=True)
    user = User(Decision.CANCEL)

    with Assistant(Desk(user)) as assistant:
        assert assistant.work("Deploy it.") == "interrupted"

    assert [approval.decision for approval in codex_session.approvals] == ["cancel"]
    assert project.changes() == {}


def test_rules_answer_for_the_user(codex_model, codex_session, codex_snapshot, project):
    """What is always right or never right does not bother the user."""
    codex_model.run("echo ok > allowed.txt", escalate=True)
    codex_model.run("rm -rf hello.py", escalate=True).say("One of two.")
    user = User()
    desk = Desk(user, rules={r"\brm\b": Decision.DECLINE, r"\becho ok\b": Decision.ACCEPT})

    with Assistant(desk) as assistant:
        assistant.work("Do both.")

    assert user.asked == []
    assert [(decision.value, who) for _, decision, who in desk.log] == [
        ("accept", "rule"),
        ("decline", "rule"),
    ]
    assert codex_session.approvals == codex_snapshot
    assert not codex_session.ran("rm")
    assert project.changes() == {"allowed.txt": "added"}


def test_edit_is_shown_and_made(codex_model, codex_session, project):
    """The user sees files and diffs before anything is written."""
    codex_model.patch(EDIT).say("Edited.")
    before = []

    def ask(question):
        before.append((question, project.changes()))
        return Decision.ACCEPT

    with Assistant(Desk(ask)) as assistant:
        assistant.work("Say hello.")

    [(question, changes)] = before
    assert question.kind == "files"
    assert [path.rpartition("/")[2] for path in question.files] == ["hello.py", "new.txt"]
    assert "+print('hello')" in question.text
    assert changes == {}
    [approval] = codex_session.approvals
    assert approval.accepted
    assert project.read("hello.py") == "print('hello')\n"
    project.assert_only_changed("hello.py", "new.txt")


def test_declined_edit_is_not_made(codex_model, codex_session, project):
    """A no leaves every file as it was."""
    codex_model.patch(EDIT).say("Then not.")

    with Assistant(Desk(User(Decision.DECLINE))) as assistant:
        assistant.work("Say hello.")

    assert not codex_session.changed("hello.py")
    assert [approval.decision for approval in codex_session.approvals] == ["decline"]
    assert codex_session.final_response == "Then not."
    assert project.changes() == {}


def test_broken_window_means_no(codex_model, codex_session, project):
    """If the question cannot be shown, nobody has agreed to anything."""
    codex_model.run(DEPLOY, escalate=True).say("Then not.")

    def ask(question):
        raise OSError("the window is gone")

    desk = Desk(ask)
    with Assistant(desk) as assistant:
        assistant.work("Deploy it.")

    assert [who for _, _, who in desk.log] == ["error"]
    assert [approval.decision for approval in codex_session.approvals] == ["decline"]
    assert project.changes() == {}
