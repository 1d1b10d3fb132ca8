"""
What no check of a client may take for the right thing.
"""

from __future__ import annotations

import pytest

from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.clients.client import Client, ClientTarget
from pytest_codex.conformance.clients.command import choose, suite
from pytest_codex.conformance.clients.judging import ClientJudge
from pytest_codex.conformance.outcomes import Outcome
from tests.pytest_codex.conformance.clients.clients import script

CLAIM = '{"status": "completed", "final_response": null, "turns": [], "success": true}'
JUDGE = ClientJudge(ClientTarget(script(f"echo '{CLAIM}'"), 60.0), choose(None, None))


@pytest.mark.parametrize("check", suite(), ids=lambda check: check.id)
def test_who_never_starts_its_server_passes_nothing(check: Check[Client]) -> None:
    """
    A driver that only claims things has done none of them: silence is not valid speech.
    """
    assert JUDGE(check).outcome is Outcome.FAILED
