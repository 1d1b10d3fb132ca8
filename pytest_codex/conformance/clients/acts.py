"""
What a server can do besides sending messages, written into a scene as messages of no method.

The replay engine plays them like any other message; the host carries them out instead of
sending them. Standard library only: the host starts without site-packages.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MARK = "$"
"""First character of the method of an act."""

UNTIL = "$until"
"""Hold what follows until the client has sent a request (``method``, ``count``), or the answer
to a request of ours (``answer``); without any of these, until others had their say."""
REST = "$rest"
"""Send what was said, and let a moment pass, as the real server does between a turn's answer and
its first event."""
RAW = "$raw"
"""Write the bytes of ``base64`` as they are: anything but a message."""
CHUNKS = "$chunks"
"""From now on write in pieces of ``size`` bytes, each by itself."""
STDERR = "$stderr"
"""Write ``size`` bytes to standard error."""
EXIT = "$exit"
"""End with ``code``; -9 is a kill."""
CLOSE_OUTPUT = "$closeOutput"
"""Close standard output and go on running."""
STAY = "$stay"
"""From now on end neither at the end of input nor at SIGTERM."""

CLIENT_ID = "$client "
"""Prefix of the id of a request of ours that takes the id of the client's own request."""

_HEAD = '{"method": "$'


def is_act(line: str) -> bool:
    """
    Whether a line of the engine is an act and no message.
    """
    return line.startswith(_HEAD)


def read(line: str) -> tuple[str, dict[str, Any]]:
    """
    The act of a line, and what it takes.
    """
    message = json.loads(line)
    return message["method"], message["params"]
