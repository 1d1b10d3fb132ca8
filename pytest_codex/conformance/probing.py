"""
A first look at a server: a command that is no app-server gets one clear error.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_codex.errors import HarnessError

from . import warmth
from .outcomes import ConformanceError
from .server import INITIALIZE, Server

if TYPE_CHECKING:
    from .client import Client
    from .taping import Taping
    from .target import Target

PROBE = "probe"
"""What stands in for a check's id while the probe runs."""

_VERSION = re.compile(r"[^/]*/(\d+\.\d+\.\d+[\w.+-]*)")
_SHOWN = 300
_PATIENCE = 5.0
"""Seconds the server may take to end well."""


def probe(
    target: Target, *, taping: Taping | None = None, template: Path | None = None
) -> str | None:
    """
    Start the server once and shake hands.

    Args:
        target: What is tested.
        taping: Records it; None when nothing is recorded.
        template: An empty directory for what homes of checks may begin with.

    Returns:
        The version that its userAgent tells, None when it tells none.

    Raises:
        HarnessError: The command is no app-server; the text says why, and what it said.
    """
    missing = target.missing(PROBE)
    if missing is not None:
        raise HarnessError(f"--server: there is no {missing}; --record makes one for each check")
    with (
        tempfile.TemporaryDirectory(prefix="codex-conformance-") as place,
        Server(target, PROBE, Path(place), taping=taping) as server,
    ):
        client = server.spawn()
        try:
            answer = client.call(
                "initialize",
                {"clientInfo": INITIALIZE, "capabilities": {"experimentalApi": True}},
            )
        except ConformanceError as error:
            raise HarnessError(_complaint(target, str(error), client)) from None
        if "result" not in answer:
            text = f"it refused initialize: {answer.get('error')}"
            raise HarnessError(_complaint(target, text, client))
        client.send({"method": "initialized"})
        if taping is not None:
            taping.end(server)
        if template is not None and not server.part(_PATIENCE)[0]:
            warmth.keep(server.runtime.home, template)
    if taping is not None:
        taping.save()
    result = answer["result"]
    agent = result.get("userAgent") if isinstance(result, dict) else None
    found = _VERSION.match(str(agent))
    return found[1] if found else None


def _complaint(target: Target, text: str, client: Client) -> str:
    client.kill()
    said = "".join(client.stderr).strip()[-_SHOWN:]
    words = f"; the last it said on standard error: {said}" if said else ""
    return (
        f"--server: {target.command!r} does not answer as an app-server does: {text}{words}\n"
        "It has to speak one JSON message per line on its standard input and output, "
        "as `codex app-server` does."
    )
