"""
What is tested: a command, and how long it may take.
"""

from __future__ import annotations

import os
import shlex
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pytest_codex.errors import HarnessError
from pytest_codex.runtime import find_binary

RECORDING = ".codex.jsonl"
CODEX = "codex"
NAMES = ("check", "workspace", "directory", "connection")


@dataclass(frozen=True)
class Target:
    """
    What is tested.

    Attributes:
        command: The server's command line as a shell would read it. ``{check}`` is the check's
            id with ``/`` in it, ``{connection}`` the number of the process among those of the
            check, ``{directory}`` the check's directory and ``{workspace}`` the one in it that
            the agent works in. Words that name a file of the current directory are made
            absolute, because the server is started in the workspace. Where no ``codex`` is on
            the path, it is the one installed with the SDK.
        deadline: Seconds that any one wait may take.
        here: The directory that relative names are relative to.
    """

    command: str
    deadline: float = 15.0
    here: Path = field(default_factory=Path.cwd)

    @property
    def limit(self) -> float:
        """
        Seconds that a whole check may take.
        """
        return 4 * self.deadline

    @property
    def replays(self) -> bool:
        """
        Whether the command plays a recording of each check.
        """
        return any("{check}" in word and word.endswith(RECORDING) for word in self._words())

    def missing(self, check: str) -> str | None:
        """
        The recording that is not there, when the command plays one of each check.
        """
        for word in self._words():
            if "{check}" in word and word.endswith(RECORDING):
                name = word.rpartition("=")[2].replace("{check}", check)
                if not (self.here / name).exists():
                    return name
        return None

    def argv(self, **names: str) -> list[str]:
        """
        The command for one process.

        Args:
            names: What each of `NAMES` stands for.
        """
        words = self._words()
        for name in NAMES:
            words = [word.replace("{" + name + "}", names.get(name, "")) for word in words]
        program, *rest = words
        found = str(self.here / program) if os.sep in program else shutil.which(program)
        if found is None and program == CODEX:
            # The package that brings the binary along puts it on no path.
            with suppress(HarnessError):
                found = str(find_binary())
        return [found or program, *(self._absolute(word) for word in rest)]

    def _absolute(self, word: str) -> str:
        option, equals, name = word.rpartition("=")
        path = self.here / name
        # A bare word that is a folder may be a Python package or a subcommand instead.
        named = path.is_file() or (os.sep in name and path.exists())
        return f"{option}{equals}{path}" if named and not os.path.isabs(name) else word

    def _words(self) -> list[str]:
        try:
            words = shlex.split(self.command)
        except ValueError as error:
            raise HarnessError(f"--server: {self.command!r} is no command: {error}") from None
        if not words:
            raise HarnessError("--server: the command is empty")
        return words
