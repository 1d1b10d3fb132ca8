"""
For old SDKs: let the client take an answer before it is given what follows.

Before 0.155 the SDK throws a turn's events away when the turn is over before the caller
of ``turn/start`` has registered for them. A real server is never that quick; a replay is.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

WATCHED = '"turn/start"'
"""In a line that must be handed over: the method, as JSON writes it."""

PATIENCE = 0.1
"""Longest wait for a client; one that does something else in between is not held up."""

LOOK = 0.00005

_PLUMBING = frozenset({"_write_message", "_request_raw", "request"})
"""SDK functions between the one that asks and the pipe."""


class Handover:
    """
    Watches one connection: ``asked`` and ``gave`` every line, ``wait`` before giving the next.
    """

    def __init__(self) -> None:
        self._asking: dict[str, tuple[int, FrameType]] = {}
        self._taking: tuple[int, FrameType] | None = None

    def asked(self, line: str) -> None:
        """
        Note who sends a line; call it in the thread that does.
        """
        if WATCHED not in line:
            return
        frame = _asker(sys._getframe(1))
        message = json.loads(line)
        if frame is not None and "id" in message:
            self._asking[json.dumps(message["id"])] = (threading.get_ident(), frame)

    def gave(self, line: str) -> None:
        """
        Note a line that was just given.
        """
        if self._asking:
            message = json.loads(line)
            if "method" not in message:
                self._taking = self._asking.pop(json.dumps(message.get("id")), None)

    def wait(self) -> None:
        """
        Wait until whoever asked has left the function in which it did.
        """
        taking, self._taking = self._taking, None
        if taking is None:
            return
        limit = time.monotonic() + PATIENCE
        while _is_in(*taking) and time.monotonic() < limit:
            time.sleep(LOOK)


def _asker(frame: FrameType | None) -> FrameType | None:
    """
    The innermost SDK function that is not plumbing, None when somebody else writes.
    """
    inside = False
    while frame is not None:
        name = frame.f_code.co_name
        if str(frame.f_globals.get("__name__", "")).startswith("openai_codex."):
            inside = True
            if name not in _PLUMBING:
                return frame
        elif inside:
            return None
        frame = frame.f_back
    return None


def _is_in(thread: int, function: FrameType) -> bool:
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if frame is function:
            return True
        frame = frame.f_back
    return False
