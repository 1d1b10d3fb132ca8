"""
What the user's rules and hooks make of a line, for a process that cannot call them.
"""

from __future__ import annotations

import os
import select
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 5.0
"""Seconds to wait for a process that does not take its answer: it has ended."""


@dataclass(frozen=True, slots=True)
class Editing:
    """
    Attributes:
        change: Says what to take a line for, from the line and its sender.
        failed: Told why a line could not be changed.
    """

    change: Callable[[str, str], str]
    failed: Callable[[str], None]


class Answering:
    """
    Our end of the pipe that a process gets its answers from.

    Attributes:
        path: The pipe.
    """

    def __init__(self, path: Path, editing: Editing) -> None:
        self.path = path
        self._editing = editing
        os.mkfifo(path, 0o600)
        # Able to read as well, it opens at once, and is not broken by a process that ends.
        self._sink = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def answer(self, line: str, sender: str) -> None:
        """
        Say what to take a line for; an empty answer when that cannot be said.
        """
        try:
            text = self._editing.change(line, sender)
        except Exception as reason:  # noqa: BLE001 - the user's code; the test fails with it
            self.fail(f"{type(reason).__name__}: {reason}")
            text = ""
        _write(self._sink, text)

    def fail(self, why: str) -> None:
        """
        Take note that a process goes on without answers.
        """
        self._editing.failed(
            f"what passed `codex_session.command` was not scrubbed and is not kept: {why}"
        )

    def close(self) -> None:
        """
        Answer nobody any more.
        """
        os.close(self._sink)


def give(path: str, answer: str) -> None:
    """
    Answer once, in a pipe that a process has made for this; nobody is held up if it has ended.
    """
    with suppress(OSError):
        sink = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            _write(sink, answer)
        finally:
            os.close(sink)


def _write(sink: int, line: str) -> None:
    data = (line + "\n").encode("utf-8")
    while data and select.select([], [sink], [], PATIENCE)[1]:
        data = data[os.write(sink, data) :]
