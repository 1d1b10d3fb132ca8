"""
The seam at which clients of the official SDK are served.
"""

from __future__ import annotations

import inspect
import subprocess
from pathlib import Path
from typing import Any

import openai_codex
import pytest
from openai_codex import client

from pytest_codex import sdk


def test_the_sdk_still_spawns_through_its_own_name() -> None:
    """
    The canary: were this to fail under a new SDK, no client would be served any more.
    """
    source = inspect.getsource(client.CodexClient.start)

    assert "subprocess.Popen(" in source
    assert "_resolve_codex_bin(self.config)" in source
    assert vars(client)["subprocess"] is subprocess
    assert list(inspect.signature(client.resolve_codex_bin).parameters) == ["config", "ops"]
    assert "resolve_codex_bin(config" in inspect.getsource(client._resolve_codex_bin)


def test_the_sdk_still_answers_by_itself_where_we_look() -> None:
    """
    The canary: were this to fail, approvals accepted by nobody would go unnoticed.
    """
    source = inspect.getsource(client.CodexClient.__init__)

    assert "approval_handler or self._default_approval_handler" in source


def test_answers_of_the_sdk_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A client without a handler accepts, and we hear of it; one with a handler is left alone.
    """
    seen: list[Any] = []
    sdk.attach(monkeypatch, lambda *_: None, lambda *asked: seen.append(asked))
    question: tuple[str, Any] = ("item/fileChange/requestApproval", {"itemId": "i"})

    silent = client.CodexClient()._approval_handler(*question)
    deciding = client.CodexClient(approval_handler=lambda *_: {})._approval_handler(*question)

    assert ({"decision": "accept"}, {}) == (silent, deciding)
    assert [question] == seen


class SpawnedError(Exception):
    """
    Stops a client at its spawn.
    """


@pytest.fixture
def spawns(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str | None, Any]]:
    """
    What clients wanted to start; nothing is started.
    """
    seen: list[tuple[list[str], str | None, Any]] = []

    def open_process(args: Any, cwd: str | None, env: Any) -> Any:
        seen.append((list(args), cwd, env))
        raise SpawnedError

    sdk.attach(monkeypatch, open_process)
    return seen


def test_a_spawn_is_seen_with_its_facts(spawns: list[Any], tmp_path: Path) -> None:
    """
    Arguments, directory and environment arrive as the SDK gave them.
    """
    config = openai_codex.CodexConfig(
        cwd=str(tmp_path), env={"MY": "own"}, config_overrides=("model=x",)
    )

    with pytest.raises(SpawnedError):
        openai_codex.Codex(config)

    ((args, cwd, env),) = spawns
    assert args[1:] == ["--config", "model=x", "app-server", "--listen", "stdio://"]
    assert cwd == str(tmp_path)
    assert env["MY"] == "own"


def test_no_binary_is_looked_for(spawns: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A replay works where the binary's package cannot be imported, and where its path is wrong.
    """
    monkeypatch.setitem(__import__("sys").modules, "codex_cli_bin", None)

    for config in (None, openai_codex.CodexConfig(codex_bin="/opt/nowhere/codex")):
        with pytest.raises(SpawnedError):
            openai_codex.Codex(config)

    assert [args[0] for args, _, _ in spawns] == ["codex", "/opt/nowhere/codex"]


def test_a_command_of_its_own_is_seen(spawns: list[Any]) -> None:
    """
    ``launch_args_override`` goes through the same seam.
    """
    config = openai_codex.CodexConfig(launch_args_override=("docker", "run", "codex"))

    with pytest.raises(SpawnedError):
        openai_codex.Codex(config)

    assert spawns[0][0] == ["docker", "run", "codex"]


def test_the_real_module_is_left_alone(spawns: list[Any]) -> None:
    """
    Whatever else is started, is started.
    """
    done = subprocess.run(["true"], check=False)

    assert done.returncode == 0
    assert spawns == []


def test_the_stand_in_looks_like_the_module() -> None:
    """
    Constants, exceptions and annotations of ``subprocess`` work through the stand-in.
    """
    seam: Any = sdk.spawning(subprocess, lambda *_: None)

    assert seam.PIPE == subprocess.PIPE
    assert seam.TimeoutExpired is subprocess.TimeoutExpired
    assert seam.Popen[str] is seam.Popen
