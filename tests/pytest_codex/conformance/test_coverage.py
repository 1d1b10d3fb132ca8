"""
How much of a protocol was exercised.
"""

from __future__ import annotations

from pytest_codex import schema
from pytest_codex.conformance.coverage import measure, stale
from pytest_codex.conformance.outcomes import Message


def test_what_was_said_is_covered_and_the_rest_excused_or_missing() -> None:
    """
    A method counts only in the role it has: an answer to it is not the request.
    """
    bundle = schema.find().bundle
    said = [
        Message("client request", "turn/start"),
        Message("server response", "turn/steer"),
        Message("server notification", "turn/started"),
        Message("client request", "not/there"),
    ]
    excused = {"fs/copy": "it copies", "turn/started": "it was heard after all"}

    found = measure(bundle, said, excused)

    requests, asked, notices = found
    assert (requests.covered, notices.covered) == (("turn/start",), ("turn/started",))
    assert requests.unreachable == {"fs/copy": "it copies"}
    assert "turn/steer" in requests.missing
    assert "item/tool/call" in asked.missing
    assert requests.total == len(bundle.messages["client request"])
    assert stale(found, excused) == ("turn/started",)
