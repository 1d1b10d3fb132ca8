"""
Broken ends of processes.
"""

from __future__ import annotations

import signal

from tests.pytest_codex.conformance.defects.kit import (
    Behaviour,
    Defect,
    change,
    ends_with,
    put,
    result,
    stays,
)


class _Ignores(Behaviour):
    """
    Does not end at a signal.
    """

    def __init__(self, number: int) -> None:
        self._number = number

    def argv(self, argv: list[str]) -> list[str]:
        signal.signal(self._number, signal.SIG_IGN)
        return argv


class _Shrugs(Behaviour):
    """
    Is started without the settings of its command line.
    """

    def argv(self, argv: list[str]) -> list[str]:
        return argv[: argv.index("-c")] if "-c" in argv else argv


_NOBODY = "01a1fcaa-0000-7000-8000-000000000001"
_INPUT_ENDS = {
    "process/ends-with-its-input",
    "process/ends-without-a-handshake",
    "process/ends-in-a-turn",
    "process/says-only-messages",
}

DEFECTS = (
    Defect("ends-with-1", "The exit code is always 1.", ends_with(1), fails=_INPUT_ENDS, live=True),
    Defect(
        "stays-after-its-input",
        "The process runs on when its input has ended.",
        stays(),
        fails={*_INPUT_ENDS, "process/client-dies"},
        live=True,
    ),
    Defect(
        "ignores-sigterm",
        "SIGTERM does not end the process.",
        lambda: _Ignores(signal.SIGTERM),
        fails={"process/ends-on-sigterm"},
        live=True,
    ),
    Defect(
        "ignores-sigint",
        "SIGINT does not end the process.",
        lambda: _Ignores(signal.SIGINT),
        fails={"process/ends-on-sigint"},
        live=True,
    ),
    Defect(
        "shrugs-at-settings",
        "Settings of the command line are not looked at.",
        _Shrugs,
        fails={"config/broken-overrides"},
        live=True,
    ),
    Defect(
        "resumes-another-thread",
        "A resumed thread has another id.",
        change(
            result("thread/resume"), put("result.thread.id", "01a1fcaa-0000-7000-8000-000000000001")
        ),
        fails={"process/killed-in-a-turn"},
        live=True,
    ),
)
