"""
The in-process twin of a server process.
"""

from __future__ import annotations

import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex.transports import Exchange, MemoryProcess
from pytest_codex.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

DEADLINE = 10


class Echo:
    """
    A connection that plays what a test tells it to.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.gone = 0
        self.owed: str | None = None
        self.play: Callable[[str], list[Any]] = lambda line: [("send", line.upper())]

    def start(self) -> list[Any]:
        return []

    def receive(self, line: str) -> list[Any]:
        self.heard.append(line)
        return self.play(line)

    def owes(self) -> str | None:
        return self.owed

    def disconnect(self) -> None:
        self.gone += 1


class Stage:
    """
    A process around an ``Echo``, and everything it was told to do.
    """

    def __init__(self, deadline: float = 30.0) -> None:
        self.echo = Echo()
        self.wire = Wire()
        self.applied: list[tuple[Any, str]] = []
        self.stalls: list[str] = []
        self.exchange = Exchange(
            self.wire,
            deadline,
            apply=lambda effect, root: self.applied.append((effect, root)),
            stalled=self.stalls.append,
        )
        connection: Any = self.echo
        self.process = MemoryProcess(["codex"], 1, connection, self.exchange)


def test_what_is_written_is_played_and_read() -> None:
    """
    The answer to a line can be read as soon as the line was written.
    """
    stage = Stage()

    stage.process.stdin.write("one\ntwo\n")
    stage.process.stdin.flush()

    assert stage.process.stdout.readline() == "ONE\n"
    assert stage.process.stdout.readline() == "TWO\n"


def test_a_line_may_come_in_pieces() -> None:
    """
    Nothing is played before the line is whole.
    """
    stage = Stage()

    stage.process.stdin.write("on")
    assert stage.echo.heard == []
    stage.process.stdin.write("e\n")

    assert stage.echo.heard == ["one"]


def test_both_directions_are_logged() -> None:
    """
    The log has what the client wrote and what it was sent, in order.
    """
    stage = Stage()

    stage.process.stdin.write("one\n")

    assert stage.wire.tail(9) == [(1, "client", "one"), (1, "server", "ONE")]


def test_effects_come_before_the_message_that_follows_them() -> None:
    """
    A client that has read a message finds on disk what was recorded before it.
    """
    stage = Stage()
    stage.echo.play = lambda _line: [("apply", ("/ws", {"delete": ["a"]})), ("send", "done")]

    stage.process.stdin.write("go\n")

    assert stage.applied == [({"delete": ["a"]}, "/ws")]
    assert stage.process.stdout.readline() == "done\n"


def test_a_scrubbed_line_is_played_but_not_logged() -> None:
    """
    The user's scrubbing changes what is matched, never what was said.
    """
    stage = Stage()
    stage.exchange.edit = lambda line: f"scrubbed {line}"

    stage.process.stdin.write("one\n")

    assert stage.echo.heard == ["scrubbed one"]
    assert stage.wire.tail(9)[0] == (1, "client", "one")


def test_closing_the_input_ends_it() -> None:
    """
    What was sent before the goodbye can still be read; then comes the end, for ever.
    """
    stage = Stage()
    stage.process.stdin.write("one\n")

    stage.process.stdin.close()

    assert list(stage.process.stdout) == ["ONE\n"]
    assert stage.process.stdout.readline() == ""
    assert stage.process.wait(DEADLINE) == 0
    assert stage.process.poll() == 0
    assert stage.echo.gone == 1


def test_it_ends_once() -> None:
    """
    Closing, terminating and killing may come in any number.
    """
    stage = Stage()

    stage.process.terminate()
    stage.process.stdin.close()
    stage.process.kill()
    stage.process.send_signal(15)

    assert stage.echo.gone == 1
    assert stage.process.returncode == 0


def test_nothing_is_written_to_a_process_that_has_ended() -> None:
    """
    Writing to the dead raises what a broken pipe raises.
    """
    stage = Stage()
    stage.process.terminate()

    with pytest.raises(BrokenPipeError):
        stage.process.stdin.write("one\n")

    stage.process.stdin.close()
    with pytest.raises(BrokenPipeError):
        stage.process.stdin.write("one\n")


def test_the_connection_may_hang_up() -> None:
    """
    When the recording says goodbye, the client reads the end.
    """
    stage = Stage()
    stage.echo.play = lambda _line: [("send", "bye"), ("close", "it was recorded so")]

    stage.process.stdin.write("one\n")

    assert list(stage.process.stdout) == ["bye\n"]
    assert stage.process.poll() == 0


def test_waiting_is_bound() -> None:
    """
    Waiting for a process that runs on raises what ``Popen.wait`` raises.
    """
    stage = Stage()

    assert stage.process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        stage.process.wait(0.01)


def test_standard_error_ends_with_the_process() -> None:
    """
    A client that drains standard error finds nothing on it but the end.
    """
    stage = Stage()
    drained: list[list[str]] = []
    thread = threading.Thread(target=lambda: drained.append(list(stage.process.stderr)))
    thread.start()

    stage.process.terminate()
    thread.join(DEADLINE)

    assert drained == [[]]
    assert stage.process.stderr.read() == ""


def test_the_reason_for_an_early_end_is_told() -> None:
    """
    Clients show the tail of standard error when their server goes away.
    """
    stage = Stage()
    stage.echo.play = lambda _line: [("close", "the answer differs\nHow to fix:")]

    stage.process.stdin.write("one\n")

    assert stage.process.stderr.readline() == "the answer differs\n"
    assert stage.process.stderr.read() == "How to fix:\n"
    assert stage.process.stderr.readline() == ""


def read_in_thread(process: MemoryProcess) -> tuple[threading.Thread, list[str]]:
    """
    Read one line as a client's reader thread does.
    """
    lines: list[str] = []
    thread = threading.Thread(target=lambda: lines.append(process.stdout.readline()), daemon=True)
    thread.start()
    return thread, lines


def test_a_wait_in_vain_is_a_stall() -> None:
    """
    When something is owed and nothing moves, the wait ends with what was owed.
    """
    stage = Stage(deadline=0.05)
    stage.echo.owed = "the turn is not over"

    thread, lines = read_in_thread(stage.process)
    thread.join(DEADLINE)

    assert lines == [""]
    assert stage.stalls == ["the turn is not over"]
    assert stage.process.poll() == 1


def test_an_idle_client_is_no_stall() -> None:
    """
    A client that waits for nothing may be silent for as long as it likes.
    """
    stage = Stage(deadline=0.02)

    thread, lines = read_in_thread(stage.process)
    thread.join(0.2)
    assert thread.is_alive()
    stage.process.stdin.write("one\n")
    thread.join(DEADLINE)

    assert lines == ["ONE\n"]
    assert stage.stalls == []
