"""
What all groups of verbs stand on: a place to put an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.model.answers import build
from pytest_codex.model.steps import HOLD_SECONDS, Gate

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from pytest_codex.model.answers import Answering, Item
    from pytest_codex.model.steps import Ids, Step


class Queueing:
    """
    Takes answers; what becomes of them is the subclass's business.

    Args:
        ids: Where ids of answers come from.
    """

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def _queue(self, step: Step) -> None:
        raise NotImplementedError

    def _new_gate(self, deadline: float) -> Gate:
        return Gate(deadline)

    def gate(self, deadline: float = HOLD_SECONDS) -> Gate:
        """
        A gate for :func:`pytest_codex.model.parts.hold`, open where no model is scripted.

        Args:
            deadline: Seconds after which the model goes on by itself.
        """
        return self._new_gate(deadline)

    def respond(self, *items: Item, **how: Unpack[Answering]) -> Self:
        """
        One answer made of several texts and parts of :mod:`pytest_codex.model.parts`.

        Tool calls in one answer are all made before the model is called again; commands
        among them run at the same time.
        """
        self._queue(build(self._ids, items, how))
        return self
