"""
Which policies and approvals break a test's boundary.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_codex.boundary import asked
from pytest_codex.boundary.breaches import Breach
from pytest_codex.settings import SANDBOXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_codex.boundary import Boundary
    from pytest_codex.boundary.asked import Asked
    from pytest_codex.surroundings import Surroundings

CLOSED = SANDBOXES[:2]
"""Words of the marker that leave the network closed."""


def of_policies(boundary: Boundary, around: Surroundings) -> Iterator[Breach]:
    """
    Sandboxes that let more happen than was asked for, or than the test allows.
    """
    widest = around.settings.sandbox
    lines = around.wire.tail(len(around.wire))
    # Parsing is left to those who asked for something: a replay of any other test is quick.
    if widest is None and not any('"sandbox' in line for _, who, line in lines if who == "client"):
        return
    from pytest_codex.boundary import policies

    for one in boundary.policies:
        if one.wider:
            why = f"{one.setting} {one.effective}, asked for {one.requested}"
            yield Breach("wider", one.source, why, "given")
    if widest is None:
        return
    for sandbox in policies.sandboxes_told(around.wire.messages):
        kind = str(sandbox.get("type"))
        if policies.is_wider(kind, policies.camel(widest.partition("+")[0])):
            yield Breach("wider", kind, f"the test allows {widest}", "wider")
        elif policies.has_network(sandbox) and widest in CLOSED:
            yield Breach("wider", "network", f"the test allows {widest}", "network")


def of_approvals(approvals: Sequence[Asked], word: str, *, over: bool) -> Iterator[Breach]:
    """
    Approvals that nobody decided, or that the test forbids.

    Args:
        approvals: What was asked.
        word: ``declared``, ``any`` or ``forbid``.
        over: Whether nobody can answer any more.
    """
    if word == "any":
        return
    for one in approvals:
        if one.by == asked.REVIEWER:
            continue
        if word == "forbid":
            yield Breach("asked", one.subject, "this test forbids approvals", "forbidden")
        elif one.by == asked.DEFAULT and one.accepted:
            why = "by the SDK's default: the client has no approval handler"
            yield Breach("accepted", one.subject, why, "accepted")
        elif one.by == asked.NOBODY and over:
            yield Breach("unanswered", one.subject, "nobody answered the question", "unanswered")


def of_expected(
    approvals: Sequence[Asked], expected: Sequence[tuple[str, str | None]], *, over: bool
) -> Iterator[Breach]:
    """
    Approvals that differ from those the test declared, if it declared any.
    """
    if not expected:
        return
    left = list(expected)
    for one in approvals:
        fitting = next((each for each in left if _fits(one, *each)), None)
        if fitting is not None:
            left.remove(fitting)
        else:
            answer = f"{one.decision or 'no decision'} by {one.by}"
            yield Breach("asked", one.subject, f"not declared; {answer}", "undeclared")
    for subject, _ in left if over else ():
        yield Breach("not asked", subject, "declared, never asked", "not asked")


def _fits(one: Asked, subject: str, decision: str | None) -> bool:
    return fnmatchcase(one.subject, subject) and decision in (None, one.decision)
