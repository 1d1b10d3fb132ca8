"""
Every pull request gets its own review, whatever becomes of the others.
"""

from __future__ import annotations

import pytest

from reviewer import PREPARE, PullRequest, review_batch

# Reviewers look and change nothing.
pytestmark = pytest.mark.codex(sandbox="read-only", allow=[])

PULLS = [
    PullRequest(11, "Greet in French", "-print('hello')\n+print('bonjour')\n"),
    PullRequest(12, "Remove the tests", "-def test_hello(): ...\n"),
    PullRequest(13, "Fix a typo", "-# teh\n+# the\n"),
]


@pytest.fixture
def project(codex_workspace):
    """A repository with something to read in it."""
    codex_workspace.write({"hello.py": "print('hello')\n", "CONTRIBUTING.md": "Keep the tests.\n"})
    codex_workspace.commit()
    return codex_workspace


def test_each_pull_request_gets_its_review(codex_model, codex_session, codex_snapshot, project):
    """Three forks run at once; each answer belongs to its own pull request."""
    codex_model.run("cat CONTRIBUTING.md").say("I know the project.")
    codex_model.script("#11").run("cat hello.py").say("Fine.")
    codex_model.script("#12").say("Keep the tests.")
    codex_model.script("#13").say("Thank you.")

    reviews = review_batch(str(project.path), PULLS)

    assert [(review.number, review.text) for review in reviews] == [
        (11, "Fine."),
        (12, "Keep the tests."),
        (13, "Thank you."),
    ]
    base, *forks = codex_session.transcript.threads
    assert [thread.raw["forkedFromId"] for thread in forks] == [base.id] * 3
    assert base.ran("cat CONTRIBUTING.md", ok=True)
    [looked] = [thread for thread in forks if thread.ran("cat hello.py", ok=True)]
    assert looked == codex_snapshot
    assert project.changes() == {}


def test_project_is_read_once(codex_model, codex_session, project):
    """However many pull requests there are, one turn prepares them all."""
    codex_model.say("I know the project.")
    for pull in PULLS:
        codex_model.script(f"#{pull.number}").say("Fine.")

    review_batch(str(project.path), PULLS, at_once=2)

    asked = [message.text for message in codex_session.messages if message.role == "user"]
    assert asked.count(PREPARE) == 1
    assert len(asked) == 4
    assert codex_session.usage.calls == 4


def test_one_failure_leaves_the_others_alone(codex_model, codex_session, project):
    """A review that fails says why; the other reviews are there."""
    codex_model.say("I know the project.")
    codex_model.script("#11").say("Fine.")
    codex_model.script("#12").fail(429, message="Too many reviews.")
    codex_model.script("#13").refuse("I would rather not.")

    reviews = {review.number: review for review in review_batch(str(project.path), PULLS)}

    assert reviews[11].text == "Fine."
    assert "429" in reviews[12].error
    assert reviews[13].error == "the agent said nothing"
    statuses = sorted(turn.status for turn in codex_session.transcript.turns)
    assert statuses == ["completed", "completed", "completed", "failed"]


def test_no_review_without_preparation(codex_model, codex_session, project):
    """If the project cannot be read, nobody is reviewed by somebody who does not know it."""
    codex_model.fail(500)

    with pytest.raises(RuntimeError):
        review_batch(str(project.path), PULLS)

    [turn] = codex_session.transcript.turns
    assert turn.status == "failed"
