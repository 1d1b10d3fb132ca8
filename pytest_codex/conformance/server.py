"""
The server under test, as one check sees it: a command, a home, a workspace and a model.
"""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_codex import repository
from pytest_codex.errors import HarnessError
from pytest_codex.model.script import ScriptedModel
from pytest_codex.model.server import ModelServer
from pytest_codex.runtime import Runtime

from .client import Client

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

INITIALIZE = {"name": "pytest-codex-conformance", "title": "Conformance", "version": "1"}
_WIRE_LINES = 12
_LINE_WIDTH = 400


@dataclass(frozen=True)
class Target:
    """
    What is tested.

    Attributes:
        command: The server's command line as a shell would read it; ``{check}`` is the check's
            id with ``/`` in it, ``{workspace}`` the directory the agent works in.
        deadline: Seconds that any one wait may take.
    """

    command: str
    deadline: float = 15.0

    def argv(self, check: str, workspace: Path) -> list[str]:
        """
        The command for one check.
        """
        words = shlex.split(self.command)
        if not words:
            raise HarnessError("--server: the command is empty")
        names = {"{check}": check, "{workspace}": str(workspace)}
        for name, value in names.items():
            words = [word.replace(name, value) for word in words]
        return words


class Server:
    """
    The server under test in one check.

    Args:
        target: What is tested.
        check: The check's id.
        directory: An empty directory for this check alone.

    Attributes:
        model: What the model says, when the server asks the one its configuration names.
        workspace: The directory the agent works in: a git repository with one empty commit.
        warnings: What is not wrong, but should be known; a check with one ends as a warning.
        wire: Every line that was sent, with the connection and who sent it.
        clients: The connections so far.
    """

    def __init__(self, target: Target, check: str, directory: Path) -> None:
        self.model = ScriptedModel()
        self.workspace = directory / "workspace"
        self.workspace.mkdir()
        repository.create(self.workspace)
        self.warnings: list[str] = []
        self.wire: list[tuple[int, str, str]] = []
        self.clients: list[Client] = []
        self._target = target
        self._check = check
        self._config: Mapping[str, Any] | str | None = None
        self._model_server: ModelServer | None = None
        self._runtime: Runtime | None = None

    def configure(self, config: Mapping[str, Any] | str) -> None:
        """
        Add to the server's ``config.toml``, before the first connection.
        """
        if self._runtime is not None:
            raise HarnessError("configure() comes before the first connection")
        self._config = config

    @property
    def runtime(self) -> Runtime:
        """
        The home that all processes of this check share.
        """
        if self._runtime is None:
            argv = self._target.argv(self._check, self.workspace)
            self._model_server = ModelServer(self.model)
            self._runtime = Runtime(
                Path(argv[0]),
                workspace=self.workspace,
                model_url=self._model_server.url,
                proxy_url=self._model_server.proxy_url,
                config=self._config,
            )
        return self._runtime

    def spawn(self, options: Sequence[str] = ()) -> Client:
        """
        Start a process and say nothing yet.

        Args:
            options: What to add to the command, such as ``-c`` and a setting.

        Raises:
            HarnessError: The command cannot be started: nothing was tested.
        """
        number = len(self.clients) + 1
        argv = [*self._target.argv(self._check, self.workspace), *options]
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.workspace,
                env=self.runtime.environment(),
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise HarnessError(f"--server: {argv[0]} cannot be started: {error}") from error
        client = Client(
            process,
            deadline=self._target.deadline,
            note=lambda sender, line: self.wire.append((number, sender, line)),
        )
        self.clients.append(client)
        return client

    def connect(
        self,
        *,
        experimental: bool = True,
        opt_out: Sequence[str] = (),
        options: Sequence[str] = (),
    ) -> Client:
        """
        Start a process and shake hands.

        Args:
            experimental: Whether to ask for the experimental part of the protocol.
            opt_out: Notifications that shall not be sent.
            options: What to add to the command.
        """
        client = self.spawn(options)
        capabilities: dict[str, Any] = {"experimentalApi": experimental}
        if opt_out:
            capabilities["optOutNotificationMethods"] = list(opt_out)
        client.request("initialize", {"clientInfo": INITIALIZE, "capabilities": capabilities})
        client.send({"method": "initialized"})
        return client

    def warn(self, text: str) -> None:
        """
        Tell something that is not wrong, but should be known.
        """
        self.warnings.append(text)

    def tail(self) -> tuple[str, ...]:
        """
        The last lines of the wire.
        """
        lines = []
        for number, sender, line in self.wire[-_WIRE_LINES:]:
            arrow = ">" if sender == "client" else "<"
            shown = line if len(line) <= _LINE_WIDTH else line[:_LINE_WIDTH] + "…"
            lines.append(f"{number}{arrow} {shown}")
        return tuple(lines)

    def stderr(self) -> tuple[str, ...]:
        """
        The last lines of the last process's standard error.
        """
        return tuple(line.rstrip("\n") for line in self.clients[-1].stderr) if self.clients else ()

    def close(self) -> None:
        """
        End all processes; nothing is judged any more.
        """
        for client in self.clients:
            client.kill()
        if self._runtime is not None:
            self._runtime.close()
        if self._model_server is not None:
            self._model_server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
