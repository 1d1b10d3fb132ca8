"""
The client under test, as one check sees it: a driver that is given a task and a server.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import ConformanceError, SkippedError
from pytest_codex.errors import HarnessError

from . import host
from .driving import drive
from .seen import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_codex.conformance.schemas import Held

    from .scene import Scene

UNKNOWN_TASK = 77
"""Exit status of a driver that does not know a task: what other test tools mean by it."""

PROMPT = "Say hello."
_ROOT = Path(host.__file__).parents[3]
_LAUNCHER = """\
#!/bin/sh
exec {python} -I -S -c '
import sys
sys.path.insert(0, sys.argv[1])
from pytest_codex.conformance.clients.host import main
sys.exit(main(sys.argv[2], sys.argv[3:]))' {root} {directory} "$@"
"""


@dataclass(frozen=True)
class ClientTarget:
    """
    What is tested.

    Attributes:
        command: The driver's command line as a shell would read it; ``{codex}`` is the
            executable that its client is to start as its app-server, ``{task}`` the task.
        deadline: Seconds that one run of the driver may take.
    """

    command: str
    deadline: float = 20.0

    def argv(self, task: str, codex: Path) -> list[str]:
        """
        The command for one run.
        """
        try:
            words = shlex.split(self.command)
        except ValueError as error:
            raise HarnessError(f"--client: {self.command!r} is no command: {error}") from None
        if not words:
            raise HarnessError("--client: the command is empty")
        return [word.replace("{codex}", str(codex)).replace("{task}", task) for word in words]


@dataclass
class Client:
    """
    The client under test in one check.

    Args:
        target: What is tested.
        directory: An empty directory for this check alone.
        held: The schema that the client's messages are held against.
        stopped: Set when the user does not want to wait for the end.

    Attributes:
        warnings: What is not wrong, but should be known; a check with one ends as a warning.
        runs: The runs so far.
    """

    target: ClientTarget
    directory: Path
    held: Held | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    warnings: list[str] = field(default_factory=list)
    runs: list[Seen] = field(default_factory=list)

    def perform(self, task: str, scene: Scene, **told: str) -> Seen:
        """
        Let the driver do a task while the server plays a scene.

        Args:
            task: One of the tasks of docs/client-conformance.md.
            scene: What the server does.
            told: What else the driver is told, as ``CODEX_CONFORMANCE_<NAME>``.

        Raises:
            SkippedError: The driver does not know the task.
            HarnessError: The command cannot be started, or its report cannot be read.
        """
        place = self.directory / str(len(self.runs) + 1)
        place.mkdir(parents=True)
        codex = _set_up(place, scene)
        env = _environment(task, place, codex, told)
        log, deadline = place / host.LOG, self.target.deadline
        argv = self.target.argv(task, codex)
        driven = drive(argv, env, place, log, deadline, self.stopped)
        if driven.status == UNKNOWN_TASK:
            raise SkippedError(f"the driver does not know the task {task}")
        report = _report(driven.output)
        seen = Seen(
            task, deadline, driven.status, report, driven.stderr, driven.lines, driven.orphans
        )
        self.runs.append(seen)
        if driven.status == 0 and report is None:
            raise HarnessError(f"--client: the driver printed no JSON object for the task {task}")
        return seen

    def warn(self, text: str) -> None:
        """
        Tell something that is not wrong, but should be known.
        """
        self.warnings.append(text)

    def lenient(self, why: str) -> _Lenient:
        """
        Inside this block what fails is a warning.
        """
        return _Lenient(self, why)


class _Lenient:
    def __init__(self, client: Client, why: str) -> None:
        self._client = client
        self._why = why

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, ConformanceError):
            return False
        self._client.warn(f"{error} ({self._why})")
        return True


def _set_up(place: Path, scene: Scene) -> Path:
    """
    Write the scene, and the executable that plays it.
    """
    scene.transcript().save(place / host.SCENE)
    (place / host.LOG).touch()
    codex = place / "bin" / "codex"
    codex.parent.mkdir()
    words = {"python": sys.executable, "root": str(_ROOT), "directory": str(place)}
    codex.write_text(_LAUNCHER.format(**{name: shlex.quote(word) for name, word in words.items()}))
    codex.chmod(0o755)
    return codex


def _environment(task: str, place: Path, codex: Path, told: Mapping[str, str]) -> dict[str, str]:
    home = place / "home"
    home.mkdir()
    named = {"task": task, "codex": str(codex), "prompt": PROMPT, **told}
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(codex.parent), os.environ.get("PATH", os.defpath)]),
        "CODEX_HOME": str(home),
        **{f"CODEX_CONFORMANCE_{name.upper()}": value for name, value in named.items()},
    }


def _report(output: str) -> dict[str, Any] | None:
    """
    The last line that is a JSON object; drivers may print before it.
    """
    # Not splitlines(): most languages write U+2028 and its like into JSON as they are.
    for line in reversed(output.split("\n")):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return None
