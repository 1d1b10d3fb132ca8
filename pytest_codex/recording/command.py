"""
``pytest-codex record``: a cassette of what any client and any real server say to each other.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from fake_server.errors import HarnessError
from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.recording.proxy import Proxy, exit_like
from pytest_codex.recording.recorder import Recorder
from pytest_codex.recording.tape import Tape
from pytest_codex.watch import TAPE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

GUARD = "PYTEST_CODEX_RECORDING"
"""In the server's environment: the cassette that is being recorded around it."""

NOT_SAVED = 70
"""Exit code when the server ended well but its cassette could not be written."""


def record(cassette: Path, command: Sequence[str]) -> int:
    """
    Run a server between our standard streams, and write the cassette when it has ended.

    Args:
        cassette: Where to write.
        command: The real server's command line, as a client would start it.

    Returns:
        The server's exit code.

    Raises:
        HarnessError: The command cannot be run, or would record itself.
    """
    cassette = cassette.absolute()
    program = shutil.which(command[0])
    if program is None:
        raise HarnessError(f"there is no program {command[0]!r} to record")
    if os.environ.get(GUARD) == str(cassette):
        raise HarnessError(
            f"{command[0]!r} starts this recorder again, which would record itself for ever; "
            "name the real binary by its path"
        )
    # Made before the recorder looks: the directory may lie in what is recorded.
    cassette.parent.mkdir(parents=True, exist_ok=True)
    tape = Tape(str(tape_path(cassette)))
    Path(str(tape.path)).unlink(missing_ok=True)
    recorder = Recorder(tape, _places(program), Redactor.for_environment(os.environ))
    taping = recorder.connection(command[1:], os.getcwd())
    proxy = Proxy([program, *command[1:]], taping, env={**os.environ, GUARD: str(cassette)})
    code = proxy.run()
    tape.close()
    try:
        save(tape, cassette)
    except HarnessError as error:
        print(f"pytest-codex: {cassette} was not written: {error}", file=sys.stderr)
        print(f"pytest-codex: the tape is kept: {tape.path}", file=sys.stderr)
        return code or NOT_SAVED
    return exit_like(code)


def recover(cassette: Path) -> None:
    """
    Make the cassette from the tape that a killed recorder left beside it.

    Raises:
        HarnessError: There is no such tape, or it may not be written.
    """
    path = tape_path(cassette.absolute())
    if not path.exists():
        raise HarnessError(f"there is no tape {path} to recover {cassette} from")
    save(Tape.load(str(path)), cassette.absolute())


def tape_path(cassette: Path) -> Path:
    """
    Where the tape of a cassette lies until the cassette is written.
    """
    return cassette.with_name(cassette.name.removesuffix(".codex.jsonl") + TAPE_SUFFIX)


def save(tape: Tape, cassette: Path) -> None:
    """
    Write a tape's canonical form, unless a secret may be in it, and remove the tape.

    Raises:
        SecretError: It looks as if a secret were in it; nothing was written.
    """
    from pytest_codex.canonical import canonical
    from pytest_codex.recording import results

    results.save(canonical(tape.entries), cassette, str(cassette))
    tape_path(cassette).unlink(missing_ok=True)


def _places(program: str) -> Places:
    home = Path.home()
    places = Places()
    places.bind("home", home)
    places.bind("codex_home", os.environ.get("CODEX_HOME") or home / ".codex")
    places.bind("tmp", tempfile.gettempdir())
    places.bind("codex_bin", Path(program).absolute().parent)
    places.bind("workspace", os.getcwd())
    return places
