"""
Which schema a run is held against, and what that gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_codex import schema
from pytest_codex.errors import HarnessError

from .checks import Check
from .outcomes import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .server import Server

AREA = "schema"
ALL_VALID = f"{AREA}/server-messages"
"""The id of the one result there is when nothing is wrong."""

_REFERENCE = "protocol-facts: The schema"


class Held(NamedTuple):
    """
    What messages are held against.

    Attributes:
        checker: The schema; None when there is none to be had.
        version: Its version.
        why: Why that one, or why none.
    """

    checker: schema.Checker | None
    version: str | None
    why: str


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
    protocol, why = None, "the server does not tell its version"
    if told is not None:
        try:
            protocol, why = schema.find(told), "what the server says it is"
        except HarnessError:
            why = f"the server says it is {told}, whose schema is not here"
    if protocol is None and asked is not None:
        protocol, why = asked, f"asked for; {why}"
    if protocol is None:
        try:
            protocol, why = schema.find(), f"the installed one; {why}"
        except HarnessError as error:
            return Held(None, None, f"{why}; {error}")
    try:
        return Held(schema.Checker(protocol.bundle), protocol.version, why)
    except HarnessError as error:
        return Held(None, None, str(error))


def names(held: Held) -> set[str]:
    """
    The ids of all results that `judge` can give.
    """
    if held.checker is None:
        return {ALL_VALID}
    methods = {method for found in held.checker.bundle.messages.values() for method in found}
    return {ALL_VALID, *(f"{AREA}/{method}" for method in methods)}


def judge(results: Iterable[Result], held: Held, expected: Collection[str] = ()) -> list[Result]:
    """
    What the schema says of the server's messages, as results of their own.

    One fault is in the way of nearly every check, so no check fails because of it. Each
    method with a fault is a failed result ``schema/METHOD``; without any there is one that
    passed, if anything was said at all.

    Args:
        results: The results of the checks.
        held: What the messages were held against.
        expected: Ids of failures that are known: a method among them that is valid now has a
            result, too.
    """
    if held.checker is None:
        return [Result(ALL_VALID, Outcome.SKIPPED, f"no schema: {held.why}")]
    faults: dict[str, dict[str, list[str]]] = {}
    heard, spoke = set(), False
    for result in results:
        heard |= {one.method for one in result.said}
        spoke = spoke or any(one.role.startswith("server") for one in result.said)
        for one in result.invalid:
            texts = faults.setdefault(one.method, {})
            texts.setdefault(f"{one.role}: {one.fault}", []).append(result.check)
    if not spoke:
        return [Result(ALL_VALID, Outcome.SKIPPED, "the server said nothing that could be checked")]
    mended = sorted(one for one in heard - set(faults) if f"{AREA}/{one}" in expected)
    return [
        *([] if faults else [Result(ALL_VALID, Outcome.PASSED)]),
        *(
            Result(f"{AREA}/{method}", Outcome.FAILED, "; ".join(map(_told, texts.items())))
            for method, texts in sorted(faults.items())
        ),
        *(Result(f"{AREA}/{method}", Outcome.PASSED) for method in mended),
    ]


def as_check(result: Result) -> Check[Server]:
    """
    The check that a result of the schema belongs to, for reports.
    """
    what = "Everything the server says"
    if result.check != ALL_VALID:
        what = f"What the server says of {result.check.partition('/')[2]}"
    return Check(result.check, f"{what} is what the schema says.", _REFERENCE, _not_run)


def _not_run(_server: Server) -> None:
    raise AssertionError("the schema is held against the messages of the other checks")


def _told(fault: tuple[str, list[str]]) -> str:
    text, checks = fault
    others = f" and {len(checks) - 1} more" if len(checks) > 1 else ""
    return f"{text} (in {checks[0]}{others})"
