"""
What code under test starts itself is told by the session like what it starts through the SDK.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fake_server.overheard import CLIENT, SERVER, STDERR, Telling
from pytest_codex.recording import answering as answering_module
from pytest_codex.recording.answering import Answering, Editing
from pytest_codex.recording.overhearing import Overhearing
from pytest_codex.wire import Wire

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

CLIENT_OF_ITS_OWN = """
import json, subprocess

class Talk:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=-1, stdout=-1, text=True)

    def send(self, **message):
        self.process.stdin.write(json.dumps(message) + "\\n")
        self.process.stdin.flush()

    def read(self, wanted):
        for line in self.process.stdout:
            message = json.loads(line)
            if "requestApproval" in message.get("method", ""):
                self.send(id=message["id"], result={"decision": "decline"})
            if wanted(message):
                return message

    def ask(self, number, method, **params):
        self.send(id=number, method=method, params=params)
        return self.read(lambda m: m.get("id") == number and "method" not in m)["result"]

def talk(command, **policy):
    talk = Talk(command)
    with talk.process:
        talk.ask(1, "initialize", clientInfo={"name": "mine", "version": "1"})
        thread = talk.ask(2, "thread/start", **policy)["thread"]["id"]
        talk.ask(3, "turn/start", threadId=thread, input=[{"type": "text", "text": "hi"}])
        talk.read(lambda message: message.get("method") == "turn/completed")
        talk.process.stdin.close()
"""


@pytest.fixture
def wire() -> Wire:
    """
    An empty log.
    """
    return Wire()


def test_whoever_looks_sees_all_that_was_written(wire: Wire, tmp_path: Path) -> None:
    """
    At once, under the number of its connection; standard error is told apart.
    """
    overhearing = Overhearing(wire, tmp_path / "pipes")
    one = Telling(str(overhearing.pipes(1).wire))
    two = Telling(str(overhearing.pipes(2).wire))

    for number in range(200):
        two.tell(CLIENT, f'{{"id": {number}}}')
        assert len(wire) == number + 1
    one.tell(STDERR, "careful")
    one.tell(SERVER, "{}")

    assert wire.tail(2) == [(2, "client", '{"id": 199}'), (1, "server", "{}")]
    assert wire.stderr_tail(5) == ["careful"]
    overhearing.close()


def test_nobody_has_to_look(wire: Wire, tmp_path: Path) -> None:
    """
    A process that says more than a pipe holds goes on, though no test looks at the log.
    """
    overhearing = Overhearing(wire, tmp_path / "pipes")
    telling = Telling(str(overhearing.pipes(1).wire))

    def say() -> None:
        for _ in range(1000):
            telling.tell(SERVER, "x" * 1000)

    said = threading.Thread(target=say, daemon=True)
    said.start()
    said.join(30)

    assert not said.is_alive()
    overhearing.close()
    assert len(wire) == 1000
    telling.tell(SERVER, "after the end")
    assert len(wire) == 1000


def test_a_session_without_commands_opens_nothing(wire: Wire, tmp_path: Path) -> None:
    """
    Neither a directory nor a thread.
    """
    before = threading.active_count()

    Overhearing(wire, tmp_path / "pipes").close()

    assert not (tmp_path / "pipes").exists()
    assert threading.active_count() == before


needs_codex = pytest.mark.usefixtures("_codex")


@pytest.fixture
def _codex() -> None:
    pytest.importorskip("codex_cli_bin", reason="these tests run the real app-server")


@needs_codex
def test_views_tell_of_it_in_every_tier(project: Project) -> None:
    """
    Commands, answers and approvals, when recorded and when replayed; nothing of it is on disk.
    """
    project.test(
        CLIENT_OF_ITS_OWN
        + """
@pytest.mark.codex(allow=["one.txt"])
def test_it(codex_session, codex_model, codex_boundary):
    codex_model.run("echo one").run("echo two", escalate=True).say("Done.")
    talk(codex_session.command, approvalPolicy="on-request", approvalsReviewer="user")
    assert codex_session.ran("echo one", ok=True)
    assert not codex_session.ran("echo two")
    assert codex_session.transcript.turns[0].final_response == "Done."
    (approval,) = codex_boundary.approvals
    assert (approval.subject, approval.decision, approval.by) == (
        "/bin/bash -lc 'echo two'", "decline", "the client"
    )
    assert [one.method for one in codex_session.requests()][:2] == ["initialize", "thread/start"]
"""
    )

    for options in (["--codex-record-mode=once"], [], ["--codex-tier=scripted"]):
        project.run(*options).assert_outcomes(passed=1)


@needs_codex
def test_budgets_count_it(project: Project) -> None:
    """
    What cannot be held back while it runs fails the test when it is over.
    """
    project.test(
        CLIENT_OF_ITS_OWN
        + """
@pytest.mark.codex(max_commands=1)
def test_it(codex_session, codex_model):
    codex_model.run("echo one").run("echo two").say("Done.")
    talk(codex_session.command)
"""
    )

    result = project.run("--codex-tier=scripted")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*BudgetError: max_commands=1 was exceeded: 2 commands"])


@needs_codex
def test_a_failure_shows_its_wire(project: Project) -> None:
    """
    The sections of a failing test have what it said, and the story.
    """
    project.test(
        CLIENT_OF_ITS_OWN
        + """
def test_it(codex_session, codex_model):
    codex_model.run("echo one").say("Done.")
    talk(codex_session.command)
    assert codex_session.ran("make")
"""
    )

    result = project.run("--codex-tier=scripted")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*assert no command 'make', only: $ echo one*",
            "*1 > *turn/start*",
            "*1 < *turn/completed*",
        ]
    )


@needs_codex
@pytest.mark.parametrize("marker", ["", "@pytest.mark.codex(scrub=[('hi', 'hello')])"])
def test_a_command_may_be_started_several_times(project: Project, marker: str) -> None:
    """
    Each process is a connection of its own, whoever else connects between; a look at the version
    is none.
    """
    project.test(
        CLIENT_OF_ITS_OWN
        + f"""
{marker}
def test_it(codex_session, codex_model):
    codex_model.say("One.").say("Two.").say("Three.").say("Four.")
    command = codex_session.command
    assert "codex" in subprocess.check_output([*command, "--version"], text=True)
    talk(command)
    talk(command)
    with Codex() as codex:
        codex.thread_start().run("hi")
    talk(command)
    said = [turn.final_response for turn in codex_session.transcript.turns]
    assert said == ["One.", "Two.", "Three.", "Four."]
    assert len(codex_session.requests("initialize")) == 4
"""
    )

    for options in (["--codex-record-mode=once"], [], ["--codex-record-mode=verify"]):
        project.run(*options).assert_outcomes(passed=1)
    (cassette,) = project.path.glob("cassettes/**/*.jsonl")
    text = cassette.read_text(encoding="utf-8")
    assert text.count('{"spawn"') + text.count('"spawn": {') >= 4
    cassette.write_text(text.replace("Three.", "Others."), encoding="utf-8")
    assert project.run().ret != 0


@needs_codex
def test_a_command_nobody_started(project: Project) -> None:
    """
    It takes no part in the recording.
    """
    project.test(
        CLIENT_OF_ITS_OWN
        + """
def test_it(codex_session, codex_model):
    codex_model.say("One.")
    shown = codex_session.command
    talk(codex_session.command)
    assert [turn.final_response for turn in codex_session.transcript.turns] == ["One."]
"""
    )

    for options in (["--codex-record-mode=once"], [], ["--codex-record-mode=verify"]):
        project.run(*options).assert_outcomes(passed=1)


SCRUBBED = """
import json
def pytest_codex_scrub(message, sender):
    return json.loads(json.dumps(message).replace("Bluebird", "the project"))
"""


@needs_codex
@pytest.mark.parametrize("large", [0, 200_000])
def test_rules_and_hooks_see_it(project: Project, large: int) -> None:
    """
    What only the user knows to be private is in no file, and what a rule leaves out may differ.
    """
    project.write("conftest.py", SCRUBBED)
    test = (
        CLIENT_OF_ITS_OWN.replace('"hi"', f'"Bluebird took N s " + "x" * {large}')
        + """
@pytest.mark.codex(scrub=[(r"took \\d+ s", "took some s")])
def test_it(codex_session, codex_model):
    codex_model.say("Done.")
    talk(codex_session.command)
"""
    )
    project.test(test.replace("took N", "took 12"))
    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    (cassette,) = project.path.glob("cassettes/**/*.jsonl")
    kept = cassette.read_text(encoding="utf-8")
    assert "the project took some s" in kept
    assert "Bluebird" not in kept

    project.run("--codex-record-mode=verify").assert_outcomes(passed=1)
    project.test(test.replace("took N", "took 345"))
    project.run().assert_outcomes(passed=1)
    project.test(test.replace("took N", "lasted 345"))
    project.run().assert_outcomes(failed=1)


@needs_codex
def test_a_hook_that_breaks_down_fails_the_test(project: Project) -> None:
    """
    Nothing is kept that was not scrubbed, and the reason is told; the client goes on.
    """
    broken = "def pytest_codex_scrub(message, sender): raise KeyError('text')\n"
    project.write("conftest.py", SCRUBBED)
    project.test(
        CLIENT_OF_ITS_OWN
        + """
def test_it(codex_session, codex_model):
    codex_model.say("Done.")
    talk(codex_session.command)
"""
    )
    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    (cassette,) = project.path.glob("cassettes/**/*.jsonl")
    before = cassette.read_bytes()
    project.write("conftest.py", broken)

    for options in ([], ["--codex-record-mode=rewrite"]):
        result = project.run(*options)
        result.stdout.fnmatch_lines(["*was not scrubbed and is not kept: KeyError: 'text'*"])
        assert result.ret != 0
        assert cassette.read_bytes() == before


def test_a_process_that_has_ended_gets_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Who asked and went away holds nobody up, however long the answer.
    """
    monkeypatch.setattr(answering_module, "PATIENCE", 0.05)
    told: list[str] = []
    answering = Answering(tmp_path / "edit", Editing(lambda line, _: line * 200_000, told.append))

    answering.answer("x", "client")

    answering.close()
    assert told == []
