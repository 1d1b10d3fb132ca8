"""
One check of a client: what is a verdict, and what says nothing about the client.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.clients import plain
from pytest_codex.conformance.clients.client import Client, ClientTarget
from pytest_codex.conformance.clients.driving import running
from pytest_codex.conformance.clients.judging import ClientJudge
from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.outcomes import Outcome, Result
from tests.pytest_codex.conformance.clients.clients import raw_client, script
from tests.waiting import until


def judge(command: str, run: Callable[[Client], object], deadline: float = 30.0) -> Result:
    """
    Judge a client by one check.
    """

    def judged(client: Client) -> None:
        run(client)

    check = Check("area/name", "It does.", "nowhere", judged)
    return ClientJudge(ClientTarget(command, deadline))(check)


def hello(client: Client) -> object:
    """
    A client that connects without an error.
    """
    return client.perform("hello", plain.hello()).result()


def test_a_report_is_a_verdict() -> None:
    """
    A driver may print what it likes before its report.
    """
    result = judge(script("""echo noise; echo '{"a": 1}'"""), hello)

    assert (Outcome.PASSED, "") == (result.outcome, result.text)


def test_a_report_is_one_line_whatever_letters_are_in_it() -> None:
    """
    Many JSON writers leave U+2028 and U+0085 as they are: they end no line of JSON.
    """
    text = "one\u2028two\u0085three"
    driver = script(f"""echo '{{"final_response": "{text}"}}'""")
    found: list[object] = []

    def run(client: Client) -> None:
        found.append(client.perform("hello", plain.hello()).result()["final_response"])

    assert judge(driver, run).outcome is Outcome.PASSED
    assert found == [text]


def test_an_unknown_task_is_skipped() -> None:
    """
    Exit status 77 is no failure.
    """
    result = judge(script("exit 77"), hello)

    assert result.outcome is Outcome.SKIPPED
    assert "does not know the task hello" in result.text


def test_a_driver_that_dies_has_met_an_error() -> None:
    """
    Its standard error is the text of the error.
    """
    result = judge(script("echo 'boom 4711' >&2; exit 3"), hello)

    assert result.outcome is Outcome.FAILED
    assert "boom 4711" in result.text
    assert result.stderr == ("boom 4711",)
    seen = judge(
        script("echo 'boom 4711' >&2; exit 3"),
        lambda one: one.perform("hello", plain.hello()).failed("4711"),
    )
    assert seen.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (script("true"), "printed no JSON object"),
        ("/nowhere/driver", "cannot be started"),
        ("", "the command is empty"),
    ],
)
def test_a_broken_driver_says_nothing_about_the_client(command: str, text: str) -> None:
    """
    What cannot be judged is an error of the harness.
    """
    result = judge(command, hello)

    assert result.outcome is Outcome.ERROR
    assert text in result.text


def test_a_client_that_hangs_is_killed_with_all_it_started(tmp_path: Path) -> None:
    """
    Also what it started in the background; the text tells what it waits for.
    """
    pids = tmp_path / "pids"
    text = f"sleep 3600 & echo $! > {pids}; wait"
    result = judge(script(text), hello, deadline=3.0)

    assert result.outcome is Outcome.FAILED
    assert "did not end within 3 s and was killed" in result.text
    until(lambda: not running([int(pids.read_text())]))


def test_what_a_client_waits_for_is_told() -> None:
    """
    Requests without an answer are named.
    """

    def run(client: Client) -> object:
        scene = Scene(agent=None)
        scene.asked("initialize")
        return client.perform("hello", scene).ended()

    result = judge(raw_client(), run, deadline=3.0)

    assert "initialize was never answered" in result.text


def test_a_server_that_is_left_behind_is_told_and_ended() -> None:
    """
    A server whose client has gone has to go, too.
    """
    seen: list[int] = []

    def run(client: Client) -> object:
        found = client.perform("hello", plain.hello())
        seen.extend(found.orphans)
        return found.alone()

    result = judge(raw_client("LeavesTheServerBehind"), run)

    assert result.outcome is Outcome.FAILED
    assert "was still running after the client had ended" in result.text
    assert seen
    assert not running(seen)


def test_the_driver_is_told_what_to_do(tmp_path: Path) -> None:
    """
    By its environment, and in its command.
    """
    told = tmp_path / "told"
    names = ("TASK", "CODEX", "PROMPT", "THREAD")
    values = " ".join(f'"$CODEX_CONFORMANCE_{name}"' for name in names)
    words = f'{values} {{task}} {{codex}} "$(command -v codex)"'
    result = judge(
        script(f"printf '%s\\n' {words} > {told}; echo '{{}}'"),
        lambda one: one.perform("resume", plain.hello(), thread="T1", prompt="Hi."),
    )
    assert result.outcome is Outcome.PASSED, result.text
    task, codex, prompt, thread, task_word, codex_word, on_path = told.read_text().splitlines()

    assert ("resume", "Hi.", "T1", "resume") == (task, prompt, thread, task_word)
    assert codex == codex_word == on_path


def test_a_stopped_run_ends_at_once() -> None:
    """
    The user does not want to wait; nothing is left running.
    """

    def judged(client: Client) -> None:
        hello(client)

    check = Check("area/name", "It does.", "nowhere", judged)
    crew = ClientJudge(ClientTarget(script("sleep 3600"), 3600.0))
    crew.stop()

    assert crew(check).outcome is Outcome.FAILED


def test_the_wire_is_kept_for_what_failed() -> None:
    """
    The last lines, with who said them.
    """

    def run(client: Client) -> object:
        return client.perform("run", plain.run()).said("something else")

    result = judge(raw_client(), run)

    assert result.outcome is Outcome.FAILED
    assert "'something else'" in result.text
    assert [line[:1] for line in result.wire][-2:] == ["<", "#"]
    assert json.loads(result.wire[-2][2:])["method"] == "turn/completed"
    assert os.linesep not in result.wire[-1]


def test_a_warning_is_no_failure() -> None:
    """
    What no server does today fails leniently.
    """

    def run(client: Client) -> object:
        with client.lenient("nobody does it"):
            client.perform("hello", plain.hello()).failed()
        return None

    result = judge(raw_client(), run)

    assert result.outcome is Outcome.WARNING
    assert "nobody does it" in result.text
