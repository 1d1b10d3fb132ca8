"""
What ``ran``, ``changed`` and ``called`` found: true when it is something.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

    from .view import View

T = TypeVar("T")

_PYTEST = "_pytest._io.saferepr"


class Matches(Sequence[T], Generic[T]):
    """
    The matching things, in order; empty and false when nothing matched.

    Its ``repr`` says what was looked for, what there was instead, and the whole story.

    Attributes:
        wanted: What was looked for, for example ``command 'pytest' that succeeded``.
        view: Where it was looked for.
    """

    def __init__(
        self,
        found: Sequence[T],
        wanted: str,
        others: Sequence[T],
        view: View,
        label: Callable[[T], str],
    ) -> None:
        self._found = tuple(found)
        self._others = others
        self._label = label
        self.wanted = wanted
        self.view = view

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (list, tuple, Matches)):
            return list(self) == list(other)
        return NotImplemented

    def __repr__(self) -> str:
        line = self.headline
        return line if is_explained() else f"{line}\n{self.view.story}"

    @property
    def headline(self) -> str:
        """
        The outcome in one line.
        """
        if self._found:
            return f"{len(self)} x {self.wanted}: {self._listed(self._found)}"
        if not self._others:
            return f"no {self.wanted}, and no other either"
        return f"no {self.wanted}, only: {self._listed(self._others)}"

    def _listed(self, things: Sequence[T]) -> str:
        shown = ", ".join(self._label(one) for one in things[:_SHOWN])
        more = len(things) - _SHOWN
        return f"{shown} and {more} more" if more > 0 else shown


_SHOWN = 5
"""How many of the others a headline names."""


def is_explained() -> bool:
    """
    Whether pytest asks for a ``repr`` to explain a failing assert.

    It keeps 240 characters of it and writes line breaks as ``\\n``, so one line says more
    there; the story follows in a section of the report.
    """
    caller: Any = sys._getframe(2)
    name: object = caller.f_globals.get("__name__")
    return name == _PYTEST
