"""
What travels with a test's reports, from xdist's workers to the terminal and into JUnit files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_codex.session import CodexSession

FACTS = "codex_facts"
"""Attribute of a test report that travels from xdist's workers to the terminal."""

RATE = "codex_rate"
"""The same, of a test that was run several times: how many of its attempts passed."""

PAGE = "codex_page"
"""The same, where a page is asked for: what it shows of the session."""

FAILURE = "codex_failure"
"""The same, of each phase that failed: the failure without secrets."""

ATTEMPTS = "codex_attempts"
"""The same, of a test that was run several times: what a page shows of each attempt."""

PAGE_ASKED: pytest.StashKey[bool] = pytest.StashKey()
"""On the configuration: whether the run writes a page."""


def properties(
    facts: dict[str, Any], session: CodexSession, *, counted: bool
) -> list[tuple[str, object]]:
    """
    What a JUnit file tells of a session.

    Args:
        facts: The session's facts.
        session: The session itself.
        counted: Whether to read the transcript for model calls and tokens, too; that costs
            time, so it is done only where somebody will look.
    """
    told: list[tuple[str, object]] = [
        ("codex_tier", facts["tier"]),
        ("codex_cassette", facts["cassette"]),
        ("codex_messages", facts["messages"]),
    ]
    if counted:
        usage = session.transcript.usage
        told += [("codex_model_calls", usage.calls), ("codex_tokens", usage.total)]
    return told
