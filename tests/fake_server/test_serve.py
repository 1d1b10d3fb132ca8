"""
The fake as a process: pipes, signals, report, exit status.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import fake_server
from fake_server.transcript import Event

from .playbook import Script, thread_id

MAIN = Path(fake_server.__file__).with_name("__main__.py")
DEADLINE = 20


class Process:
    """
    A fake process with its pipes.
    """

    def __init__(self, cassette: Path, *args: str, cwd: Path) -> None:
        command = [sys.executable, "-I", "-S", str(MAIN), "--cassette", str(cassette), *args]
        self._popen = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, body: dict[str, Any]) -> dict[str, Any]:
        """
        Send a message and read one line.
        """
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._popen.stdin.write(json.dumps(body) + "\n")
        self._popen.stdin.flush()
        answer: dict[str, Any] = json.loads(self._popen.stdout.readline())
        return answer

    def say(self, text: str) -> None:
        """
        Send whatever it is, and read nothing.
        """
        assert self._popen.stdin is not None
        self._popen.stdin.write(text)
        self._popen.stdin.flush()

    def wait_for_output(self) -> None:
        """
        Wait until it says something, and read nothing.
        """
        assert self._popen.stdout is not None
        assert select.select([self._popen.stdout], [], [], DEADLINE)[0]

    def killed_by(self, kill: signal.Signals) -> int:
        """
        Its status after a signal, without reading what it says.
        """
        self._popen.send_signal(kill)
        try:
            return self._popen.wait(timeout=DEADLINE)
        finally:
            self._popen.kill()
            self._popen.communicate()

    def end(self, *, kill: signal.Signals | None = None) -> tuple[int, str, str]:
        """
        Close the pipe, as a client does; returns status, output and standard error.
        """
        if kill is not None:
            self._popen.send_signal(kill)
        out, err = self._popen.communicate(timeout=DEADLINE)
        return self._popen.returncode, out, err


def save(tmp_path: Path, script: Script) -> Path:
    """
    Write a cassette.
    """
    path = tmp_path / "c.codex.jsonl"
    script.transcript().save(path)
    return path


HELLO = {"id": 1, "method": "initialize", "params": {"clientInfo": {"name": "t"}}}


TERMINATED = """
import signal, sys
sys.path.insert(0, sys.argv[1])
from fake_server.claims import Claims
from fake_server.serve import main
take = Claims.take
def interrupted(claims, number):
    taken = take(claims, number)
    claims._mine.clear()  # as if this had not been reached yet
    signal.raise_signal(signal.SIGTERM)  # the handler, if there is one, runs before the next line
    claims._mine.add(number)
    return taken
Claims.take = interrupted
sys.exit(main(sys.argv[2:]))
"""


def test_sigterm_while_it_is_decided_what_was_played(tmp_path: Path) -> None:
    """
    The signal that follows a closed pipe does not find the connection taken by somebody else.
    """
    cassette = save(tmp_path, Script().hello())
    report = tmp_path / "report.json"
    words = ["--cassette", str(cassette), "--claims", str(tmp_path), "--report", str(report)]

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", TERMINATED, str(MAIN.parents[1]), *words],
        input=json.dumps(HELLO) + "\n",
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(report.read_text())["problems"] == []


def test_a_whole_session_ends_with_zero(tmp_path: Path) -> None:
    """
    Status 0 says that everything was played.
    """
    process = Process(save(tmp_path, Script().hello()), "app-server", cwd=tmp_path)

    assert process.ask(HELLO)["result"]["userAgent"].startswith("t/0.163.0")
    assert process.end() == (0, "", "")


def test_a_mismatch_is_told_on_stderr_and_by_status_three(tmp_path: Path) -> None:
    """
    The client gets an error, the caller a status.
    """
    process = Process(save(tmp_path, Script().hello()), cwd=tmp_path)
    process.ask(HELLO)

    answer = process.ask({"id": 2, "method": "thread/start", "params": {}})
    status, _, err = process.end()

    assert answer["error"]["code"] == -32600
    assert status == 3
    assert "thread/start #1 matches no interaction" in err


def test_what_was_not_played_is_told(tmp_path: Path) -> None:
    """
    A client that went away early leaves status 3 and the lines it did not play.
    """
    process = Process(save(tmp_path, Script().hello().thread(1)), cwd=tmp_path)
    process.ask(HELLO)

    status, _, err = process.end()

    assert status == 3
    assert "1 recorded messages were not played" in err
    assert "thread/start" in err


def test_a_broken_cassette_is_status_four(tmp_path: Path) -> None:
    """
    Never an empty session.
    """
    (tmp_path / "c").write_text("{}\n", encoding="utf-8")

    status, out, err = Process(tmp_path / "c", cwd=tmp_path).end()

    assert (status, out) == (4, "")
    assert "is no cassette" in err


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--connection", "x"], "--connection wants a number"),
        (["--root", "x"], "--root wants NAME=DIR"),
        (["--root", "x=/tmp"], "'x' is no placeholder"),
        (["--options", "{"], "--options is not JSON"),
        (["--options", "[]"], "--options wants a JSON object"),
        (["--options", '{"ignored": []}'], "--options has 'ignored'"),
        (["--listen", "ws://127.0.0.1:1"], "only stdio:// is served"),
        (["generate-json-schema"], "only is an app-server"),
        (["--report"], "--report wants a value"),
        (["--edit", "pipe"], "--edit wants --wire"),
        (["--claims", "nowhere"], "--claims nowhere: there is no such directory"),
    ],
)
def test_wrong_arguments_are_told_with_the_usage(
    args: list[str], told: str, tmp_path: Path
) -> None:
    """
    Status 2, one clear sentence, and the usage.
    """
    status, _, err = Process(save(tmp_path, Script().hello()), *args, cwd=tmp_path).end()

    assert status == 2
    assert told in err
    assert "usage:" in err


def test_it_says_the_recorded_version(tmp_path: Path) -> None:
    """
    ``--version`` answers like the binary that was recorded.
    """
    path = tmp_path / "c.codex.jsonl"
    transcript = Script().hello().transcript()
    transcript.header["codex"] = "0.155.1"
    transcript.save(path)

    assert Process(path, "--version", cwd=tmp_path).end() == (0, "codex-cli 0.155.1\n", "")


def test_the_report_is_written_even_on_sigterm(tmp_path: Path) -> None:
    """
    The SDK closes the pipe and sends SIGTERM at once: both must end well.
    """
    report = tmp_path / "report.json"
    path = save(tmp_path, Script().hello().thread(1))
    process = Process(path, "--report", str(report), cwd=tmp_path)
    process.ask(HELLO)

    status, _, _ = process.end(kill=signal.SIGTERM)
    told = json.loads(report.read_text(encoding="utf-8"))

    assert status == 3
    assert told["played"] == 1
    assert told["total"] == 2
    assert told["unplayed"] == [5]
    assert told["problems"] == []


def test_a_client_that_waits_for_nothing_recorded_is_told_so(tmp_path: Path) -> None:
    """
    The deadline turns a hang into an end of the connection with a reason.
    """
    script = Script().hello().thread(1).begin(1, "go")
    path = save(tmp_path, script)
    process = Process(path, "--options", json.dumps({"timeout": 0.2}), cwd=tmp_path)
    process.ask(HELLO)
    process.ask({"id": 2, "method": "thread/start", "params": {}})
    process.ask(
        {
            "id": 3,
            "method": "turn/start",
            "params": {"threadId": thread_id(1), "input": [{"type": "text", "text": "go"}]},
        }
    )

    # Nothing is sent or closed here: the process must end by itself.
    status = process._popen.wait(timeout=DEADLINE)
    _, _, err = process.end()

    assert status == 3
    assert "nothing moved for 0.2 s" in err
    assert "is not over: the recording ends here" in err


def test_a_client_that_waits_on_after_a_refusal_is_left(tmp_path: Path) -> None:
    """
    Who ignores an error and waits for what never comes is not waited for either.
    """
    path = save(tmp_path, Script().hello().thread(1).begin(1, "go"))
    process = Process(path, "--options", json.dumps({"timeout": 0.2}), cwd=tmp_path)
    process.ask(HELLO)
    process.ask({"id": 2, "method": "thread/start", "params": {"cwd": "/elsewhere"}})

    # Nothing is sent or closed here: the process must end by itself.
    status = process._popen.wait(timeout=DEADLINE)
    _, _, err = process.end()

    assert status == 3
    assert "thread/start #1 matches no interaction" in err
    assert "nothing moved" not in err


def test_effects_are_written_below_the_root(tmp_path: Path) -> None:
    """
    A replay changes the disk as the agent did, in the directory it is given.
    """
    script = Script().effect(write={"made.txt": {"text": "in {workspace}\n"}})
    effect = script.events.pop()
    script.hello().events.insert(1, effect)
    root = tmp_path / "root"
    root.mkdir()
    process = Process(save(tmp_path, script), "--root", f"workspace={root}", cwd=tmp_path)

    process.ask(HELLO)
    process.end()

    assert (root / "made.txt").read_text(encoding="utf-8") == f"in {root}\n"


def test_it_runs_as_a_module_too(tmp_path: Path) -> None:
    """
    ``python -m fake_server`` is the same program.
    """
    found = subprocess.run(
        [sys.executable, "-m", "fake_server", "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(MAIN.parents[1])},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )

    assert found.stdout.startswith("usage: python -m fake_server --cassette FILE")


def test_a_standby_is_told_how_it_was_started(tmp_path: Path) -> None:
    """
    Its first line has the client's arguments, directory and environment.
    """
    script = Script()
    spawn = {"args": ["--config", "a=1"], "cwd": "{workspace}"}
    script.events.append(Event(1, "spawn", spawn))
    script.hello()
    root = tmp_path / "root"
    root.mkdir()
    path = save(tmp_path, script)
    process = Process(path, "--standby", "--root", f"workspace={root}", cwd=tmp_path)
    order = {"args": ["--config", "a=1", "app-server"], "cwd": str(root), "env": {"A": "b"}}
    assert process._popen.stdin is not None
    process._popen.stdin.write(json.dumps(order) + "\n")

    answer = process.ask(HELLO)

    assert answer["result"]["userAgent"].startswith("t/0.163.0")
    assert process.end() == (0, "", "")


def test_a_standby_that_nobody_wanted_leaves_in_silence(tmp_path: Path) -> None:
    """
    The end of input before the first line is no session, and so no leftovers.
    """
    report = tmp_path / "report.json"
    path = save(tmp_path, Script().hello())

    process = Process(path, "--standby", "--report", str(report), cwd=tmp_path)

    assert process.end() == (0, "", "")
    assert not report.exists()


def test_what_was_written_before_sigterm_is_played(tmp_path: Path) -> None:
    """
    A client that sends a lot, hangs up and signals at once finds the process at work on it.
    """
    script = Script().hello()
    for _ in range(500):
        script.ask("thread/list", {}, result={"data": []})
    process = Process(save(tmp_path, script), cwd=tmp_path)
    process.ask(HELLO)
    requests = [{"id": n, "method": "thread/list", "params": {}} for n in range(2, 502)]

    process.say("".join(json.dumps(request) + "\n" for request in requests))
    status, out, err = process.end(kill=signal.SIGTERM)

    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 500


def test_a_client_that_reads_nothing_more_can_end_it(tmp_path: Path) -> None:
    """
    An answer that nobody takes does not hold up the end.
    """
    script = Script().hello().ask("thread/list", {}, result={"data": ["x" * 1_000_000]})
    process = Process(save(tmp_path, script), cwd=tmp_path)
    process.ask(HELLO)
    process.say('{"id": 2, "method": "thread/list", "params": {}}\n')
    process.wait_for_output()

    assert process.killed_by(signal.SIGTERM) == 0


def test_processes_share_a_recording(tmp_path: Path) -> None:
    """
    Each plays the connection that its client asks for; one process too many is told so.
    """
    scripts = [
        Script(n).hello().ask("config/value/write", {"n": n}, result={"n": n}) for n in (1, 2)
    ]
    cassette = tmp_path / "c.codex.jsonl"
    scripts[0].transcript(scripts[1]).save(cassette)
    (tmp_path / "claims").mkdir()
    words = ["--claims", str(tmp_path / "claims")]
    processes = [Process(cassette, *words, cwd=tmp_path) for _ in range(2)]

    for process, number in zip(processes, (2, 1), strict=True):
        process.ask(HELLO)
        asked = {"id": 2, "method": "config/value/write", "params": {"n": number}}
        assert process.ask(asked)["result"] == {"n": number}

    assert [process.end()[0] for process in processes] == [0, 0]
    status, _, told = Process(cassette, *words, cwd=tmp_path).end()
    assert status == 3
    assert "all of them taken" in told
