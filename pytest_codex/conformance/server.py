"""
The server under test, as one check sees it: a home, a workspace, a model and processes.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_codex import repository, toml
from pytest_codex.errors import HarnessError
from pytest_codex.model.script import ScriptedModel
from pytest_codex.model.server import ModelServer
from pytest_codex.runtime import Runtime

from . import warmth
from .client import Client
from .outcomes import ConformanceError
from .target import CODEX, Target

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from typing_extensions import Self

    from .taping import Taping

INITIALIZE = {"name": "pytest-codex-conformance", "title": "Conformance", "version": "1"}
_NO_TEMPORARY_DIRECTORY = {"exclude_slash_tmp": True, "exclude_tmpdir_env_var": True}
_WIRE_LINES = 12
_LINE_WIDTH = 400


class Server:
    """
    The server under test in one check.

    Args:
        target: What is tested.
        check: The check's id.
        directory: An empty directory for this check alone.
        declared: The methods that the check is about.
        taping: Records what passes; None when nothing is recorded.
        template: What the Codex home begins with; None for nothing.

    Attributes:
        model: What the model says, when the server asks the one its configuration names.
        directory: The directory of this check; what else it needs belongs there.
        workspace: The directory the agent works in: a git repository with one empty commit.
        warnings: What is not wrong, but should be known; a check with one ends as a warning.
        wire: Every line that was sent, with the connection and who sent it.
        clients: The connections so far.
        expired: Whether everything was ended because the check took too long.
    """

    def __init__(
        self,
        target: Target,
        check: str,
        directory: Path,
        *,
        declared: Collection[str] = (),
        taping: Taping | None = None,
        template: Path | None = None,
    ) -> None:
        self.model = ScriptedModel()
        self.directory = directory
        self.workspace = directory / "workspace"
        self.workspace.mkdir(exist_ok=True)
        repository.create(self.workspace)
        self.warnings: list[str] = []
        self.wire: list[tuple[int, str, str]] = []
        self.clients: list[Client] = []
        self.expired = False
        self._target = target
        self._check = check
        self._declared = declared
        self._taping = taping
        self._template = template
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
            self._model_server = ModelServer(self.model)
            self._runtime = Runtime(
                Path(self._argv(1)[0]),
                workspace=self.workspace,
                model_url=self._model_server.url,
                proxy_url=self._model_server.proxy_url,
                config=self._settings(),
            )
            if self._template is not None:
                warmth.give(self._template, self._runtime.home)
        return self._runtime

    def _settings(self) -> dict[str, Any]:
        """
        What the check wants, in a sandbox that leaves the machine's temporary directory alone.

        Every sandbox that may write there mounts over the same places: checks at once would
        now and then stand in each other's way.
        """
        given = self._config or {}
        settings: dict[str, Any] = {"sandbox_workspace_write": dict(_NO_TEMPORARY_DIRECTORY)}
        toml.merge(settings, toml.loads(given) if isinstance(given, str) else given)
        return settings

    def _argv(self, connection: int) -> list[str]:
        return self._target.argv(
            check=self._check,
            workspace=str(self.workspace),
            directory=str(self.directory),
            connection=str(connection),
        )

    def spawn(self, options: Sequence[str] = ()) -> Client:
        """
        Start a process and say nothing yet.

        Args:
            options: What to add to the command, such as ``-c`` and a setting.

        Raises:
            ConformanceError: The check's time is over: the server took all of it.
            HarnessError: The command cannot be started: nothing was tested.
        """
        number = len(self.clients) + 1
        argv = [*self._argv(number), *options]
        env = self.runtime.environment()
        taped = None
        if self._taping is not None:
            taped = self._taping.connection(self, argv)
        if self.expired:
            raise ConformanceError("all its processes were ended then")
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.workspace,
                env=env,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            brought = "; `pip install openai-codex-cli-bin` brings it along"
            hint = brought if argv[0] == CODEX else ""
            raise HarnessError(f"--server: {argv[0]} cannot be started: {error}{hint}") from error

        def note(sender: str, line: str) -> None:
            self.wire.append((number, sender, line))
            if taped is not None:
                taped.note(sender, line)

        client = Client(process, deadline=self._target.deadline, note=note, declared=self._declared)
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
        self.greet(client, experimental=experimental, opt_out=opt_out)
        return client

    def attach(self, connection: Any) -> Client:
        """
        Talk over something else than the pipes of a process of its own.

        Args:
            connection: What stands for the process: see `sockets`.
        """
        number = len(self.clients) + 1

        def note(sender: str, line: str) -> None:
            self.wire.append((number, sender, line))

        client = Client(
            connection, deadline=self._target.deadline, note=note, declared=self._declared
        )
        self.clients.append(client)
        return client

    def greet(
        self, client: Client, *, experimental: bool = True, opt_out: Sequence[str] = ()
    ) -> None:
        """
        Shake hands.
        """
        capabilities: dict[str, Any] = {"experimentalApi": experimental}
        if opt_out:
            capabilities["optOutNotificationMethods"] = list(opt_out)
        client.request("initialize", {"clientInfo": INITIALIZE, "capabilities": capabilities})
        client.send({"method": "initialized"})

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

    def expire(self) -> None:
        """
        End all processes, from another thread, because the check takes too long.
        """
        self.expired = True
        for client in list(self.clients):
            client.process.kill()

    def part(self, patience: float) -> list[int]:
        """
        Say goodbye on every connection that is still open.

        Returns:
            The exit codes of all processes, -1 for one that did not go.
        """
        return [
            client.leave(patience) if client.process.poll() is None else client.process.returncode
            for client in self.clients
        ]

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


__all__ = ["INITIALIZE", "Server", "Target"]
