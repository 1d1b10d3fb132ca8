"""
The suite that the areas fill.
"""

from __future__ import annotations

from pytest_codex.conformance.checks import Suite
from pytest_codex.conformance.server import Server

SUITE: Suite[Server] = Suite()
check = SUITE.check
