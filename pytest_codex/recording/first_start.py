"""
One real server at a time, until their home is set up.

The first server in a fresh home makes its databases. Of others that start meanwhile most end with
"failed to initialize sqlite state runtime" (27 of 40 with 0.147.0, 29 of 40 with 0.163.0, four at a
time); in a home that has been used, none does.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from pytest_codex import homes

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 5.0
"""Seconds to let another server be the first: its client may never say a word to it."""

_LOOK_SECONDS = 0.01


class FirstStart:
    """
    What one server has to wait for, and what others may have to wait for it.

    Processes of several kinds start servers, so the turn is a lock on a file beside the home.

    Args:
        home: The ``CODEX_HOME`` they share.
    """

    def __init__(self, home: Path) -> None:
        self._done = home.with_name("set-up")
        self._turn = home.with_name("first-start")
        self._handle: int | None = None
        self._spoken = False

    def wait(self) -> None:
        """
        Come back when this server may start: the home is set up, or it is the first.
        """
        if self._done.exists():
            return
        handle = os.open(self._turn, os.O_RDWR | os.O_CREAT, 0o600)
        end = time.monotonic() + PATIENCE
        while not homes.flock(handle):
            if self._done.exists() or time.monotonic() > end:
                os.close(handle)
                return
            time.sleep(_LOOK_SECONDS)
        self._handle = handle

    def over(self, *, spoken: bool) -> None:
        """
        Let the others start: this server has spoken, or has ended.
        """
        if spoken and not self._spoken:
            self._spoken = True
            self._done.touch()
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)
