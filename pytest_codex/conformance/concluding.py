"""
How a run ends for who started it, of servers and of clients: what is printed, written, returned.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pytest_codex.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from .checks import Check
    from .runs import Run

AS_EXPECTED, FAILED, WRONG, BROKEN, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: all as expected; a check failed; nothing was tested; the suite broke down; Ctrl-C."""


def conclude(examine: Callable[[], Run], written: Mapping[str, Path] | None) -> int:
    """
    Run the checks, tell what was found, and write reports.

    Args:
        examine: Runs them; its HarnessError says that nothing could be tested.
        written: Where to write which report, see `reports.FORMATS`.

    Returns:
        One of the exit codes above.
    """
    from . import reports

    try:
        reports.prepare(written or {})
        run = examine()
        for line in reports.terminal(run):
            print(line)
        reports.write(run, written or {})
    except HarnessError as error:
        return _wrong(error)
    except KeyboardInterrupt:
        print("pytest-codex conformance: interrupted; there is no verdict", file=sys.stderr)
        return INTERRUPTED
    if run.errors:
        return BROKEN
    if not run.judged:
        return WRONG
    return AS_EXPECTED if run.ok else FAILED


def tell(choose: Callable[[], Sequence[Check[Any]]]) -> int:
    """
    Print the ids, needs and titles of checks.

    Args:
        choose: Finds them; its HarnessError says that a pattern fits none.

    Returns:
        One of the exit codes above.
    """
    try:
        checks = choose()
    except HarnessError as error:
        return _wrong(error)
    for check in checks:
        needs = f" [{', '.join(sorted(check.needs))}]" if check.needs else ""
        print(f"{check.id}{needs}: {check.title}")
    return AS_EXPECTED


def _wrong(error: HarnessError) -> int:
    print(f"pytest-codex conformance: {error}", file=sys.stderr)
    return WRONG
