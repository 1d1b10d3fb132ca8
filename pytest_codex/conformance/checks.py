"""
A check: a plain function with an id, a sentence, and the place that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Check(Generic[Subject]):
    """
    One thing that has to hold.

    Attributes:
        id: ``area/what-is-checked``; it never changes, files of expected failures name it.
        title: What has to hold, as a sentence.
        reference: Where that is said: a heading of docs/protocol-facts.md, or of the schema.
        run: Talks to the subject; raises ``ConformanceError`` or ``SkippedError``.
        methods: The methods that are exercised. A peer whose version does not have one of
            them is not asked; together they are the suite's coverage.
        notifications: The same of notifications and server requests that have to come.
        needs: What has to be there besides: ``model`` (the server asks the model that its
            configuration names), ``live`` (a recording cannot show it).
        broken: Whether it sends, on purpose, what the schema does not allow. A request that the
            server refuses needs no such word.
    """

    id: str
    title: str
    reference: str
    run: Callable[[Subject], None]
    methods: tuple[str, ...] = ()
    notifications: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    broken: bool = False

    @property
    def area(self) -> str:
        """
        The first part of the id.
        """
        return self.id.partition("/")[0]


class Suite(Generic[Subject]):
    """
    Checks in the order in which they are told of; areas are modules that add theirs.
    """

    def __init__(self) -> None:
        self._checks: dict[str, Check[Subject]] = {}

    def check(
        self,
        name: str,
        title: str,
        reference: str,
        *,
        methods: Iterable[str] = (),
        notifications: Iterable[str] = (),
        needs: Iterable[str] = (),
        broken: bool = False,
    ) -> Callable[[Callable[[Subject], None]], Callable[[Subject], None]]:
        """
        Make a check of a function.
        """

        def add(run: Callable[[Subject], None]) -> Callable[[Subject], None]:
            if name in self._checks:
                raise ValueError(f"two checks are called {name}")
            self._checks[name] = Check(
                name,
                title,
                reference,
                run,
                tuple(methods),
                tuple(notifications),
                frozenset(needs),
                broken,
            )
            return run

        return add

    def __iter__(self) -> Iterator[Check[Subject]]:
        return iter(self._checks.values())

    def __len__(self) -> int:
        return len(self._checks)

    def __getitem__(self, name: str) -> Check[Subject]:
        return self._checks[name]
