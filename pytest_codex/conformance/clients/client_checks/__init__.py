"""
What a client has to do, by area: each module adds its checks to the suite.
"""

from __future__ import annotations

from importlib import import_module

from .suite import SUITE

AREAS = (
    "handshake",
    "tasks",
    "schema",
    "unknowns",
    "ordering",
    "requests",
    "approvals",
    "ids",
    "overload",
    "errors",
    "items",
    "steering",
    "close",
    "large",
    "texts",
    "goodbye",
)
"""The modules, in the order in which they are run and told of."""


def load() -> None:
    """
    Fill the suite.
    """
    for area in AREAS:
        import_module(f"{__name__}.{area}")


__all__ = ["AREAS", "SUITE", "load"]
