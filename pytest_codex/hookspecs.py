"""
Hooks that a ``conftest.py`` or another plugin may implement.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_codex.session import CodexSession
    from pytest_codex.session_report import SessionReport


@pytest.hookspec(firstresult=True)
def pytest_codex_cassette_path(item: pytest.Item) -> str | Path | None:
    """
    Choose where a test's cassette lies; a relative path starts at the root directory.

    The marker's ``cassette=`` is asked first. Return None for the default place.
    """


@pytest.hookspec
def pytest_codex_scrub(message: dict[str, Any], sender: str) -> dict[str, Any] | None:
    """
    Change a message before it is written to a cassette, and before it is matched.

    Both must see the same change, so it may depend on nothing but the message. What the
    client and the real server receive is not changed. Called for what passes
    ``codex_session.command``, too, then in a thread of its own.

    Args:
        message: A JSON-RPC message; a private copy that may be edited in place.
        sender: ``client`` or ``server``.

    Returns:
        The message to keep; None means the given object, edited or not.
    """


@pytest.hookspec
def pytest_codex_matchers(registry: dict[str, Callable[[Any, Any], bool]]) -> None:
    """
    Add matchers, to be named in the marker's ``match_on=``; they work in transport ``memory``.

    Args:
        registry: Put functions into it by name: ``(received, recorded) -> whether they agree``.
    """


@pytest.hookspec
def pytest_codex_session_started(session: CodexSession) -> None:
    """
    Called when a test's session is attached, before the test runs.
    """


@pytest.hookspec
def pytest_codex_session_finished(session: CodexSession, report: SessionReport) -> None:
    """
    Called at teardown, when every process of the session has ended.
    """
