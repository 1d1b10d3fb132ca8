"""
Which schema a run is held against, and what that gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_codex import schema
from pytest_codex.errors import HarnessError

from .outcomes import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL_VALID = "schema/server-messages"
"""The id of the one result there is when nothing is wrong."""


class Held(NamedTuple):
    """
    What messages are held against.

    Attributes:
        checker: The schema; None when there is none to be had.
        text: Which it is and why, or why there is none; one sentence.
    """

    checker: schema.Checker | None
    text: str


def choose(told: str | None, against: str | None, binary: str | None) -> Held:
    """
    The schema of the version that the server says it is, else the one asked for, else the
    installed one.

    Args:
        told: The version in the server's userAgent.
        against: A version, a folder or a binary; see `schema.find`.
        binary: A binary.

    Raises:
        HarnessError: The one asked for is not to be had.
    """
    asked = schema.find(against, binary=binary) if against or binary else None
    lacking = ""
    protocol = None
    if told is not None:
        try:
            protocol = schema.find(told)
            why = "the version that the server says it is"
        except HarnessError:
            lacking = f"; the server says it is {told}, whose schema is not here"
    else:
        lacking = "; the server does not say which version it is"
    if protocol is None:
        protocol, why = asked, f"the one asked for{lacking}"
    if protocol is None:
        why = f"the one installed{lacking}"
        try:
            protocol = schema.find()
        except HarnessError as error:
            return Held(None, f"not held against a schema: none is to be had{lacking} ({error})")
    try:
        return Held(schema.Checker(protocol.bundle), f"Codex {protocol.version}, {why}")
    except HarnessError as error:
        return Held(None, f"not held against a schema: {error}")


def results(found: Iterable[Result], held: Held) -> list[Result]:
    """
    What the schema says of the server's messages, as results of their own.

    One fault is in the way of nearly every check, so no check fails because of it. Each
    method with a fault is a failed result ``schema/METHOD``; without any there is one that
    passed.

    Args:
        found: The results of the checks.
        held: What the messages were held against.
    """
    if held.checker is None:
        return [Result(ALL_VALID, Outcome.SKIPPED, held.text)]
    faults: dict[str, dict[str, list[str]]] = {}
    for result in found:
        for one in result.invalid:
            texts = faults.setdefault(one.method, {})
            texts.setdefault(f"{one.role}: {one.fault}", []).append(result.check)
    if not faults:
        return [Result(ALL_VALID, Outcome.PASSED)]
    return [
        Result(f"schema/{method}", Outcome.FAILED, "; ".join(map(_told, texts.items())))
        for method, texts in sorted(faults.items())
    ]


def _told(fault: tuple[str, list[str]]) -> str:
    text, checks = fault
    others = f" and {len(checks) - 1} more" if len(checks) > 1 else ""
    return f"{text} (in {checks[0]}{others})"
