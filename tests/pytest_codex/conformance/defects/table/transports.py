"""
Broken ways to listen.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.pytest_codex.conformance.defects.kit import Behaviour, Defect, Way

_RELAY = Path(__file__).parents[1] / "relay.py"


class _Behind(Behaviour):
    """
    Listens behind a relay with a flaw; on its pipes it is sound.
    """

    def __init__(self, flaw: str) -> None:
        self._flaw = flaw

    def argv(self, argv: list[str]) -> list[str]:
        relay = [sys.executable, str(_RELAY), self._flaw]
        return [*relay, *argv] if "--listen" in argv else argv


class _Anywhere(Behaviour):
    """
    Listens to its standard input where the address is none it knows.
    """

    def argv(self, argv: list[str]) -> list[str]:
        *before, option, address = argv
        odd = option == "--listen" and not address.startswith(("ws://127.0.0.1:", "unix://"))
        return before if odd else argv


def _behind(flaw: str) -> Way:
    return lambda: _Behind(flaw)


_FLAWS = {
    "two-messages-in-a-frame": ("A frame holds two messages.", "websocket"),
    "open-to-everyone": ("Everyone may use the socket.", "unix-socket"),
    "never-healthy": ("/readyz is answered with 503.", "health"),
    "open-to-browsers": ("Pages in browsers may connect.", "no-browsers"),
    "one-handshake-for-all": ("One handshake does for all.", "handshake-for-each"),
    "ends-with-its-client": ("The server ends with its client.", "survives-disconnects"),
    "tells-everyone": ("Turns are told to all.", "turns-belong-to-subscribers"),
    "other-ids-for-others": ("Each client is asked with another id.", "first-answer-wins"),
    "ends-with-an-error": ("SIGTERM ends it with code 1.", "ends-on-sigterm"),
}

DEFECTS = (
    *(
        Defect(name, title, _behind(name), fails={f"transports/{check}"}, live=True)
        for name, (title, check) in _FLAWS.items()
    ),
    Defect(
        "listens-to-anything",
        "An address that is none is ignored.",
        _Anywhere,
        fails={"transports/odd-addresses"},
        live=True,
    ),
)
