"""
What tests receive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from openai_codex import AsyncCodex, Codex

    from pytest_codex.boundary import Boundary
    from pytest_codex.model.script import ScriptedModel
    from pytest_codex.session import CodexSession
    from pytest_codex.snapshots import CodexSnapshot
    from pytest_codex.workspace import Template, Workspace

SESSION: pytest.StashKey[Any] = pytest.StashKey()
"""On an item: its ``CodexSession``, from set-up on."""


@pytest.fixture
def codex_config() -> Mapping[str, Any] | str | None:
    """
    Additions to the configuration of the real app-server; override it to add MCP servers, say.

    Returns TOML text or a nested mapping. It takes part in recording only: what a replay
    plays was recorded under it.
    """
    return None


@pytest.fixture
def codex_workspace_template() -> Template | None:
    """
    What the workspace holds before the agent starts; override it to begin with a project.

    Returns files by name, or the path of a folder, or the path of a git repository, whose
    history comes with it.
    """
    return None


@pytest.fixture
def codex_session(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    codex_config: Mapping[str, Any] | str | None,
    codex_workspace_template: Template | None,
) -> Iterator[CodexSession]:
    """
    The session of this test; while it lasts, every client is served by it.
    """
    from pytest_codex.opening import open_session

    # A test that is rerun is the same item: its new report must not tell of the old session.
    request.node.stash[SESSION] = None
    named = {"tmp_path": tmp_path, "basetemp": tmp_path_factory.getbasetemp()}
    session = open_session(
        request.node,
        tmp_path_factory.mktemp("codex"),
        named=named,
        config=codex_config,
        template=codex_workspace_template,
    )
    request.node.stash[SESSION] = session
    try:
        session.attach()
        yield session
    finally:
        session.finish()


@pytest.fixture
def codex_workspace(codex_session: CodexSession) -> Workspace:
    """
    The directory the agent works in, a git repository.
    """
    return codex_session.workspace


@pytest.fixture
def codex_boundary(codex_session: CodexSession) -> Boundary:
    """
    What the agent may do, and what it really did.
    """
    codex_session.watch_boundary()
    return codex_session.boundary


@pytest.fixture
def codex_model(codex_session: CodexSession) -> ScriptedModel:
    """
    What the model will say and do in the scripted tier.
    """
    return codex_session.model


@pytest.fixture
def codex(codex_session: CodexSession) -> Iterator[Codex]:
    """
    A started client in the workspace.
    """
    with codex_session.make_client() as client:
        yield client


@pytest.fixture
def async_codex(codex_session: CodexSession) -> AsyncCodex:
    """
    An asynchronous client in the workspace, for ``async with`` or direct use.

    It is made without an event loop, and the session ends its process without one, so it
    works under any asynchronous plugin.
    """
    return codex_session.make_async_client()


@pytest.fixture
def codex_snapshot(request: pytest.FixtureRequest) -> CodexSnapshot:
    """
    A syrupy snapshot assertion for what the agent did: results, turns, transcripts, diffs.
    """
    from pytest_codex.snapshots import make_snapshot

    return make_snapshot(request, request.node.stash.get(SESSION, None))
