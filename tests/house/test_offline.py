"""
A replay needs the cassette and nothing else: no binary, no network, no account.
"""

from __future__ import annotations

import pytest

from tools.soak import replay, without_network


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_every_scenario_replays_cut_off(transport: str) -> None:
    """
    With the binary's package blocked and the network gone, every scenario passes.
    """
    found = replay(transport, without_network())

    assert found.returncode == 0, found.stdout[-6000:]
    assert " passed" in found.stdout
    assert "skipped" not in found.stdout
