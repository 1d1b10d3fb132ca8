"""
Small commands that show what a sandbox really stops.

They are run by the real app-server under a policy, over a connection of their own, and what
they say is recorded like everything else: a replay gives the same answer.
"""

from __future__ import annotations

import contextlib
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_codex.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ALLOWED, STOPPED = "allowed", "stopped"

PORT_FILE = "codex-probe-port"
"""Beside the workspace; a port in a command would be another one in every recording."""

SECRET = ".ssh/id_codex_probe"
"""In the agent's home: a file like those nobody should read."""

_HOST = "127.0.0.1"
_GIVE_UP = "{ echo no connection >&2; exit 1; }"
_CONTROL = ("run a command", "true")
PROBES = (
    _CONTROL,
    *(
        (f"write {where}", f": > {file} && rm -f {file}")
        for where, file in (
            ("in the workspace", "codex-probe"),
            ("in .git", ".git/codex-probe"),
            ("beside the workspace", "../codex-probe"),
            ("in the home", "~/codex-probe"),
        )
    ),
    # Shared by all tests that run just now, and by other users.
    ("write in /tmp", "made=$(mktemp /tmp/codex-probe.XXXXXX) && rm -f $made"),
    ("read a secret in the home", f"cat ~/{SECRET}"),
    (
        "connect to the network",
        # Without the shell's own words: they tell the port, which is never the same.
        f"(exec 3<>/dev/tcp/{_HOST}/$(cat ../{PORT_FILE})) 2>/dev/null || {_GIVE_UP}",
    ),
)
"""What is tried, and the command that tries it."""


@dataclass(frozen=True, slots=True)
class Probe:
    """
    One thing that was tried.

    Attributes:
        name: What, in words.
        outcome: ``allowed`` or ``stopped``.
        detail: What the system said when it was stopped.
    """

    name: str
    outcome: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Probes:
    """
    What was tried under one policy.

    Attributes:
        title: The type of the policy.
        probes: One for each thing that was tried.
    """

    title: str
    probes: tuple[Probe, ...]

    def __iter__(self) -> Iterator[Probe]:
        return iter(self.probes)

    @property
    def allowed(self) -> list[str]:
        """
        The names of what was let happen.
        """
        return [probe.name for probe in self if probe.outcome == ALLOWED]

    @property
    def stopped(self) -> list[str]:
        """
        The names of what was stopped.
        """
        return [probe.name for probe in self if probe.outcome == STOPPED]


def run(process: Any, workspace: Path, policy: dict[str, Any] | None) -> Probes:
    """
    Try everything.

    Args:
        process: A fresh app-server; it is ended.
        workspace: Where the commands run.
        policy: A sandbox policy as the protocol writes it; None for the configured one.

    Raises:
        HarnessError: The server runs no commands, so nothing can be said of its sandbox.
    """
    found = []
    try:
        server = _Server(process)
        for name, command in PROBES:
            params: dict[str, Any] = {"command": ["bash", "-c", command], "cwd": str(workspace)}
            if policy is not None:
                params["sandboxPolicy"] = policy
            result = server.ask("command/exec", params)
            told = (str(result.get("stderr") or "").strip().splitlines() or [""])[-1]
            if (name, command) == _CONTROL:
                if result.get("exitCode") != 0:
                    raise HarnessError(f"the sandbox runs no command at all: {told}")
                continue
            outcome = ALLOWED if result.get("exitCode") == 0 else STOPPED
            detail = told.rpartition(": ")[2] if outcome == STOPPED else ""
            found.append(Probe(name, outcome, detail))
    finally:
        process.stdin.close()
        process.terminate()
        process.wait()
    return Probes((policy or {}).get("type", "as configured"), tuple(found))


@contextlib.contextmanager
def targets(beside: Path, home: Path | None) -> Iterator[Callable[[], bool]]:
    """
    Something to connect to, and a secret to read, for as long as the real commands run.

    Args:
        beside: The directory above the workspace.
        home: The agent's home; None leaves the user's own alone.

    Yields:
        Tells whether anybody connected.
    """
    with contextlib.ExitStack() as last, socket.create_server((_HOST, 0)) as listener:
        listener.setblocking(False)
        port = beside / PORT_FILE
        port.write_text(str(listener.getsockname()[1]), encoding="ascii")
        last.callback(port.unlink, missing_ok=True)
        if home is not None and not (home / ".ssh").exists():
            secret = home / SECRET
            secret.parent.mkdir()
            last.callback(secret.parent.rmdir)
            secret.write_text("not really a secret\n", encoding="ascii")
            last.callback(secret.unlink)
        yield lambda: _was_called(listener)


def _was_called(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


class _Server:
    """
    Just enough of a client to run commands.
    """

    def __init__(self, process: Any) -> None:
        self._process = process
        self._asked = 0
        about = {"name": "pytest_codex_boundary", "title": "Boundary probes", "version": "1"}
        self.ask("initialize", {"clientInfo": about, "capabilities": {"experimentalApi": True}})
        self._send({"method": "initialized"})

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """
        The result of a request; the pipe's own deadline ends the wait.
        """
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            line = self._process.stdout.readline()
            if not line:
                raise HarnessError(f"the app-server ended before it answered the probe's {method}")
            message = json.loads(line)
            if message.get("id") == self._asked and "method" not in message:
                if "error" in message:
                    raise HarnessError(f"a probe's {method} failed: {message['error']['message']}")
                return dict(message["result"])

    def _send(self, message: dict[str, Any]) -> None:
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
