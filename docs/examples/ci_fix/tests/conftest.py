"""
A project that fails its tests, and what differs from run to run in how it says so.
"""

from __future__ import annotations

import json
import re

import pytest

BROKEN = "def total(prices):\n    return sum(prices) - 1\n"
TESTS = """\
import sys
import time

from shop import total

start = time.perf_counter()
found = total([1, 2])
print("ok" if found == 3 else f"FAILED: total([1, 2]) is {found}, not 3")
print(f"1 test in {time.perf_counter() - start:.3f}s")
sys.exit(found != 3)
"""


def pytest_codex_scrub(message, sender):
    """The bot sends the output of the tests to the agent, and that says how long they took."""
    return json.loads(re.sub(r"(test in )\d+\.\d+s", r"\g<1>0.000s", json.dumps(message)))


@pytest.fixture
def project(codex_workspace):
    """A project whose only test fails."""
    codex_workspace.write({"src/shop.py": BROKEN, "tests/check.py": TESTS})
    codex_workspace.commit()
    return codex_workspace
