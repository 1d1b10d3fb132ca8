"""
The suite that the areas fill.
"""

from __future__ import annotations

from pytest_codex.conformance.checks import Suite
from pytest_codex.conformance.clients.client import Client

SUITE: Suite[Client] = Suite()
check = SUITE.check

FACTS = "protocol-facts: What clients have to expect"
"""Where the facts are that clients are held to."""
