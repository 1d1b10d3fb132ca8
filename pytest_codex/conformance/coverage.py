"""
How much of the protocol a run exercised: measured from what went over the wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .runs import Coverage
from .unreachable import UNREACHABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_codex.schema import Bundle, Role

    from .outcomes import Message

KINDS: dict[Role, str] = {
    "client request": "client requests",
    "server request": "server requests",
    "server notification": "notifications",
}
"""What is counted, and how it is called."""


def measure(
    bundle: Bundle, said: Iterable[Message], excused: Mapping[str, str] = UNREACHABLE
) -> tuple[Coverage, ...]:
    """
    Compare what was said with what the schema has.

    Args:
        bundle: The schema.
        said: The messages that went over the wire.
        excused: Methods that cannot be brought about, with the reason.
    """
    heard = set(said)
    found = []
    for role, kind in KINDS.items():
        total = sorted(bundle.messages[role])
        covered = tuple(method for method in total if (role, method) in heard)
        rest = [method for method in total if method not in covered]
        found.append(
            Coverage(
                kind,
                covered,
                {method: excused[method] for method in rest if method in excused},
                tuple(method for method in rest if method not in excused),
            )
        )
    return tuple(found)


def stale(
    coverage: Iterable[Coverage], excused: Mapping[str, str] = UNREACHABLE
) -> tuple[str, ...]:
    """
    Methods that are listed as not to be brought about, and were.
    """
    return tuple(method for one in coverage for method in one.covered if method in excused)
