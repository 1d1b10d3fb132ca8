"""
``pytest-codex record`` between any client and any server.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from fake_server.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).parents[3]
DEADLINE = 30
RECORD = (sys.executable, "-m", "pytest_codex.cli", "record")

SERVER = """
import json, os, signal, sys

def say(message):
    print(json.dumps(message), flush=True)

def leave(number, frame):
    print("told to go", file=sys.stderr, flush=True)
    os._exit(int(os.environ.get("LEAVE_WITH", "0")))

signal.signal(signal.SIGTERM, leave)
# What a shell starts in the background ignores it, and so does all it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
for line in sys.stdin:
    message = json.loads(line)
    method = message.get("method")
    if method == "initialize":
        result = {"userAgent": "codex/0.163.0 (os) x", "codexHome": "/h"}
        say({"id": message["id"], "result": result})
        print("remark", file=sys.stderr, flush=True)
    elif method == "write":
        open("made.txt", "w").write("made")
        say({"id": message["id"], "result": {}})
    elif method == "exit":
        sys.exit(message["params"]["code"])
    elif method == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif "id" in message:
        say({"id": message["id"], "result": {"guard": os.environ.get("PYTEST_CODEX_RECORDING")}})
os._exit(0)  # at once: while an interpreter winds up, SIGTERM kills it
"""

HELLO = {
    "id": 0,
    "method": "initialize",
    "params": {"clientInfo": {"name": "probe", "version": "1"}},
}


class Recording:
    """
    A recorder around the script above, in a directory of its own.
    """

    def __init__(self, path: Path, command: Sequence[str], **env: str) -> None:
        self.cassette = path / "out" / "one.codex.jsonl"
        self.tape = path / "out" / "one.codex.jsonl.tape"
        self.process = subprocess.Popen(
            [*RECORD, "--cassette", str(self.cassette), "--", *command],
            cwd=path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    @property
    def stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    def say(self, message: Any) -> None:
        """
        Write one line.
        """
        self.stdin.write(json.dumps(message).encode() + b"\n")
        self.stdin.flush()

    def hear(self) -> Any:
        """
        Read one line.
        """
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def end(self) -> tuple[int, str]:
        """
        Say goodbye; the exit code and what was said on standard error.
        """
        _, stderr = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, stderr.decode()


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Callable[..., Recording]]:
    """
    A starter of recordings, which are gone after the test.
    """
    (tmp_path / "server.py").write_text(SERVER)
    started: list[Recording] = []

    def start(*command: str, **env: str) -> Recording:
        words = command or (sys.executable, "-S", "server.py")
        started.append(Recording(tmp_path, words, **env))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate(timeout=DEADLINE)


def test_both_sides_hear_each_other(record: Callable[..., Recording]) -> None:
    """
    Every message arrives, standard error too, and the exit code is the server's.
    """
    recording = record()

    recording.say(HELLO)
    answer = recording.hear()
    recording.say({"id": 1, "method": "exit", "params": {"code": 5}})
    code, stderr = recording.end()

    assert answer["result"]["userAgent"] == "codex/0.163.0 (os) x"
    assert code == 5
    assert "remark" in stderr


def test_the_cassette_is_written_when_the_client_goes(record: Callable[..., Recording]) -> None:
    """
    After the client's goodbye there is a sealed cassette, and no tape.
    """
    recording = record()
    recording.say(HELLO)
    recording.hear()

    code, stderr = recording.end()

    assert code == 0, stderr
    transcript = Transcript.load(recording.cassette)
    kinds = [event.kind for event in transcript.events]
    assert kinds == ["spawn", "client", "server"]
    assert transcript.header["codex"] == "0.163.0"
    assert not recording.tape.exists()


def test_changes_on_disk_are_recorded(record: Callable[..., Recording]) -> None:
    """
    What the server writes into its directory is in the cassette.
    """
    recording = record()
    recording.say(HELLO)
    recording.hear()
    recording.say({"id": 1, "method": "write"})
    recording.hear()

    recording.end()

    transcript = Transcript.load(recording.cassette)
    effects = [event.body for event in transcript.events if event.kind == "workspace"]
    assert effects == [{"write": {"made.txt": {"text": "made"}}}]


def test_a_long_line_passes_at_once(record: Callable[..., Recording]) -> None:
    """
    A line larger than any pipe's buffer gets through in both directions.
    """
    recording = record(
        sys.executable,
        "-S",
        "-c",
        "import sys\nfor line in sys.stdin: print(line, end='', flush=True)",
    )
    text = "x" * 1_000_000

    recording.say({"method": "echo", "params": {"text": text}})

    assert recording.hear()["params"]["text"] == text


def test_the_goodbye_of_the_sdk(record: Callable[..., Recording]) -> None:
    """
    Closing the pipe and SIGTERM at once leave a cassette within the SDK's two seconds.
    """
    recording = record(LEAVE_WITH="0")
    recording.say(HELLO)
    recording.hear()

    recording.stdin.close()
    recording.process.terminate()
    recording.process.stdin = None  # closed, and communicate() must not close it again

    assert recording.process.wait(2) == 0
    assert Transcript.load(recording.cassette).events


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_forwarded(record: Callable[..., Recording], number: int) -> None:
    """
    The server gets the signal, and the cassette is written all the same.
    """
    recording = record(LEAVE_WITH="9")
    recording.say(HELLO)
    recording.hear()

    recording.process.send_signal(number)
    code = recording.process.wait(DEADLINE)

    # Python itself ends at SIGINT by that signal; our script only handles SIGTERM.
    assert code == (9 if number == signal.SIGTERM else -signal.SIGINT)
    assert Transcript.load(recording.cassette).events


def test_a_signal_that_ends_the_server_ends_the_recorder(record: Callable[..., Recording]) -> None:
    """
    A client sees the end it would have seen without a recorder.
    """
    recording = record()
    recording.say(HELLO)
    recording.hear()

    recording.say({"method": "die"})

    assert recording.process.wait(DEADLINE) == -signal.SIGKILL
    assert Transcript.load(recording.cassette).events


def test_a_killed_client_leaves_a_cassette(tmp_path: Path) -> None:
    """
    A client that dies without a word leaves a readable recording.
    """
    (tmp_path / "server.py").write_text(SERVER)
    cassette = tmp_path / "one.codex.jsonl"
    client = (
        "import os, subprocess, sys\n"
        "recorder = subprocess.Popen(sys.argv[1:], stdin=-1, stdout=-1)\n"
        f"recorder.stdin.write({json.dumps(HELLO).encode()!r} + b'\\n')\n"
        "recorder.stdin.flush()\n"
        "recorder.stdout.readline()\n"
        "print(recorder.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    command = [*RECORD, "--cassette", str(cassette)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}

    # The recorder holds the client's standard error: its end is the recorder's end.
    done = subprocess.run(
        [sys.executable, "-c", client, *command, "--", sys.executable, "-S", "server.py"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )

    assert done.returncode == -9
    assert [event.kind for event in Transcript.load(cassette).events] == [
        "spawn",
        "client",
        "server",
    ]


def test_a_killed_recorder_leaves_a_tape(record: Callable[..., Recording]) -> None:
    """
    What was recorded until then can be made into a cassette.
    """
    recording = record()
    recording.say(HELLO)
    recording.hear()
    recording.process.kill()
    recording.end()
    assert not recording.cassette.exists()

    subprocess.run(
        [*RECORD, "--recover", "--cassette", str(recording.cassette)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=DEADLINE,
        check=True,
    )

    assert Transcript.load(recording.cassette).events
    assert not recording.tape.exists()


def test_it_does_not_record_itself(record: Callable[..., Recording], tmp_path: Path) -> None:
    """
    A wrapper named as the server, which starts the recorder again, is refused at once.
    """
    wrapper = tmp_path / "codex"
    wrapper.write_text(
        f"#!/bin/sh\nexec {sys.executable} -m pytest_codex.cli record "
        f"--cassette {tmp_path}/out/one.codex.jsonl -- {wrapper}\n"
    )
    wrapper.chmod(0o755)

    code, stderr = record(str(wrapper)).end()

    assert code == 1
    assert "would record itself for ever" in stderr


def test_another_recording_inside_is_fine(record: Callable[..., Recording]) -> None:
    """
    The mark in the server's environment names the cassette, so others are not refused.
    """
    recording = record()
    recording.say(HELLO)
    recording.hear()
    recording.say({"id": 1, "method": "environment"})

    assert recording.hear()["result"]["guard"] == str(recording.cassette)


def test_an_unknown_program_is_told(record: Callable[..., Recording]) -> None:
    """
    A command that cannot be run is an error that names it.
    """
    code, stderr = record("no-such-codex").end()

    assert code == 1
    assert "there is no program 'no-such-codex' to record" in stderr


def test_a_secret_is_not_written(record: Callable[..., Recording]) -> None:
    """
    Where a secret would reach the file, there is no file, and the user is told.
    """
    recording = record(MY_API_KEY="correct-horse-battery-staple")
    recording.say(HELLO)
    recording.hear()
    recording.say({"id": 1, "method": "x", "params": {"text": "correct-horse-battery-staple"}})
    recording.hear()

    code, stderr = recording.end()

    assert code == 0, stderr
    assert "correct-horse" not in recording.cassette.read_text()
