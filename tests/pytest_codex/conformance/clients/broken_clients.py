"""
Clients that are each broken in one way.
"""

from __future__ import annotations

from raw_client import Client

DEFECTS: dict[str, type[Client]] = {}
