"""
How a client starts a server, and which directories it chooses to work in.
"""

from __future__ import annotations

import os

from .messages import is_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def launch_options(args: Sequence[str]) -> list[str]:
    """
    The part of a command line that changes how Codex behaves: its configuration.

    ``-c k=v``, ``--config k=v`` and ``--config=k=v`` are one; likewise ``--enable`` and
    ``--disable``. Everything else is how a client happens to start a server.
    """
    kept: list[str] = []
    names = {"-c": "--config", "--config": "--config", "--enable": "--enable"}
    names["--disable"] = "--disable"
    rest = iter(args)
    for arg in rest:
        name, equals, value = arg.partition("=")
        if name in names and equals and name != "-c":
            kept += [names[name], value]
        elif arg in names:
            kept += [names[arg], next(rest, "")]
    return kept


def directories_of(message: Any) -> list[str]:
    """
    The working directories that a client's request chooses, in a fixed order.
    """
    if not isinstance(message, dict) or not is_request(message):
        return []
    params = message.get("params")
    if not isinstance(params, dict):
        return []
    found = [params.get("cwd"), *(params.get("runtimeWorkspaceRoots") or ())]
    return [path for path in found if isinstance(path, str) and os.path.isabs(path)]
