"""
Which attempt of a repeated test runs, and what its attempts have recorded but not written yet.

A cassette is written only if its test passed, and a repeated test has passed when its last
attempt is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ATTEMPT: pytest.StashKey[int] = pytest.StashKey()
"""On an item: the number of the attempt that runs, from 1."""


class Stage:
    """
    Writes that wait for the verdict.
    """

    def __init__(self) -> None:
        self._waiting: list[Callable[[], object]] = []

    def hold(self, write: Callable[[], object]) -> None:
        """
        Write later, or never.
        """
        self._waiting.append(write)

    def commit(self) -> None:
        """
        Write everything, in the order it came.

        Raises:
            SecretError: It looks as if a secret were in it.
        """
        while self._waiting:
            self._waiting.pop(0)()


STAGE: pytest.StashKey[Stage] = pytest.StashKey()
"""On an item that is repeated: where its attempts leave what they recorded."""


def suffix(item: pytest.Item) -> str:
    """
    What tells an attempt's files from those of the others; empty for a test that runs once.
    """
    number = item.stash.get(ATTEMPT, None)
    return "" if number is None else f".run-{number}"


def numbered(path: Path, item: pytest.Item, ending: str) -> Path:
    """
    The file of the attempt that runs: ``test_x.run-2.codex.jsonl``.

    Args:
        ending: What follows the number.
    """
    return path.with_name(path.name.removesuffix(ending) + suffix(item) + ending)
