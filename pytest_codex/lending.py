"""
Commands that code under test starts itself: each is taped by its own process, and heard here.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_codex.recording.answering import Editing
from pytest_codex.recording.overhearing import Overhearing
from pytest_codex.recording.tape import Tape
from pytest_codex.watch import TAPE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_codex.recording.tape import Entry
    from pytest_codex.runtime import Runtime
    from pytest_codex.surroundings import Scrub, Surroundings

BOOT = "from pytest_codex.recording.proxy import serve; sys.exit(serve(sys.argv[1], sys.argv[2:]))"
"""What such a command executes."""


class Lending:
    """
    The commands of a session that runs the real app-server.

    Args:
        around: What the session's parts share.
        scrub: The user's change of a message before it is kept; None when there is none.
        another: A command for a process that was started with one that is taken.
    """

    def __init__(
        self, around: Surroundings, scrub: Scrub | None, another: Callable[[], list[str]]
    ) -> None:
        self._around = around
        self._directory = around.directory / "proxies"
        self._tapes: dict[int, Path] = {}
        self._lent: set[int] = set()
        self._noted = 0
        self._begun = time.monotonic()
        self._overhearing = Overhearing(
            around.wire,
            self._directory,
            None if scrub is None else Editing(_line_editor(scrub), around.note_unscrubbed),
            another,
        )

    def lend(
        self,
        number: int,
        binary: Path,
        runtime: Runtime,
        places: Mapping[str, str],
        *,
        taped: bool,
    ) -> list[str]:
        """
        A command for one process.

        Args:
            number: Of its connection.
            binary: What it runs.
            runtime: The home it runs in.
            places: The directories that have names.
            taped: Whether this session records.
        """
        self._lent.add(number)
        order = self._directory / f"{number}.json"
        order.parent.mkdir(exist_ok=True)
        tape = order.with_suffix(TAPE_SUFFIX)
        if taped:
            self._tapes[number] = tape
        env = runtime.environment()
        pipes = self._overhearing.pipes(number)
        facts = {
            "tape": str(tape) if taped else None,
            "wire": str(pipes.wire),
            "edit": None if pipes.edit is None else str(pipes.edit),
            "binary": str(binary),
            "here": os.getcwd(),
            "workspace": str(self._around.workspace),
            "places": places,
            "keep": sorted(runtime.keep),
            # Only what differs from the environment the process will inherit anyway: the rest
            # may hold secrets, which must not be on disk.
            "set": {name: value for name, value in env.items() if os.environ.get(name) != value},
            "unset": [name for name in os.environ if name not in env],
        }
        order.write_text(json.dumps(facts), encoding="utf-8")
        boot = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r}); {BOOT}"
        return [sys.executable, "-I", "-c", boot, str(order)]

    def passed(self) -> Iterator[tuple[str, Any]]:
        """
        What has passed these commands since this was asked last.
        """
        for message in self._around.wire.messages_since(self._noted):
            self._noted += 1
            if message.connection in self._lent:
                yield message.sender, message.body

    def taped(self) -> dict[int, list[Entry]]:
        """
        The entries of each connection by its number, their times on this session's clock.
        """
        taped: dict[int, list[Entry]] = {}
        for number, path in self._tapes.items():
            if path.exists():
                later = float(path.with_suffix(".begun").read_text()) - self._begun
                taped[number] = [
                    replace(entry, at=entry.at + later) for entry in Tape.load(str(path)).entries
                ]
        return taped

    def keep(self, artifacts: Path) -> None:
        """
        Copy the tapes to where a failed test leaves what it has.
        """
        for number, path in self._tapes.items():
            if path.exists():
                shutil.copy(path, artifacts / f"{number}{TAPE_SUFFIX}")

    def close(self) -> None:
        """
        Hear no more.
        """
        self._overhearing.close()


def _line_editor(scrub: Scrub) -> Callable[[str, str], str]:
    return lambda line, sender: json.dumps(scrub(json.loads(line), sender))
