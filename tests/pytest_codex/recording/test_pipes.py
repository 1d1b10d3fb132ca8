"""
Reading a process in the place of a client that has stopped reading.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pytest_codex.recording.tee import TeedProcess, start

if TYPE_CHECKING:
    from collections.abc import Iterator

CHATTY = "import sys, time; print('one'); print('two', flush=True); sys.stdin.read(); print('bye')"


class Notes:
    """
    An observer that keeps what the server said.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def from_client(self, line: str) -> None:
        """
        Nobody looks at it here.
        """

    def from_server(self, line: str) -> None:
        """
        Keep the line.
        """
        self.lines.append(line)

    def stderr(self, line: str) -> None:
        """
        Nobody looks at it here.
        """

    def closed(self, code: int) -> None:
        """
        Nobody looks at it here.
        """


@pytest.fixture
def notes() -> Notes:
    """
    What was noted of the process.
    """
    return Notes()


@pytest.fixture
def process(notes: Notes) -> Iterator[TeedProcess]:
    """
    A process that says two lines at once and one at its end.
    """
    command = [sys.executable, "-I", "-S", "-c", CHATTY]
    made = TeedProcess(
        start(command, cwd=None, env=None),
        notes,
        deadline=10.0,
        stalled=lambda _awaited: None,
        settle=True,
    )
    yield made
    made.finish()


def test_lines_nobody_reads_are_noted_before_the_goodbye(
    process: TeedProcess, notes: Notes
) -> None:
    """
    A client that stops reading after the first line does not make the record end there.
    """
    assert process.stdout.readline() == "one\n"

    process.stdin.close()

    assert notes.lines == ["one", "two"]


def test_lines_noted_early_are_read_once(process: TeedProcess, notes: Notes) -> None:
    """
    Who reads on after the goodbye gets every line, and what follows it is not noted.
    """
    process.stdout.readline()
    process.stdin.close()

    assert list(process.stdout) == ["two\n", "bye\n"]
    assert notes.lines == ["one", "two"]
