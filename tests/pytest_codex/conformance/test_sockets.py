"""
Servers that listen, and servers that do not.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from pytest_codex.conformance import sockets
from pytest_codex.conformance.outcomes import SkippedError
from pytest_codex.conformance.server import Server
from pytest_codex.conformance.target import Target
from pytest_codex.runtime import find_binary


def test_a_server_that_does_not_listen_is_skipped(tmp_path: Path) -> None:
    """
    Who has pipes only is not blamed for it.
    """
    command = shlex.join([sys.executable, "-S", "-c", "raise SystemExit(2)"])

    with Server(Target(command), "transports/none", tmp_path) as server:
        with pytest.raises(SkippedError, match="does not listen on ws://"):
            sockets.on_port(server)
        with pytest.raises(SkippedError, match="does not listen on unix://"):
            sockets.on_socket(server)


def test_a_closed_connection_has_ended(tmp_path: Path) -> None:
    """
    A connection behaves like a process: polite words end it with 0, and the server goes on.
    """
    target = Target(f"{shlex.quote(str(find_binary()))} app-server")

    with Server(target, "transports/some", tmp_path) as server:
        listening = sockets.on_port(server)
        first = listening.connect()

        assert first.close() == 0
        assert listening.connect().request("thread/loaded/list")["data"] == []
        assert listening.process.process.poll() is None
