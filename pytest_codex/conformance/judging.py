"""
Running one check and telling what it found.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .outcomes import ConformanceError, Outcome, Result, SkippedError
from .server import Server

if TYPE_CHECKING:
    from .checks import Check
    from .server import Target


def judge_server(check: Check[Server], target: Target) -> Result:
    """
    Run a check of a server in a directory of its own.

    Whatever else goes wrong is the harness's error, with its text: never a verdict.
    """
    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="codex-conformance-") as place,
        Server(target, check.id, Path(place)) as server,
    ):
        outcome, text = _run(check, server)
        tail, stderr = server.tail(), server.stderr()
    quiet = outcome in (Outcome.PASSED, Outcome.SKIPPED)
    return Result(
        check.id,
        outcome,
        text,
        time.monotonic() - begun,
        () if quiet else tail,
        () if quiet else stderr,
    )


def _run(check: Check[Server], server: Server) -> tuple[Outcome, str]:
    try:
        check.run(server)
    except ConformanceError as error:
        return Outcome.FAILED, str(error)
    except SkippedError as reason:
        return Outcome.SKIPPED, str(reason)
    except Exception as error:  # noqa: BLE001 - a suite that breaks down must not blame the peer
        return Outcome.ERROR, f"{type(error).__name__}: {error}"
    if server.warnings:
        return Outcome.WARNING, "; ".join(server.warnings)
    return Outcome.PASSED, ""
