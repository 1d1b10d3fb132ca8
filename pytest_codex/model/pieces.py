"""
What answers are made of: events, places to wait at, and what depends on the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_codex.model import responses_api as api
from pytest_codex.model.steps import Gate, Ids

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from pytest_codex.model.calls import ModelCall
    from pytest_codex.model.steps import Step


class Late(NamedTuple):
    """
    Events that can only be made when the agent asks, for example with an id it has chosen.

    Args:
        events: Makes them from the request they answer.
    """

    events: Callable[[ModelCall], list[api.Event]]


if TYPE_CHECKING:
    # What is sent: an event, a place to wait at, or events made from the request.
    Piece: TypeAlias = api.Event | Gate | Late


class Part(NamedTuple):
    """
    One output item of an answer, or a few that belong together.

    Args:
        label: The call that made it, for messages.
        pieces: Makes its events, with ids of its own.
    """

    label: str
    pieces: Callable[[Ids], list[Piece]]


class Fault(NamedTuple):
    """
    A whole answer that goes wrong.

    Args:
        label: The call that made it, for messages.
        step: Makes the answer, with ids of its own.
    """

    label: str
    step: Callable[[Ids], Step]


def one_item(label: str, kind: str, make: Callable[[str], list[Piece]]) -> Part:
    """
    A part that needs one id.
    """
    return Part(label, lambda ids: make(ids.next(kind)))


def quoted(verb: str, text: str) -> str:
    """
    A verb with the beginning of its argument, as messages quote it.
    """
    short = text if len(text) <= 40 else text[:37] + "..."
    return f"{verb}({short!r})"
