"""
Sessions with the real agent and a scripted model: record, replay, verify.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fake_server.transcript import Transcript

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

pytest.importorskip("codex_cli_bin", reason="these tests run the real app-server")

SCRIPTED = """
def test_hello(codex, codex_model, codex_workspace):
    codex_model.run("echo made > made.txt").say("Hello.")
    assert codex.thread_start().run("hi").final_response == "Hello."
    assert (codex_workspace.path / "made.txt").read_text() == "made\\n"
"""


def cassette_of(project: Project, test: str = "test_hello") -> Path:
    """
    Where a test's cassette lies.
    """
    return project.path / "cassettes" / "test_bot" / f"{test}.codex.jsonl"


def tapes_of(project: Project) -> list[Path]:
    """
    The tapes that failed tests left behind.
    """
    return sorted(project.path.glob(".codex-artifacts/*/*.tape"))


def test_what_was_recorded_replays(project: Project) -> None:
    """
    Once records when there is nothing; from then on the agent is not needed.
    """
    project.test(SCRIPTED)

    first = project.run("--codex-record-mode=once")
    again = project.run("--codex-record-mode=once")
    memory = project.run()
    stdio = project.run("--codex-transport=stdio")

    for result in (first, again, memory, stdio):
        result.assert_outcomes(passed=1)
    first.stdout.fnmatch_lines(
        ["codex: 1 recorded (* 1 cassette changed)", "  wrote cassettes/test_bot/*"]
    )
    again.stdout.fnmatch_lines(["codex: 1 played (*)"])
    assert not tapes_of(project)


def test_what_the_marker_scrubs_is_never_recorded(project: Project) -> None:
    """
    A prompt that differs in each run is recorded once, verified, and replayed.
    """
    project.test(
        "import time\n"
        '@pytest.mark.codex(scrub=[(r"[0-9.]+ s", "N s")])\n'
        "def test_hello(codex, codex_model):\n"
        '    codex_model.say("Hello.")\n'
        '    codex.thread_start().run(f"It took {time.monotonic()} s.")\n'
    )

    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    project.run("--codex-record-mode=verify").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)

    recorded = cassette_of(project).read_text()
    assert recorded.count("It took N s.") > 1  # the server repeats what was asked
    assert recorded.count("It took") == recorded.count("It took N s.")


def test_rewriting_the_same_changes_nothing(project: Project) -> None:
    """
    A recording of unchanged behaviour is the same file, byte by byte.
    """
    project.test(SCRIPTED)
    project.run("--codex-record-mode=rewrite").assert_outcomes(passed=1)
    before = cassette_of(project).read_bytes()

    result = project.run("--codex-record-mode=rewrite")

    result.stdout.fnmatch_lines(["codex: 1 recorded (* 0 cassettes changed)"])
    assert cassette_of(project).read_bytes() == before


def test_a_failed_test_saves_no_cassette(project: Project) -> None:
    """
    The tape of a failed recording is kept beside other artefacts, out of git's way.
    """
    project.test(SCRIPTED + "    assert 1 == 2\n")

    result = project.run("--codex-record-mode=once")

    result.assert_outcomes(failed=1)
    assert not cassette_of(project).exists()
    assert [path.name for path in tapes_of(project)] == ["session.codex.jsonl.tape"]
    assert (project.path / ".codex-artifacts" / ".gitignore").read_text() == "*\n"
    result.stdout.fnmatch_lines(["codex: 1 recorded (*, 0 cassettes changed, 1 left artifacts)"])


def test_verify_passes_when_nothing_changed(project: Project) -> None:
    """
    Verifying runs for real, compares, and writes nothing.
    """
    project.test(SCRIPTED)
    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    before = cassette_of(project).stat().st_mtime_ns

    result = project.run("--codex-record-mode=verify")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["codex: 1 verified (*)"])
    assert cassette_of(project).stat().st_mtime_ns == before
    assert not (project.path / ".codex-artifacts").exists()


def test_verify_fails_on_a_difference(project: Project) -> None:
    """
    What the agent now does otherwise is shown; the new recording lies in the artifacts.
    """
    project.test(SCRIPTED)
    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    before = cassette_of(project).read_bytes()
    project.test(SCRIPTED.replace("echo made", "printf 'made\\\\n'"))

    result = project.run("--codex-record-mode=verify")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["MismatchError: this run differs from cassettes/test_bot/test_hello.codex.jsonl"]
    )
    result.stdout.fnmatch_lines(
        ["behaviour *", "*thread 1, turn 1", "*command*", "*name *echo made*", "wire:"]
    )
    assert cassette_of(project).read_bytes() == before
    (kept,) = project.path.glob(".codex-artifacts/*/test_hello.codex.jsonl")
    assert Transcript.load(kept).events


def test_an_unscripted_model_call_fails_the_test(project: Project) -> None:
    """
    The agent asking more than was scripted is a failure even when the test looks away.
    """
    project.test(
        "def test_hello(codex, codex_model):\n"
        "    try: codex.thread_start().run('hi')\n"
        "    except Exception: pass\n"
    )

    result = project.run("--codex-record-mode=once")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["UnexpectedModelCall: *"])
    assert not cassette_of(project).exists()


def test_a_run_without_recording_leaves_nothing(project: Project) -> None:
    """
    The scripted tier alone needs no cassette and writes none.
    """
    project.test(SCRIPTED)

    result = project.run("--codex-tier=scripted")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["codex: 1 run (* messages)"])
    assert not (project.path / "cassettes").exists()
    assert not (project.path / ".codex-artifacts").exists()


def test_a_missing_binary_is_told(project: Project) -> None:
    """
    A tier that needs the real binary says so in one message.
    """
    project.test(SCRIPTED)

    result = project.run("--codex-tier=scripted", "--codex-bin=no/such/codex")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["HarnessError: --codex-bin: there is no file *no/such/codex*"])


OWN_SPAWN = """
import json, subprocess

def ask(process, number, method, params):
    request = {"id": number, "method": method, "params": params}
    process.stdin.write(json.dumps(request) + "\\n")
    process.stdin.flush()
    while True:
        message = json.loads(process.stdout.readline())
        if message.get("id") == number and "method" not in message:
            return message["result"]

def talk(command):
    process = subprocess.Popen(
        [*command, "app-server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        ask(process, 1, "initialize", {"clientInfo": {"name": "mine", "version": "1"}})
        cwd = ask(process, 2, "thread/start", {})["cwd"]
        process.stdin.close()
        process.wait(20)
    return cwd

def test_hello(codex_session):
    assert talk(codex_session.command) == str(codex_session.workspace.path)
"""


def test_code_that_starts_its_own_process(project: Project) -> None:
    """
    A command stands in for the server in both tiers, and is recorded.
    """
    project.test(OWN_SPAWN)

    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)

    methods = [
        event.body["method"]
        for event in Transcript.load(cassette_of(project)).events
        if event.kind == "client"
    ]
    assert methods == ["initialize", "thread/start"]


def test_code_that_chooses_its_directory(project: Project) -> None:
    """
    A process started elsewhere works there, and its directory has a name of its own.
    """
    project.test(
        OWN_SPAWN.replace("def talk(command)", "def talk(command, cwd)")
        .replace("text=True", "text=True, cwd=cwd")
        .replace("talk(codex_session.command) == str(codex_session.workspace.path)", "True")
        .replace("(codex_session)", "(codex_session, tmp_path)")
        + "    assert talk(codex_session.command, tmp_path) == str(tmp_path)\n"
    )

    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)

    assert Transcript.load(cassette_of(project)).events[0].body["cwd"] == "{cwd1}"


def test_two_clients_in_one_test(project: Project) -> None:
    """
    Each client has a connection of its own in one cassette.
    """
    project.test(
        "def test_hello(codex, codex_session, codex_model):\n"
        "    codex_model.say('one').say('two')\n"
        "    assert codex.thread_start().run('hi').final_response == 'one'\n"
        "    with Codex(codex_session.config) as other:\n"
        "        assert other.thread_start().run('ho').final_response == 'two'\n"
    )

    for args in (["--codex-record-mode=once"], [], ["--codex-transport=stdio"]):
        project.run(*args).assert_outcomes(passed=1)

    events = Transcript.load(cassette_of(project)).events
    assert {event.conn for event in events} == {1, 2}


def test_a_silent_server_is_a_stall(project: Project) -> None:
    """
    A model that never answers ends the test at the deadline, not never.
    """
    project.test(
        "def test_hello(codex, codex_model):\n"
        "    codex_model.hold('wait')\n"
        "    codex.thread_start().run('hi')\n"
    )

    result = project.run("--codex-tier=scripted", "--codex-timeout=1")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*codex stalled*", "the client waits for the end of 1 turn(s)*"])
    result.stdout.fnmatch_lines(["*codex threads*"])


def test_the_transcript_tells_what_happened(project: Project) -> None:
    """
    Commands, file changes and approvals can be asserted in words, in every tier.
    """
    project.test(
        "import openai_codex\n"
        "PATCH = '''*** Begin Patch\n*** Add File: new.txt\n+new\n*** End Patch'''\n"
        "def test_hello(codex, codex_model, codex_session):\n"
        "    codex_model.run('echo said').patch(PATCH).say('Done.')\n"
        "    codex.thread_start().run('hi')\n"
        "    story = codex_session.transcript\n"
        "    (command,) = story.commands\n"
        "    assert (command.exit_code, command.output) == (0, 'said\\n')\n"
        "    (change,) = story.file_changes\n"
        "    assert (change.kind, change.status) == ('add', 'completed')\n"
        "    assert change.path == str(codex_session.workspace.path / 'new.txt')\n"
        "    assert story.final_responses == ['Done.']\n"
        "    assert codex_session.approvals == []\n"
        "    assert codex_session.workspace.unreported_changes() == {}\n"
    )

    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)
