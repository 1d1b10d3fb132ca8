"""
Time things side by side, so that a noisy machine disturbs both sides alike.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import TypeVar


class Result:
    """
    One measured figure and what it may be.

    Args:
        name: What was measured, in a few words.
        value: The figure.
        limit: What it must keep to.
        at_least: Whether the limit is a floor instead of a ceiling.
        unit: Printed after the figures; a ratio has none.
        detail: The times behind the figure.
    """

    def __init__(
        self,
        name: str,
        value: float,
        limit: float,
        *,
        at_least: bool = False,
        unit: str = "x",
        detail: str = "",
    ) -> None:
        self.name = name
        self.value = value
        self.limit = limit
        self.at_least = at_least
        self.unit = unit
        self.detail = detail

    @property
    def good(self) -> bool:
        """
        Whether the figure keeps its limit.
        """
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        word = "ok" if self.good else "OVER"
        figure = f"{self.value:8.2f} {self.unit:<2}"
        return f"{self.name:<44} {figure} {sign} {self.limit:>5g}  {word:<4}  {self.detail}"


def timed(action: Callable[[], object]) -> float:
    """
    Seconds one call takes, the garbage of earlier calls not counted.
    """
    gc.collect()
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


Timer = Callable[[], float]
T = TypeVar("T")


def quiet(times: list[float], blocks: int = 4) -> float:
    """
    The median of the quietest stretch: bursts of other work on the machine do not count.
    """
    return min(median(block) for block in _blocks(times, blocks))


def quiet_pair(pairs: list[tuple[float, float]], blocks: int = 4) -> tuple[float, float]:
    """
    The medians of both sides in the stretch that was quietest for both together.
    """
    stretches = _blocks(pairs, blocks)
    medians = [(median(a for a, _ in block), median(b for _, b in block)) for block in stretches]
    return min(medians, key=sum)


def _blocks(items: list[T], number: int) -> list[list[T]]:
    size = max(1, len(items) // number)
    return [items[at : at + size] for at in range(0, len(items) - size + 1, size)]


def paired(first: Timer, second: Timer, rounds: int) -> tuple[float, float]:
    """
    Run two timers in turns, each going first every other round.

    Returns:
        The quiet seconds of each, after one round that only warms caches.
    """
    first(), second()
    pairs = []
    for number in range(rounds):
        if number % 2:
            one = first()
            pairs.append((one, second()))
        else:
            other = second()
            pairs.append((first(), other))
    return quiet_pair(pairs)


def milliseconds(seconds: float) -> str:
    """
    A time for people.
    """
    return f"{seconds * 1000:.2f} ms"


def against(mine: float, base: float) -> str:
    """
    The two times behind a ratio.
    """
    return f"{milliseconds(mine)} / {milliseconds(base)}"
