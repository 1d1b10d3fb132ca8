"""
Clients that are each broken in one way.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.clients.raw_client import Client

DEFECTS: dict[str, type[Client]] = {}
