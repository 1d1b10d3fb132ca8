"""
A real process, looked at while it talks.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex.recording.outstanding import Outstanding
from pytest_codex.recording.tee import TeedProcess, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEADLINE = 20

ECHO = """
import sys
for line in sys.stdin:
    print(line.strip().upper(), flush=True)
    print("heard", line.strip(), file=sys.stderr, flush=True)
"""


class Notes:
    """
    An observer that remembers.
    """

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.code: list[int] = []

    def from_client(self, line: str) -> None:
        self.lines.append(("client", line))

    def from_server(self, line: str) -> None:
        self.lines.append(("server", line))

    def stderr(self, line: str) -> None:
        self.lines.append(("stderr", line))

    def closed(self, code: int) -> None:
        self.code.append(code)

    def said(self, who: str) -> list[str]:
        """
        The lines of one speaker.
        """
        return [line for speaker, line in self.lines if speaker == who]


class Teed:
    """
    A teed Python script.
    """

    def __init__(self, script: str, deadline: float = 30.0, settle: bool = False) -> None:
        self.notes = Notes()
        self.stalls: list[str] = []
        self.process = TeedProcess(
            start([sys.executable, "-S", "-c", script], cwd=None, env=None),
            self.notes,
            deadline=deadline,
            stalled=self.stalls.append,
            settle=settle,
        )


@pytest.fixture
def tee() -> Iterator[Callable[..., Teed]]:
    """
    A maker of teed scripts, which are ended with the test.
    """
    made: list[Teed] = []

    def make(script: str, **how: Any) -> Teed:
        made.append(Teed(script, **how))
        return made[-1]

    yield make
    for one in made:
        one.process.finish()


def test_lines_are_noted_on_their_way(tee: Callable[..., Teed]) -> None:
    """
    Both directions and standard error are noted, and arrive unchanged.
    """
    teed = tee(ECHO)

    teed.process.stdin.write("ä one\n")
    teed.process.stdin.flush()
    answer = teed.process.stdout.readline()
    told = teed.process.stderr.readline()

    assert answer == "Ä ONE\n"
    assert told == "heard ä one\n"
    assert teed.notes.said("client") == ["ä one"]
    assert teed.notes.said("server") == ["Ä ONE"]
    assert teed.notes.said("stderr") == ["heard ä one"]


def test_a_line_in_pieces_is_noted_once(tee: Callable[..., Teed]) -> None:
    """
    A line is noted when it is whole, however it was written.
    """
    teed = tee(ECHO)

    for piece in ("a", "b", "c\nd", "e\n"):
        teed.process.stdin.write(piece)

    assert [teed.process.stdout.readline() for _ in range(2)] == ["ABC\n", "DE\n"]
    assert teed.notes.said("client") == ["abc", "de"]


def test_a_long_line_passes(tee: Callable[..., Teed]) -> None:
    """
    A line of many megabytes is one line.
    """
    teed = tee(ECHO)
    text = "x" * 3_000_000

    writer = threading.Thread(target=teed.process.stdin.write, args=(text + "\n",))
    writer.start()
    answer = teed.process.stdout.readline()
    writer.join(DEADLINE)

    assert answer == text.upper() + "\n"


def test_its_end_is_told_once(tee: Callable[..., Teed]) -> None:
    """
    However often it is waited for, the observer hears of the end once.
    """
    teed = tee("import sys; sys.exit(7)")

    assert teed.process.wait(DEADLINE) == 7
    assert teed.process.wait(DEADLINE) == 7
    assert teed.process.finish() == 7
    assert teed.notes.code == [7]
    assert teed.process.poll() == teed.process.returncode == 7


def test_a_goodbye_as_the_sdk_says_it(tee: Callable[..., Teed]) -> None:
    """
    Close, terminate, wait: the process is gone and every reader comes to an end.
    """
    teed = tee(ECHO)

    teed.process.stdin.close()
    teed.process.terminate()
    teed.process.wait(2)

    assert teed.process.stdin.closed
    assert list(teed.process.stdout) == []
    assert teed.process.stderr.read() == ""


def test_a_deaf_process_is_killed_at_the_end(tee: Callable[..., Teed]) -> None:
    """
    What ignores every goodbye does not keep the test from ending.
    """
    teed = tee(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True); time.sleep(60)"
    )
    assert teed.process.stdout.readline() == "deaf\n"

    assert teed.process.finish(patience=0.1) == -9


def test_a_grandchild_does_not_keep_the_reader(tee: Callable[..., Teed]) -> None:
    """
    When the process has ended, what it left behind may hold the pipe open for as long as it will.
    """
    teed = tee(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(30)'])\n"
        "print(child.pid, flush=True)"
    )
    pid = int(teed.process.stdout.readline())

    began = time.monotonic()
    assert teed.process.stdout.readline() == ""
    teed.process.finish()

    assert time.monotonic() - began < DEADLINE
    subprocess.run(["kill", str(pid)], check=True)


LATE = """
import sys, time
for line in sys.stdin:
    print("answer", flush=True)
    time.sleep(0.1)
    print("trailing", flush=True)
"""


def test_the_last_words_are_noted_before_the_goodbye(tee: Callable[..., Teed]) -> None:
    """
    A recording waits for what trails behind the last answer, so that it is always there.
    """
    teed = tee(LATE, settle=True)
    reader = threading.Thread(target=lambda: list(teed.process.stdout), daemon=True)
    reader.start()
    teed.process.stdin.write("go\n")

    teed.process.stdin.close()
    teed.process.terminate()
    teed.process.wait(2)
    reader.join(DEADLINE)

    assert teed.notes.said("server") == ["answer", "trailing"]


def test_the_last_words_are_noted_for_a_client_that_reads_no_more(
    tee: Callable[..., Teed],
) -> None:
    """
    The SDK stops reading before it says goodbye; what trails behind is noted and still there.
    """
    teed = tee(LATE, settle=True)
    teed.process.stdin.write("go\n")
    assert teed.process.stdout.readline() == "answer\n"

    teed.process.stdin.close()

    assert teed.notes.said("server") == ["answer", "trailing"]
    assert teed.process.stdout.readline() == "trailing\n"
    assert teed.notes.said("server") == ["answer", "trailing"]


ENDLESS = """
import sys, time
while True:
    print("more", flush=True)
    time.sleep(0.01)
"""


def test_a_server_that_never_falls_silent_is_left(tee: Callable[..., Teed]) -> None:
    """
    The wait for last words is bound, and nothing is noted after the goodbye.
    """
    teed = tee(ENDLESS, settle=True)
    reader = threading.Thread(target=lambda: list(teed.process.stdout), daemon=True)
    reader.start()

    began = time.monotonic()
    teed.process.stdin.close()
    noted = len(teed.notes.said("server"))
    teed.process.terminate()
    teed.process.wait(2)
    reader.join(DEADLINE)

    assert time.monotonic() - began < DEADLINE
    assert len(teed.notes.said("server")) <= noted + 1


SILENT = "import sys, time\nsys.stdin.readline()\ntime.sleep(60)"


def test_silence_while_something_is_awaited_is_a_stall(tee: Callable[..., Teed]) -> None:
    """
    A request without an answer ends at the deadline, told with the request's name.
    """
    teed = tee(SILENT, deadline=0.2)
    teed.process.stdin.write('{"id": 1, "method": "model/list"}\n')

    assert teed.process.stdout.readline() == ""

    assert teed.stalls == ["the client waits for the answer to model/list"]
    assert teed.process.wait(DEADLINE) == -9


def test_silence_without_a_wait_is_none(tee: Callable[..., Teed]) -> None:
    """
    A server may be silent for long when nobody waits for it.
    """
    teed = tee(LATE, deadline=0.05)

    threading.Timer(0.8, lambda: teed.process.stdin.write("go\n")).start()

    assert teed.process.stdout.readline() == "answer\n"
    assert teed.stalls == []


def owed(*lines: tuple[str, str]) -> tuple[str | None, bool]:
    """
    What is outstanding after lines marked ``>`` or ``<``, and whether the client owes an answer.
    """
    waits = Outstanding()
    for sender, line in lines:
        (waits.from_client if sender == ">" else waits.from_server)(line)
    return waits.describe(), waits.client_owes


REQUEST = (">", '{"id": 1, "method": "turn/start"}')
ANSWER = ("<", '{"id": 1, "result": {}}')
STARTED = ("<", '{"method": "turn/started", "params": {"threadId": "t"}}')
ASKED = ("<", '{"id": 1, "method": "item/tool/call", "params": {}}')
ANSWERED = (">", '{"id": 1, "result": {}}')
COMPLETED = ("<", '{"method": "turn/completed", "params": {"threadId": "t"}}')


def test_a_request_waits_for_its_answer() -> None:
    """
    Until it is answered, a request is named as what is awaited.
    """
    assert owed(REQUEST) == ("the client waits for the answer to turn/start", False)
    assert owed(REQUEST, ANSWER) == (None, False)


def test_a_turn_waits_for_its_end() -> None:
    """
    A turn under way is awaited, whoever began it.
    """
    assert owed(STARTED) == ("the client waits for the end of 1 turn(s)", False)
    assert owed(STARTED, COMPLETED) == (None, False)


def test_an_answer_that_the_client_owes_is_its_own() -> None:
    """
    While the server waits for the client, silence is not the server's fault.
    """
    assert owed(REQUEST, ASKED)[1]
    assert not owed(REQUEST, ASKED, ANSWERED)[1]


def test_what_is_no_message_is_passed_by() -> None:
    """
    Lines that are not JSON-RPC change nothing.
    """
    assert owed(("<", "not JSON"), (">", "[]"), (">", '{"method": "initialized"}')) == (None, False)
