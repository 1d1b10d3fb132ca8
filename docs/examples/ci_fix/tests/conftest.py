"""
A project that fails its tests, and what differs from run to run in how it says so.
"""

from __future__ import annotations

import json
import re

import pytest

BROKEN = "def total(prices):\n    return sum(prices) - 1\n"
TESTS = """\
import unittest

from shop import total


class Total(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2]), 3)
"""


def pytest_codex_scrub(message, sender):
    """The bot sends the output of unittest to the agent, and that says how long it took."""
    return json.loads(re.sub(r"(test in )\d+\.\d+s", r"\g<1>0.000s", json.dumps(message)))


@pytest.fixture
def project(codex_workspace):
    """A project whose only test fails."""
    codex_workspace.write({"src/shop.py": BROKEN, "tests/test_shop.py": TESTS})
    codex_workspace.commit()
    return codex_workspace
