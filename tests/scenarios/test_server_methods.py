"""
What the server does without an agent: commands, files, models, accounts, configuration.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .rawclient import RawClient, request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_codex import Codex
    from openai_codex.client import CodexClient

    from pytest_codex.model import ScriptedModel
    from pytest_codex.session import CodexSession
    from pytest_codex.workspace import Workspace

API_KEY = "sk-proj-" + "scenario0" * 5


@pytest.fixture
def client(codex_session: CodexSession) -> Iterator[CodexClient]:
    """
    A low-level SDK client, for methods that ``Codex`` has no words for.
    """
    from openai_codex.client import CodexClient

    with CodexClient(codex_session.config) as client:
        client.initialize()
        yield client


def ask(client: CodexClient, method: str, **params: Any) -> dict[str, Any]:
    """
    Send one request and return its result as it came.
    """
    from pydantic import RootModel

    answer = client.request(method, params, response_model=RootModel[dict[str, Any]])
    return answer.root


def encoded(text: str) -> str:
    """
    A text as the protocol carries bytes.
    """
    return base64.b64encode(text.encode()).decode()


def decoded(data: str) -> str:
    """
    The text in bytes as the protocol carries them.
    """
    return base64.b64decode(data).decode()


def test_command_exec_returns_output_and_exit_code(
    client: CodexClient, codex_workspace: Workspace
) -> None:
    """
    A command runs without any agent; its output, exit code and files are there.
    """
    script = "echo out; echo err >&2; echo made > made.txt; exit 3"

    done = ask(client, "command/exec", command=["/bin/sh", "-c", script])

    assert done == {"exitCode": 3, "stdout": "out\n", "stderr": "err\n"}
    assert codex_workspace.read("made.txt") == "made\n"
    assert codex_workspace.changes() == {"made.txt": "added"}


def test_command_exec_can_be_talked_to(codex_session: CodexSession) -> None:
    """
    A streaming command gets what is written to it, and its output comes as it is made.
    """
    streams = {"processId": "cat", "streamStdin": True, "streamStdoutStderr": True}

    with RawClient(codex_session.command) as client:
        client.initialize()
        client.send(request(1, "command/exec", {"command": ["/bin/cat"], **streams}))
        for number, text in ((2, "one\n"), (3, "two\n")):
            write = {"processId": "cat", "deltaBase64": encoded(text)}
            written = client.request(number, "command/exec/write", write)
            client.notification("command/exec/outputDelta", deltaBase64=encoded(text))
            assert written["result"] == {}
        client.request(4, "command/exec/write", {"processId": "cat", "closeStdin": True})
        end = client.answer_to(1)

    assert end["result"] == {"exitCode": 0, "stdout": "", "stderr": ""}
    deltas = [each["params"] for each in client.seen if "outputDelta" in each.get("method", "")]
    assert [(each["stream"], decoded(each["deltaBase64"])) for each in deltas] == [
        ("stdout", "one\n"),
        ("stdout", "two\n"),
    ]


def test_command_exec_can_be_terminated(codex_session: CodexSession) -> None:
    """
    A command that never ends by itself ends when it is told to.
    """
    command = ["/bin/sh", "-c", "echo ready; exec sleep 60"]
    streams = {"processId": "sleeper", "streamStdoutStderr": True}

    with RawClient(codex_session.command) as client:
        client.initialize()
        client.send(request(1, "command/exec", {"command": command, **streams}))
        client.notification("command/exec/outputDelta", deltaBase64=encoded("ready\n"))
        client.request(2, "command/exec/terminate", {"processId": "sleeper"})
        end = client.answer_to(1)

    assert end["result"]["exitCode"] == 137


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        pytest.param({"command": []}, "command must not be empty", id="no-command"),
        pytest.param(
            {"command": ["/bin/cat"], "streamStdin": True}, "processId", id="stream-without-id"
        ),
    ],
)
def test_command_exec_refuses_nonsense(
    client: CodexClient, params: dict[str, Any], complaint: str
) -> None:
    """
    A command that cannot be meant is refused with the reason.
    """
    from openai_codex import InvalidRequestError

    with pytest.raises(InvalidRequestError, match=complaint):
        ask(client, "command/exec", **params)


def test_files_are_written_read_listed_and_removed(
    client: CodexClient, codex_workspace: Workspace
) -> None:
    """
    The server works on files for its client, and the disk shows it.
    """
    folder = codex_workspace.path / "notes"
    one, two = folder / "one.txt", folder / "two.txt"

    ask(client, "fs/createDirectory", path=str(folder))
    ask(client, "fs/writeFile", path=str(one), dataBase64=encoded("first\n"))
    ask(client, "fs/copy", sourcePath=str(one), destinationPath=str(two))
    assert two.read_text(encoding="utf-8") == "first\n"
    read = ask(client, "fs/readFile", path=str(two))
    facts = ask(client, "fs/getMetadata", path=str(two))
    listed = ask(client, "fs/readDirectory", path=str(folder))
    ask(client, "fs/remove", path=str(one))

    assert decoded(read["dataBase64"]) == "first\n"
    assert (facts["isFile"], facts["isDirectory"]) == (True, False)
    assert sorted(entry["fileName"] for entry in listed["entries"]) == ["one.txt", "two.txt"]
    assert not one.exists()
    assert codex_workspace.changes() == {"notes/two.txt": "added"}


def test_binary_file_survives(client: CodexClient, codex_workspace: Workspace) -> None:
    """
    Bytes that are no text are written as they are.
    """
    data = bytes(range(256))
    path = codex_workspace.path / "all.bin"

    ask(client, "fs/writeFile", path=str(path), dataBase64=base64.b64encode(data).decode())

    assert path.read_bytes() == data


def test_missing_file_is_an_error(client: CodexClient, codex_workspace: Workspace) -> None:
    """
    What is not there cannot be read, and a relative path means nothing.
    """
    from openai_codex import InternalRpcError, InvalidRequestError

    with pytest.raises(InternalRpcError, match="No such file"):
        ask(client, "fs/readFile", path=str(codex_workspace.path / "nothing"))
    with pytest.raises(InvalidRequestError, match="AbsolutePathBuf"):
        ask(client, "fs/readFile", path="relative.txt")


def test_watched_directory_tells_of_changes(
    codex_session: CodexSession, codex_workspace: Workspace
) -> None:
    """
    A watcher is told of a file that appears.
    """
    path = codex_workspace.path / "seen.txt"

    with RawClient(codex_session.command) as client:
        client.initialize()
        client.request(1, "fs/watch", {"watchId": "w", "path": str(codex_workspace.path)})
        client.request(2, "fs/writeFile", {"path": str(path), "dataBase64": encoded("Hi.\n")})
        change = client.notification("fs/changed", watchId="w")
        client.request(3, "fs/unwatch", {"watchId": "w"})

    assert change["params"]["changedPaths"] == [str(path)]
    assert codex_workspace.read("seen.txt") == "Hi.\n"


def test_models_are_listed(codex: Codex) -> None:
    """
    The catalogue has one default model, and every model says how hard it can think.
    """
    models = codex.models().data

    assert "gpt-5.5" in [model.id for model in models]
    assert len([model for model in models if model.is_default]) == 1
    assert all(model.supported_reasoning_efforts for model in models)


def test_hidden_models_are_listed_on_demand(codex: Codex) -> None:
    """
    Hidden models come only when asked for.
    """
    shown = {model.id for model in codex.models().data}
    everything = {model.id for model in codex.models(include_hidden=True).data}

    assert shown < everything


def test_account_is_empty_at_first(codex: Codex) -> None:
    """
    An isolated home has no account, and a private model needs none.
    """
    state = codex.account()

    assert state.account is None
    assert not state.requires_openai_auth


@pytest.fixture
def official(codex_session: CodexSession) -> Iterator[Codex]:
    """
    A client of OpenAI's own models, which need an account.
    """
    from openai_codex import Codex

    config = replace(codex_session.config, config_overrides=('model_provider="openai"',))
    with Codex(config) as codex:
        yield codex


def test_login_by_api_key_and_logout(official: Codex) -> None:
    """
    An API key makes an account until logout, and the key is not told back.
    """
    before = official.account()
    official.login_api_key(API_KEY)
    during = official.account()
    official.logout()
    after = official.account()

    assert (before.account, before.requires_openai_auth) == (None, True)
    assert during.account is not None
    assert during.account.root.type == "apiKey"
    assert API_KEY not in during.model_dump_json()
    assert after.account is None


def test_chatgpt_login_can_be_cancelled(codex: Codex) -> None:
    """
    A browser login offers an address and ends without success when cancelled.

    Codex waits for the browser at one fixed port, so only one test may do this.
    """
    login = codex.login_chatgpt()
    cancelled = login.cancel()
    end = login.wait()

    address = urlsplit(login.auth_url)
    assert (address.scheme, address.path) == ("https", "/oauth/authorize")
    assert {"state", "code_challenge", "redirect_uri"} <= parse_qs(address.query).keys()
    assert cancelled.status.value == "canceled"
    assert not end.success
    assert codex.account().account is None


def test_device_code_login_needs_the_network(codex: Codex) -> None:
    """
    Without network a device code cannot be had, and the error says so.
    """
    from openai_codex import InternalRpcError

    with pytest.raises(InternalRpcError, match="failed to request device code"):
        codex.login_chatgpt_device_code()

    assert codex.account().account is None


def test_config_overrides_reach_the_server(
    codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    Overrides on the command line hold for every thread of that server.
    """
    from openai_codex.client import CodexClient

    overrides = ('approval_policy="never"', 'sandbox_mode="read-only"', 'model="gpt-5.4"')
    config = replace(codex_session.config, config_overrides=overrides)

    with CodexClient(config) as client:
        client.initialize()
        started = client.thread_start({})
        layered = ask(client, "config/read", includeLayers=False)

    assert started.model == "gpt-5.4"
    assert started.model_dump(mode="json")["approval_policy"] == "never"
    assert started.sandbox.root.type == "readOnly"
    assert layered["config"]["sandbox_mode"] == "read-only"
