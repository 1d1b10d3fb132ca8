"""
A small client that does everything right passes the whole suite.
"""

from __future__ import annotations

import pytest

from pytest_codex.conformance.clients import client_checks
from pytest_codex.conformance.clients.client import ClientTarget
from pytest_codex.conformance.clients.command import choose, suite
from pytest_codex.conformance.clients.judging import ClientJudge
from pytest_codex.conformance.outcomes import Outcome
from tests.pytest_codex.conformance.clients.clients import raw_client

DEADLINE = 60.0


@pytest.mark.parametrize("area", client_checks.AREAS)
def test_every_check_is_passed(area: str) -> None:
    """
    So a failure of another client is its own.
    """
    judge = ClientJudge(ClientTarget(raw_client(), DEADLINE), choose(None, None))
    checks = [check for check in suite() if check.area == area]
    results = [judge(check) for check in checks]

    assert checks
    assert [] == [one for one in results if one.outcome is not Outcome.PASSED]
