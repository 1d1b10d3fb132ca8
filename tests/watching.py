"""
A plugin that draws a boundary around every test: only what its recording changed may change.

``PYTEST_WATCHING=nothing`` allows nothing at all, so that the tests show which changes are seen.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from pytest_codex.cassettes import find_path
from pytest_codex.settings import resolve

if TYPE_CHECKING:
    from pathlib import Path

RECORDING = ("once", "rewrite")
"""Modes in which nobody can know yet what is going to change."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Draw the boundaries.
    """
    for item in items:
        draw(item)


def draw(item: pytest.Item, *more: str) -> None:
    """
    Draw the boundary of one test, whatever its own marker allows.

    Args:
        item: The test.
        more: What may change besides, because the test itself changes it unseen.
    """
    settings = resolve(item.config, item)
    cassette = find_path(item, settings)
    allow = [*changed_by(cassette), *more]
    if settings.record_mode in RECORDING or not cassette.exists():
        allow = ["**", *more]
    if os.environ.get("PYTEST_WATCHING") == "nothing":
        allow = [*more]
    item.add_marker(pytest.mark.codex(allow=allow), append=False)


def changed_by(cassette: Path) -> list[str]:
    """
    The files that a recording changes in the workspace.
    """
    if not cassette.exists():
        return []
    lines = cassette.read_text(encoding="utf-8").split("\n")
    events = [json.loads(line) for line in lines if '"workspace": {' in line]
    effects = [event["workspace"] for event in events if "workspace" in event]
    return sorted(
        {
            name
            for effect in effects
            if "root" not in effect
            for name in (*effect.get("write", ()), *effect.get("delete", ()))
        }
    )
