"""
Running one check of a client, and telling what it found.
"""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import ConformanceError, Outcome, Result, SkippedError
from pytest_codex.errors import HarnessError

from .client import Client

if TYPE_CHECKING:
    from pytest_codex.conformance.checks import Check
    from pytest_codex.conformance.schemas import Held

    from .client import ClientTarget

_STDERR_LINES = 40


class ClientJudge:
    """
    Runs checks of one client; several may run at once.

    Whatever else goes wrong is the harness's error, with its text: never a verdict.

    Args:
        target: What is tested.
        held: The schema that its messages are held against.
    """

    def __init__(self, target: ClientTarget, held: Held | None = None) -> None:
        self._target = target
        self._held = held
        self._stopped = threading.Event()

    def __call__(self, check: Check[Client]) -> Result:
        """
        Run one check, in a directory of its own.
        """
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(
            prefix="codex-client-", ignore_cleanup_errors=True
        ) as place:
            client = Client(self._target, Path(place), self._held, self._stopped)
            outcome, text = _run(check, client)
        result = Result(check.id, outcome, text, time.monotonic() - begun)
        if not client.runs or outcome in (Outcome.PASSED, Outcome.SKIPPED):
            return result
        last = client.runs[-1]
        stderr = last.stderr.splitlines()[-_STDERR_LINES:]
        return replace(result, wire=tuple(last.tail()), stderr=tuple(stderr))

    def stop(self) -> None:
        """
        End everything that runs: the user does not want to wait.
        """
        self._stopped.set()


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
