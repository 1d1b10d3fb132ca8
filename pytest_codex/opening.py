"""
From a pytest item to its session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex import settings as options
from pytest_codex.cassettes import make_plan, safe_name
from pytest_codex.errors import HarnessError
from pytest_codex.session import CodexSession
from pytest_codex.stage import STAGE, suffix
from pytest_codex.surroundings import Surroundings
from pytest_codex.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_codex.workspace import Template


def open_session(
    item: pytest.Item,
    directory: Path,
    *,
    named: Mapping[str, Path],
    config: Mapping[str, Any] | str | None = None,
    template: Template | None = None,
) -> CodexSession:
    """
    Plan the test's session and make it ready; its set-up fails with one message if it cannot be.

    Args:
        item: The test.
        directory: A fresh temporary directory for the session.
        named: More directories that differ from run to run, by placeholder name.
        config: Additions to the configuration of the real app-server.
        template: What the workspace holds before the agent starts.
    """
    try:
        return _open(item, directory, named, config, template)
    except HarnessError as error:
        text = f"{type(error).__name__}: {error}"
    pytest.fail(text, pytrace=False)  # outside of except, so that the text is shown once


def _open(
    item: pytest.Item,
    directory: Path,
    named: Mapping[str, Path],
    config: Mapping[str, Any] | str | None,
    template: Template | None,
) -> CodexSession:
    settings = options.resolve(item.config, item)
    plan = make_plan(item, settings)
    workspace = Workspace(directory / "workspace")
    if template is not None:
        workspace.start_from(template)
    around = Surroundings(
        plan=plan,
        settings=settings,
        workspace=workspace.path,
        directory=directory,
        artifacts=settings.artifacts / f"{item.path.stem}.{safe_name(item)}{suffix(item)}",
        named=named,
        config=config,
        stage=item.stash.get(STAGE, None),
    )
    return CodexSession(around, workspace, item.ihook)
