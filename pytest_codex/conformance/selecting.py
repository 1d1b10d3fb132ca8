"""
Which checks are run: by the patterns that the user gave.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_codex.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .checks import Check, Subject


def select(
    checks: Iterable[Check[Subject]], only: Sequence[str] = (), skip: Sequence[str] = ()
) -> list[Check[Subject]]:
    """
    The checks that are wanted, in the order of the suite.

    Args:
        checks: All checks.
        only: Patterns of ids, ``*`` for anything, or areas; none means all.
        skip: The same, of what is left out.

    Raises:
        HarnessError: A pattern fits no check, or nothing is left.
    """
    known = list(checks)
    for option, patterns in (("--only", only), ("--skip", skip)):
        for pattern in patterns:
            if not any(_fits(check, pattern) for check in known):
                areas = ", ".join(dict.fromkeys(check.area for check in known))
                raise HarnessError(
                    f"{option} {pattern}: no check has such an id; the areas are {areas}, "
                    "and --list prints all ids"
                )
    chosen = [
        check
        for check in known
        if (not only or any(_fits(check, pattern) for pattern in only))
        and not any(_fits(check, pattern) for pattern in skip)
    ]
    if not chosen:
        raise HarnessError("--only and --skip leave no check to run")
    return chosen


def _fits(check: Check[Subject], pattern: str) -> bool:
    return check.area == pattern or fnmatchcase(check.id, pattern)
