"""
What is wrong with a message: one place and one reason, whoever found it.

A value that fits none of several alternatives has as many explanations as there are
alternatives. The one that tells is that of the alternative it was meant to be: the one
whose tag it carries.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Path = tuple[str | int, ...]

LONGEST = 60
"""Longest value that a reason shows, in characters."""


class Fault(NamedTuple):
    """
    The first thing that is wrong with a message.

    Attributes:
        path: Where, as in ``params.input[0].text``; "" for the message as a whole.
        reason: What is wrong there.
    """

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


class Complaint(NamedTuple):
    """
    One thing a validator says against a value.

    Attributes:
        path: Where.
        reason: What.
        value: What stands there.
        tag: Whether it says that the value is of another kind.
        options: What it may be there, if that is a short list.
    """

    path: Path
    reason: str
    value: Any = None
    tag: bool = False
    options: tuple[str, ...] = ()


def show_path(path: Iterable[str | int]) -> str:
    """
    A path as people write it: ``params.input[0].text``.
    """
    shown = ""
    for part in path:
        shown += f"[{part}]" if isinstance(part, int) else f".{part}"
    return shown.removeprefix(".")


def show(value: Any) -> str:
    """
    A value as JSON, cut where it gets long.
    """
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def choose(branches: Sequence[Sequence[Complaint]]) -> Complaint:
    """
    The complaint of the alternative that a value was meant to be.

    Args:
        branches: What each alternative has against the value.
    """
    meant = [
        complaints for complaints in branches if not any(complaint.tag for complaint in complaints)
    ]
    if not meant:
        first = next(one for branch in branches for one in branch if one.tag)
        return first._replace(reason=f"{show(first.value)} is not known here", tag=False)
    # Where several are meant, the one that got deepest into the value fits best.
    best = max(meant, key=lambda one: (max(len(each.path) for each in one), -len(one)))
    chosen = max(best, key=lambda one: len(one.path))
    same = [one for branch in meant for one in branch if one.path == chosen.path]
    options = tuple(option for one in same for option in one.options)
    if not chosen.options or options == chosen.options:
        return chosen
    # The values of one list, each an alternative of its own because each has its own prose.
    reason = f"{show(chosen.value)} is not {any_of(options)}"
    return chosen._replace(reason=reason, options=options)


def any_of(options: Sequence[str]) -> str:
    """
    A list of what is allowed, as words.
    """
    return options[0] if len(options) == 1 else "one of " + ", ".join(options)
