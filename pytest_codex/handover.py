"""
Let a client take the answer that names a turn before it is given what the turn does.

The SDK forgets the events of a turn that is over before anybody has registered for it.
What ``turn_start`` begins is safe from 0.155 on; before, and for turns that begin in
another way (``review/start``), only a server's slowness saves the client. A replay has none.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

from pytest_codex import sdk

WATCHED = ('"turn/start"', '"review/start"')
"""In a line whose answer names a turn: the method, as JSON writes it."""

PATIENCE = 0.1
"""Seconds a client is given to register; one that does something else is not held up for long."""

LOOK = 0.00005
"""Seconds between two looks."""


class Handover:
    """
    Watches one connection: ``asked`` and ``gave`` every line, ``wait`` before giving the next.
    """

    def __init__(self) -> None:
        self._asking: dict[str, tuple[int, Any]] = {}
        self._named: _Named | None = None

    def asked(self, line: str) -> None:
        """
        Note who sends a line; call it in the thread that does.
        """
        named = self._named
        if named is not None and named.asker == threading.get_ident():
            named.left_alone = True
        if not any(method in line for method in WATCHED):
            return
        router = sdk.find_router(sys._getframe(1))
        if router is None:
            return
        message = json.loads(line)
        if "id" in message and not sdk.keeps_events(router, message.get("params")):
            self._asking[json.dumps(message["id"])] = (threading.get_ident(), router)

    def gave(self, line: str) -> None:
        """
        Note a line that was just given.
        """
        if not self._asking:
            return
        message = json.loads(line)
        if "method" in message:
            return
        asked = self._asking.pop(json.dumps(message.get("id")), None)
        turn = (message.get("result") or {}).get("turn")
        if asked is not None and turn:
            self._named = _Named(*asked, turn["id"])

    def wait(self) -> None:
        """
        Wait until somebody has registered for the turn, or its asker asks for something else.
        """
        named = self._named
        if named is None:
            return
        limit = time.monotonic() + PATIENCE
        while not named.left_alone and not sdk.is_registered(named.router, named.turn):
            if time.monotonic() > limit:
                break
            time.sleep(LOOK)
        self._named = None


@dataclass
class _Named:
    """
    A turn whose id the client was given just now.
    """

    asker: int
    router: Any
    turn: str
    left_alone: bool = False
