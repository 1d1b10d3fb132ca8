"""
Try a defect by hand: ``python -m tests.pytest_codex.conformance.defects NAME [PART_OF_ID]``.

Runs the checks whose id contains the part (by default those that the defect is meant for, as
well) against the installed Codex behind the defect, and tells what was expected of each.
"""

from __future__ import annotations

import sys

from pytest_codex.conformance import server_checks

from .catalogue import all_defects
from .proving import broken_target, expected, judge


def main(name: str, part: str | None) -> int:
    """
    Print a line for each check; 1 when one ended otherwise than the table says.
    """
    server_checks.load()
    defect = all_defects()[name]
    meant = expected(defect, server_checks.SUITE)
    chosen = [c for c in server_checks.SUITE if (c.id in meant if part is None else part in c.id)]
    wrong = 0
    for check in chosen:
        result = judge(check, broken_target(defect))
        as_told = (result.outcome.value == "failed") == (check.id in meant)
        wrong += not as_told
        print("ok " if as_told else "NOT", result.outcome.value, check.id, result.text)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
