"""
Verifying with the recorded version and with another one.

The versions are real: two published binaries of Codex run the same small suite.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex.rehearsal import Rehearsals, judge
from pytest_codex.runtime import binary_version, find_binary
from tests.older import older_binary
from tests.pytest_codex.comparison.tales import Tale

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_codex.surroundings import Verdict
    from tests.pytest_codex.conftest import Project

SUITE = """
from openai_codex import Thread
from openai_codex.client import CodexClient

def test_command(codex, codex_model):
    codex_model.run("echo made > made.txt").say("Made.")
    assert codex.thread_start().run("Make it.").final_response == "Made."

def test_patch(codex, codex_model, codex_workspace):
    codex_model.patch("*** Add File: new.txt\\n+new\\n").say("Patched.")
    codex.thread_start().run("Patch it.")
    codex_workspace.assert_only_changed("new.txt")

def test_approval(codex_session, codex_model):
    codex_model.run("echo outside", escalate=True).say("Then not.")
    asked = []
    def decide(method, params):
        asked.append(method)
        return {"decision": "decline"}
    with CodexClient(codex_session.config, approval_handler=decide) as client:
        client.initialize()
        params = {"approvalPolicy": "on-request", "approvalsReviewer": "user"}
        Thread(client, client.thread_start(params).thread.id).run("Do it.")
    assert asked == ["item/commandExecution/requestApproval"]

def test_steer(codex, codex_model):
    gate = codex_model.hold("Roses are red")
    codex_model.say("Les roses")
    turn = codex.thread_start().turn("Write a poem.")
    events = turn.stream()
    next(event for event in events if event.method == "item/agentMessage/delta")
    turn.steer("In French, please.")
    gate.release()
    list(events)
"""
"""A command, a patch, an approval and a steered turn."""


class TestJudgement:
    """
    What is made of two transcripts that are not the same.
    """

    def judged(self, tmp_path: Path, old: Tale, live: Tale, binary: str | None = None) -> Verdict:
        """
        The verdict on a run.
        """
        plan = SimpleNamespace(
            name="cassettes/one", path=tmp_path / "one", rerecord="pytest --rewrite test_one"
        )
        around: Any = SimpleNamespace(
            plan=plan, artifacts=tmp_path / "kept", settings=SimpleNamespace(bin=binary)
        )
        return judge(old.transcript, live.transcript, around)

    def test_the_same_version_has_to_say_the_same(self, tmp_path: Path) -> None:
        """
        With the version that recorded it a new field fails the test.
        """
        verdict = self.judged(tmp_path, Tale().said("note"), Tale().said("note", more=1))

        assert (verdict.failure or "").splitlines() == [
            "MismatchError: this run differs from cassettes/one",
            "behaviour: the same",
            "wire:",
            "  note: new more",
            "How to fix:",
            "  * changed on purpose   pytest --rewrite test_one",
            f"  * see all of it        pytest-codex diff --wire cassettes/one {verdict.kept[0]}",
        ]
        assert verdict.rehearsal is None

    def test_what_no_level_knows_is_shown_as_it_is(self, tmp_path: Path) -> None:
        """
        Bytes that differ though all values are equal fail with the lines themselves.
        """
        verdict = self.judged(tmp_path, Tale().said("a", x=1), Tale().said("a", x=1.0))
        same = self.judged(tmp_path, Tale().said("a", x=0.0), Tale().said("a", x=-0.0))

        assert "a: differs x" in (verdict.failure or "")
        assert '+{"server": {"method": "a", "params": {"x": -0.0}}}' in (same.failure or "")

    def test_another_version_may_say_more(self, tmp_path: Path) -> None:
        """
        In a rehearsal the wire is counted and fails nothing.
        """
        verdict = self.judged(tmp_path, Tale("1.0").said("note"), Tale("2.0").said("note", more=1))

        assert verdict.failure is None
        assert verdict.rehearsal == {
            "outcome": "wire",
            "recorded": "1.0",
            "run": "2.0",
            "wire": [["note", "new", "more", 1]],
        }
        assert not list(tmp_path.iterdir())

    def test_another_version_must_behave_the_same(self, tmp_path: Path) -> None:
        """
        A change of behaviour fails, and the command that accepts it uses the same binary.
        """
        verdict = self.judged(
            tmp_path, Tale("1.0").command(), Tale("2.0").command(exitCode=1), "/some where/codex"
        )

        lines = (verdict.failure or "").splitlines()
        assert lines[0] == (
            "MismatchError: Codex 2.0 behaves otherwise than cassettes/one, recorded with 1.0"
        )
        assert '    command "pytest", line 2' in lines
        assert "      exit code 0 -> 1" in lines
        assert (
            "  * accept it            pytest --rewrite test_one --codex-bin='/some where/codex'"
            in lines
        )
        assert verdict.rehearsal is not None
        assert verdict.rehearsal["outcome"] == "behaviour"
        assert [path.name for path in verdict.kept] == ["one"]


def test_rehearsals_add_up() -> None:
    """
    Each pair of versions has one line, with what differs on the wire most often below.
    """
    rehearsals = Rehearsals()
    facts = {"recorded": "1.0", "run": "2.0", "wire": [["turn", "new", "x", 2]]}
    for outcome in ("unchanged", "wire", "wire", "behaviour", "failed"):
        rehearsals.add({**facts, "outcome": outcome})
    rehearsals.add(None)
    rehearsals.add({**facts, "run": "3.0", "outcome": "unchanged", "wire": []})

    assert "\n".join(rehearsals.lines()) == (
        "codex: rehearsal of 2.0 with cassettes of 1.0: 1 unchanged, 1 changed behaviour, "
        "2 differ on the wire only, 1 failed by themselves\n"
        "  turn: new x (10 times)\n"
        "codex: rehearsal of 3.0 with cassettes of 1.0: 1 unchanged, 0 changed behaviour, "
        "0 differ on the wire only"
    )


def _needs_the_newest() -> None:
    if binary_version(find_binary(None)) < "0.163":
        pytest.skip("the installed Codex is itself an old one")


@pytest.fixture(params=["upgrade", "downgrade"])
def rehearsed(request: pytest.FixtureRequest, project: Project) -> tuple[Project, bool, list[str]]:
    """
    A project whose suite was recorded with one version, and the options that run the other.
    """
    _needs_the_newest()
    upgrade = request.param == "upgrade"
    older = [f"--codex-bin={older_binary('0.155.1')}"]
    project.test(SUITE)
    recorded = project.run("--codex-record-mode=once", *(older if upgrade else []))
    recorded.assert_outcomes(passed=4)
    return project, upgrade, [] if upgrade else older


def test_an_upgrade_is_rehearsed(rehearsed: tuple[Project, bool, list[str]]) -> None:
    """
    Of four tests one does otherwise: since 0.163.0 a steered turn drops what was being said.
    """
    project, upgrade, other = rehearsed

    result = project.run("--codex-record-mode=verify", *other, "-n2", "-p", "xdist", fresh=True)

    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(["ERROR *::test_steer - *"])
    text = result.stdout.str()
    before, after = ("completed", "never completed")[:: 1 if upgrade else -1]
    assert f'status "{before}" -> "{after}"' in text
    assert re.search(r'message "Roses are red", line \d+ -> \d+\n', text)
    assert re.search(
        r"codex: rehearsal of 0\.1\S+ with cassettes of 0\.1\S+: "
        r"0 unchanged, 1 changed behaviour, 3 differ on the wire only\n",
        text,
    )
    way = "new" if upgrade else "gone"
    result.stdout.fnmatch_lines([f"  turn/completed: {way} turn.rootTurnId (4 times)"])
    if not upgrade:
        result.stdout.fnmatch_lines(["  [*] accept it *rewrite *::test_steer --codex-bin=*"])
        project.run("--codex-record-mode=rewrite", *other).assert_outcomes(passed=4)
        project.run("--codex-record-mode=verify", *other).assert_outcomes(passed=4)


def test_a_deliberate_change_is_found_across_versions(project: Project) -> None:
    """
    Under another version a command that now fails is told, and the file that is missing, too.
    """
    project.test(SUITE)
    older = f"--codex-bin={older_binary('0.155.1')}"
    project.run("--codex-record-mode=once", older, "-k", "command").assert_outcomes(passed=1)
    project.test(SUITE.replace("echo made > made.txt", "exit 3"))

    result = project.run("--codex-record-mode=verify", "-k", "command")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "behaviour (recorded -> this run, with their lines):",
            "*thread 1, turn 1",
            "*command*",
            "*exit code 0 -> 3",
            '*gone on disk "made.txt"*',
        ]
    )


def test_a_test_that_fails_by_itself_tells_why(project: Project) -> None:
    """
    Where another version makes the test itself fail, the report says what it did otherwise.
    """
    _needs_the_newest()
    project.test(SUITE)
    older = f"--codex-bin={older_binary('0.155.1')}"
    project.run("--codex-record-mode=once", older, "-k", "steer").assert_outcomes(passed=1)
    project.test(SUITE + "    assert not 'what the user wants'\n")

    result = project.run("--codex-record-mode=verify", "-k", "steer")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*codex behaviour until the test failed*", '*"completed" -> "never completed"']
    )
    result.stdout.fnmatch_lines(["codex: rehearsal of *, 1 failed by themselves"])
