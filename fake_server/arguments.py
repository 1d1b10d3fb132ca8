"""
The fake's command line, beside whatever a client appends to it.

``argparse`` would refuse what it does not know and costs a third of the start.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

USAGE = """\
usage: python -m fake_server --cassette FILE [options] [arguments of `codex` ...]

Replay a recorded session as `codex app-server` does, over standard input and output.

  --cassette FILE      the recording to play
  --connection N       play the recorded connection N (default: the next one that fits)
  --root NAME=DIR      let a placeholder such as {workspace} stand for a directory
  --options JSON       match_on, ignore, approvals, optional, rerecord, timeout, effects_anywhere
  --report FILE        write what was played and what went wrong as JSON
  --claims DIR         share the recording with other processes: none plays what another plays
  --wire PIPE          tell each line that passes to whoever reads this named pipe
  --edit PIPE          ask there what to match a client's line as, and read it from this one
  --listen stdio://    the transport; no other is served yet
  --standby            start now, and read how the client started us from the first line:
                       {"args": [...], "cwd": DIR, "env": {...}}
  --version, --help

Arguments a client appends (`app-server`, `--config k=v` ...) are understood or ignored.
Exit status: 0 everything was played, 2 wrong arguments, 3 mismatch, 4 unreadable cassette.
"""

_OURS = ("cassette", "connection", "root", "options", "report", "claims", "wire", "edit", "listen")
_VALUED = tuple(f"--{name}" for name in _OURS)
_NOT_OURS = ("generate-json-schema", "generate-ts", "daemon", "proxy", "debug", "exec")


class UsageError(Exception):
    """
    The arguments make no sense; the message says which and why.
    """


class Arguments:
    """
    What the command line asked for.

    Attributes:
        cassette: Path of the recording.
        connection: Number of the recorded connection, None for the next.
        roots: Directories by placeholder name.
        options: How to match.
        report: Where to write the report, empty for nowhere.
        claims: Where processes tell each other what they play, empty when there is only one.
        wire: The pipe to tell lines to, empty for none.
        edit: The pipe to read from what a line is to be matched as, empty for none.
        client: The arguments that are the client's own.
        version: Whether only the version was asked for.
        help: Whether only the usage was asked for.
        standby: Whether a first line will tell what the client asked for.
    """

    def __init__(self, argv: list[str]) -> None:
        self.cassette = ""
        self.connection: int | None = None
        self.roots: dict[str, str] = {}
        self.options: dict[str, Any] = {}
        self.report = ""
        self.claims = ""
        self.wire = ""
        self.edit = ""
        self.client: list[str] = []
        self.standby = "--standby" in argv
        self.version = "--version" in argv or "-V" in argv
        self.help = "--help" in argv or "-h" in argv
        rest = list(argv)
        while rest:
            name, _, value = rest.pop(0).partition("=")
            if name == "--standby":
                continue
            if name not in _VALUED:
                self._client_argument(f"{name}={value}" if _ else name, rest)
                continue
            if not _:
                if not rest:
                    raise UsageError(f"{name} wants a value")
                value = rest.pop(0)
            self._set(name[2:], value)
        if not self.cassette and not self.help:
            raise UsageError("no --cassette was given")
        if self.edit and not self.wire:
            raise UsageError("--edit wants --wire, too: that is where it asks")

    def take_order(self, line: str) -> None:
        """
        Take the client's own arguments, directory and environment from a line of JSON.
        """
        import json
        import os

        order = json.loads(line)
        rest = list(order["args"])
        while rest:
            self._client_argument(rest.pop(0), rest)
        os.chdir(order["cwd"])
        if order["env"] is not None:
            os.environ.clear()
            os.environ.update(order["env"])

    def _client_argument(self, arg: str, rest: list[str]) -> None:
        if arg in _NOT_OURS:
            raise UsageError(f"`codex {arg}` is not played by the fake: it only is an app-server")
        self.client.append(arg)
        if arg in ("-c", "--config", "--enable", "--disable") and rest:
            self.client.append(rest.pop(0))

    def _set(self, name: str, value: str) -> None:
        if name == "connection":
            if not value.isdigit() or value == "0":
                raise UsageError(f"--connection wants a number from 1, not {value!r}")
            self.connection = int(value)
        elif name == "root":
            root, equals, path = value.partition("=")
            if not equals or not path:
                raise UsageError(f"--root wants NAME=DIR, not {value!r}")
            self.roots[root] = path
        elif name == "options":
            self.options = _parse_options(value)
        elif name == "listen":
            if value != "stdio://":
                raise UsageError(f"--listen {value}: only stdio:// is served")
        else:
            setattr(self, name, value)


def _parse_options(value: str) -> dict[str, Any]:
    import json

    try:
        options = json.loads(value)
    except ValueError as reason:
        raise UsageError(f"--options is not JSON: {reason}") from None
    if not isinstance(options, dict):
        raise UsageError("--options wants a JSON object")
    return options
