"""
What a check can find, and how it says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Outcome(str, Enum):
    """
    The five results of a check.

    A check that broke down says nothing about the peer: that is an error of the harness, never
    a failure of the one who is tested, and never a pass.
    """

    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"
    SKIPPED = "skipped"
    ERROR = "harness error"


class ConformanceError(Exception):
    """
    The peer did what the protocol does not allow.
    """


class SkippedError(Exception):
    """
    The peer does not have what the check is about.
    """


class Message(NamedTuple):
    """
    A kind of message that went over the wire.

    Attributes:
        role: Who said it and what it is, as `pytest_codex.schema.Role` has it.
        method: Its method; for an answer that of the request.
    """

    role: str
    method: str


class Invalid(NamedTuple):
    """
    A message of the peer's that its schema does not allow.

    Attributes:
        role: Who said it and what it is.
        method: Its method; for an answer that of the request.
        fault: Where in the message, and what.
    """

    role: str
    method: str
    fault: str


@dataclass(frozen=True)
class Result:
    """
    What one check found.

    Attributes:
        check: Its id.
        outcome: One of five.
        text: Why; empty when it passed.
        seconds: How long it took.
        wire: The last lines that went over the wire, for what did not pass.
        stderr: The last lines of the peer's standard error, for what did not pass.
        said: The messages that went over the wire, each kind once.
        invalid: Messages of the peer's that its schema does not allow, each kind once.
    """

    check: str
    outcome: Outcome
    text: str = ""
    seconds: float = 0.0
    wire: tuple[str, ...] = field(default=())
    stderr: tuple[str, ...] = field(default=())
    said: tuple[Message, ...] = field(default=(), repr=False)
    invalid: tuple[Invalid, ...] = field(default=())


def require(condition: object, text: str) -> None:
    """
    Fail the check unless a condition holds.

    Raises:
        ConformanceError: It does not.
    """
    if not condition:
        raise ConformanceError(text)


def skip(text: str) -> None:
    """
    End the check: the peer does not have what it is about.

    Raises:
        SkippedError: Always.
    """
    raise SkippedError(text)
