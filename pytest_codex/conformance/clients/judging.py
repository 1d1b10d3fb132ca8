"""
Running one check of a client, and telling what it found.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import ConformanceError, Outcome, Result, SkippedError
from pytest_codex.errors import HarnessError

from .client import Client

if TYPE_CHECKING:
    from pytest_codex.conformance.checks import Check

    from .client import ClientTarget

_STDERR_LINES = 40


def judge_client(check: Check[Client], target: ClientTarget) -> Result:
    """
    Run a check of a client in a directory of its own.

    Whatever else goes wrong is the harness's error, with its text: never a verdict.
    """
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="codex-client-", ignore_cleanup_errors=True) as place:
        client = Client(target, Path(place))
        outcome, text = _run(check, client)
    wire: tuple[str, ...] = ()
    stderr: tuple[str, ...] = ()
    if client.runs and outcome not in (Outcome.PASSED, Outcome.SKIPPED):
        wire = tuple(client.runs[-1].tail())
        stderr = tuple(client.runs[-1].stderr.splitlines()[-_STDERR_LINES:])
    return Result(check.id, outcome, text, time.monotonic() - begun, wire, stderr)


def _run(check: Check[Client], client: Client) -> tuple[Outcome, str]:
    try:
        check.run(client)
    except ConformanceError as error:
        return Outcome.FAILED, str(error)
    except SkippedError as reason:
        return Outcome.SKIPPED, str(reason)
    except HarnessError as error:
        return Outcome.ERROR, str(error)
    except Exception as error:  # noqa: BLE001 - a suite that breaks down must not blame the peer
        return Outcome.ERROR, f"{type(error).__name__}: {error}"
    if client.warnings:
        return Outcome.WARNING, "; ".join(client.warnings)
    return Outcome.PASSED, ""
