"""
What the scenarios share: where their cassettes lie, and how to wait.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_codex.cassettes import safe_name
from tests import waiting
from tests.watching import draw

if TYPE_CHECKING:
    from collections.abc import Callable

DEADLINE = 20.0


def pytest_codex_cassette_path(item: pytest.Item) -> Path | None:
    """
    The project's own cassettes lie at its top, where people look for an example.
    """
    if item.config.getoption("codex_cassette_dir") is not None:
        return None  # somebody compares recordings, and wants them elsewhere
    return Path("cassettes", item.path.stem, safe_name(item))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Every scenario runs inside a boundary as narrow as its recording, and it never cries wolf.

    Two scenarios open a gate beside the workspace.
    """
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.codex(sandbox="workspace-write"))
            draw(item, "../go")


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """
    Wait for something that no message announces to the client.
    """

    return partial(waiting.until, seconds=DEADLINE)
