"""
Drawing a few examples inside a test, the same ones in every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

FEW = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

PLAINEST = settings(max_examples=2000, deadline=None, database=None, derandomize=True)


def draw(strategy: SearchStrategy[Any], examples: int, check: Callable[[Any], object]) -> None:
    """
    Hand a few examples of a strategy to a check.
    """

    @settings(FEW, max_examples=examples)
    @given(strategy)
    def one(value: Any) -> None:
        check(value)

    one()
