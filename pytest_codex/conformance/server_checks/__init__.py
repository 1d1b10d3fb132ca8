"""
What a server has to do, by area: each module adds its checks to the suite.
"""

from __future__ import annotations

from importlib import import_module

from .suite import SUITE

AREAS = (
    "handshake",
    "process",
    "transports",
    "errors",
    "lines",
    "robustness",
    "limits",
    "optout",
    "gating",
    "methods",
    "turns",
    "turn_facts",
    "ordering",
    "question_order",
    "items",
    "mcp_tools",
    "steering",
    "interrupts",
    "approvals",
    "edit_approvals",
    "server_requests",
    "concurrency",
    "failures",
    "own_turns",
    "sub_agents",
    "reviewer",
    "model_notices",
    "thread_notices",
    "notices",
    "realtime",
    "logins",
    "configuration",
    "accounts",
    "files",
    "commands",
    "threads",
    "histories",
    "extensions",
    "shelves",
    "thread_methods",
)
"""The modules, in the order in which they are run and told of."""


def load() -> None:
    """
    Fill the suite.
    """
    for area in AREAS:
        import_module(f"{__name__}.{area}")


__all__ = ["AREAS", "SUITE", "load"]
