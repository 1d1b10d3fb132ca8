"""
Clients: how many, who builds them, how they are configured, and what they ask beside turns.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from openai_codex import Codex, CodexConfig, InvalidRequestError, Sandbox, retry_on_overload
from openai_codex.client import CodexClient
from openai_codex.types import ModelListResponse

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_codex.model import ScriptedModel
    from pytest_codex.session import CodexSession
    from pytest_codex.workspace import Workspace


# -- an application, as somebody else wrote it: it has never heard of this plugin --------------


@dataclass
class Fixer:
    """
    A bot that asks Codex to mend a project.
    """

    project: Path
    model: str = "gpt-5.5"

    def fix(self, problem: str) -> str:
        """
        Ask for a fix, and for a summary by a second client.
        """
        with Codex(CodexConfig(cwd=str(self.project), client_name="fixer")) as codex:
            thread = codex.thread_start(model=self.model, sandbox=Sandbox.workspace_write)
            thread.run(f"Fix this: {problem}")
        return self._summarise()

    def _summarise(self) -> str:
        with Codex() as codex:
            answer = codex.thread_start(ephemeral=True).run("Sum it up in one line.")
        return answer.final_response or "nothing to say"


def test_application_code(codex_model: ScriptedModel, codex_workspace: Workspace) -> None:
    """
    Code that builds its own clients, deep inside, works with the session unchanged.
    """
    codex_workspace.write({"app.py": "1 / 0\n"})
    codex_workspace.commit()
    codex_model.patch("*** Update File: app.py\n@@\n-1 / 0\n+1 / 1\n").say("Fixed.")
    codex_model.say("Divided by one.")

    summary = Fixer(codex_workspace.path).fix("it divides by zero")

    assert summary == "Divided by one."
    assert codex_workspace.changes() == {"app.py": "modified"}
    assert codex_workspace.read("app.py") == "1 / 1\n"


@pytest.mark.codex
def test_application_in_its_own_directory(codex_model: ScriptedModel, tmp_path: Path) -> None:
    """
    The application's own directory is where its client's edits happen.
    """
    project = tmp_path / "project"
    subprocess.run(["git", "init", "-q", project], check=True)
    codex_model.patch("*** Add File: fix.txt\n+fixed\n").say("Fixed.").say("One file.")

    summary = Fixer(project).fix("there is no fix.txt")

    assert summary == "One file."
    assert (project / "fix.txt").read_text() == "fixed\n"


def test_two_clients(codex_session: CodexSession, codex_model: ScriptedModel) -> None:
    """
    Two clients open at the same time do not hear of each other.
    """
    codex_model.script("left").say("Left here.").say("Left again.")
    codex_model.script("right").say("Right here.")

    with Codex(codex_session.config) as one, Codex(codex_session.config) as two:
        left, right = one.thread_start(), two.thread_start()
        answers = [
            left.run("You are left.").final_response,
            right.run("You are right.").final_response,
            left.run("Once more.").final_response,
        ]

    assert answers == ["Left here.", "Right here.", "Left again."]
    assert left.id != right.id


def test_config_overrides(codex_session: CodexSession, codex_workspace: Workspace) -> None:
    """
    Overrides on the command line reach the server.
    """
    config = CodexConfig(
        cwd=str(codex_workspace.path),
        config_overrides=('model_reasoning_effort="low"', 'approval_policy="never"'),
        client_name="my_tool",
        client_title="My Tool",
        client_version="1.2.3",
    )

    with CodexClient(config) as client:
        client.initialize()
        started = client.thread_start()

    assert started.reasoning_effort is not None
    assert started.reasoning_effort.value == "low"
    assert started.approval_policy.model_dump(mode="json") == "never"


def test_metadata(codex: Codex) -> None:
    """
    A client knows whom it talks to.
    """
    assert (codex.metadata.userAgent or "").startswith("codex_python_sdk/")
    assert codex.metadata.platformOs


def test_models(codex: Codex) -> None:
    """
    The models are listed, hidden ones only on demand.
    """
    shown = {model.id for model in codex.models().data}
    everything = {model.id for model in codex.models(include_hidden=True).data}

    assert "gpt-5.5" in shown
    assert shown < everything


def test_account(codex: Codex) -> None:
    """
    With a model of its own the server needs no account.
    """
    account = codex.account()

    assert account.account is None
    assert account.requires_openai_auth is False


def test_retry_on_overload(codex_session: CodexSession, codex_model: ScriptedModel) -> None:
    """
    The SDK's retries hand on a good answer, and a refusal at once.
    """
    codex_model.say("Not busy at all.")
    tries = []

    def refused() -> object:
        tries.append(1)
        return codex.thread_resume("no such thread")

    with Codex(codex_session.config) as codex:
        thread = codex.thread_start()
        result = retry_on_overload(lambda: thread.run("Are you busy?"))
        with pytest.raises(InvalidRequestError):
            retry_on_overload(refused, max_attempts=3)

    assert result.final_response == "Not busy at all."
    assert len(tries) == 1


def test_request_with_retry(codex_session: CodexSession) -> None:
    """
    The low-level client's retrying request is one request when the server is not busy.
    """
    with CodexClient(codex_session.config) as client:
        client.initialize()
        answer = client.request_with_retry_on_overload(
            "model/list", {"includeHidden": False}, response_model=ModelListResponse
        )

    assert answer.data


class TestOwnConfiguration:
    """
    A class, module or conftest adds to the configuration by overriding one fixture.
    """

    @pytest.fixture
    def codex_config(self) -> str:
        """
        What a user would write in ``config.toml``.
        """
        return 'model_verbosity = "high"\n'

    def test_configuration_of_the_test(self, codex_session: CodexSession) -> None:
        """
        The real server reads the additions beside what isolation needs.
        """
        with CodexClient(codex_session.config) as client:
            client.initialize()
            read: Any = client._request_raw("config/read", {"includeLayers": False})

        assert read["config"]["model_verbosity"] == "high"
        assert read["config"]["model_provider"] == "scripted"


def test_files_of_the_test_have_a_name(
    codex: Codex, codex_model: ScriptedModel, tmp_path: Path
) -> None:
    """
    Paths below the test's own temporary directory differ from run to run and still match.
    """
    note = tmp_path / "note.txt"
    note.write_text("Buy milk.\n", encoding="utf-8")
    codex_model.run(f'cat "{note}"').say(f"I read {note}.")

    result = codex.thread_start().run(f"Read {note}.")

    assert result.final_response == f"I read {note}."
