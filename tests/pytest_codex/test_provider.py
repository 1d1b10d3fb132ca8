"""
Which model a configuration leads to, and what is taken of the configuration.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fake_server.errors import HarnessError, LoginError
from pytest_codex import provider

from .local_model import chatgpt_login, make_home

KEYED = {"auth_mode": "apikey", "OPENAI_API_KEY": "sk-1"}
AZURE = """
model_provider = "work"
[model_providers.work]
name = "Work"
base_url = "https://x.openai.azure.com/openai/v1"
env_key = "WORK_KEY"
query_params = {api-version = "2025"}
env_http_headers = {X-Team = "TEAM"}
"""


def find(tmp_path: Path, config: str = "", auth: Any = None, **more: Any) -> provider.Provider:
    """
    The model of a home that is made for it.
    """
    home = make_home(tmp_path / "codex", config, auth)
    return provider.find(home, more.pop("environ", {}), more, "0.163.0")


def test_the_home_is_where_codex_would_look(tmp_path: Path) -> None:
    """
    The variable wins over the usual place.
    """
    assert provider.home_of({}, tmp_path) == tmp_path / ".codex"
    assert provider.home_of({"CODEX_HOME": "/x"}, tmp_path) == Path("/x")


def test_an_api_key_leads_to_the_api(tmp_path: Path) -> None:
    """
    Without any configuration it is OpenAI's own provider.
    """
    found = find(tmp_path, auth=KEYED)

    assert found.url == "https://api.openai.com/v1"
    config = found.through("http://relay/v1")
    assert config["model_provider"] == "relay"
    assert config["openai_base_url"] == "http://relay/v1"
    table = config["model_providers"]["relay"]
    assert (table["name"], table["base_url"]) == ("OpenAI", "http://relay/v1")
    assert (table["requires_openai_auth"], table["supports_websockets"]) == (True, False)


def test_a_chatgpt_login_leads_to_its_backend(tmp_path: Path) -> None:
    """
    The same provider has another address for those who are logged in.
    """
    found = find(tmp_path, auth=chatgpt_login(2e9))

    assert found.url == "https://chatgpt.com/backend-api/codex"
    assert found.login is not None


def test_an_address_of_ones_own(tmp_path: Path) -> None:
    """
    A company's gateway for the built-in provider stays where it is.
    """
    found = find(tmp_path, 'openai_base_url = "https://gate.example.com/v1"', KEYED)

    assert found.url == "https://gate.example.com/v1"


def test_a_key_in_the_environment_is_enough(tmp_path: Path) -> None:
    """
    Codex itself reads this variable only at a login, so it is named to the provider.
    """
    found = find(tmp_path, environ={"OPENAI_API_KEY": "sk-env"})

    assert found.table["env_key"] == "OPENAI_API_KEY"
    assert found.table["requires_openai_auth"] is False
    assert "OPENAI_API_KEY" in found.variables
    assert found.login is None


def test_a_provider_of_ones_own(tmp_path: Path) -> None:
    """
    It keeps key, headers and parameters; behind the relay Codex must still know Azure.
    """
    found = find(tmp_path, AZURE, environ={"WORK_KEY": "k"})

    assert found.url == "https://x.openai.azure.com/openai/v1"
    assert sorted(found.variables) == ["TEAM", "WORK_KEY"]
    providers = found.through("http://relay/v1")["model_providers"]
    assert set(providers) == {"relay", "work"}
    assert providers["work"] == providers["relay"]
    assert providers["relay"]["query_params"] == {"api-version": "2025"}
    assert providers["relay"]["name"] == "azure"


@pytest.mark.parametrize(
    ("name", "environ", "url"),
    [
        ("ollama", {}, "http://localhost:11434/v1"),
        ("lmstudio", {"CODEX_OSS_PORT": "7"}, "http://localhost:7/v1"),
        ("ollama", {"CODEX_OSS_BASE_URL": "http://box/v1"}, "http://box/v1"),
    ],
)
def test_models_at_home_need_no_login(
    tmp_path: Path, name: str, environ: dict[str, str], url: str
) -> None:
    """
    Built-in providers on this machine are relayed, too.
    """
    found = find(tmp_path, f'model_provider = "{name}"', environ=environ)

    assert (found.url, found.login, found.variables) == (url, None, ())
    assert set(found.through("http://relay/v1")["model_providers"]) == {"relay"}


def test_only_what_concerns_the_model_is_taken(tmp_path: Path) -> None:
    """
    Instructions, tools, approvals and sandbox stay at home; the chosen profile counts.
    """
    found = find(
        tmp_path,
        'model = "a"\nmodel_reasoning_effort = "low"\nprofile = "deep"\napproval_policy = "never"\n'
        'sandbox_mode = "danger-full-access"\ndeveloper_instructions = "x"\n'
        'model_catalog_json = "models.json"\n[mcp_servers.x]\ncommand = "x"\n[hooks]\n'
        '[profiles.deep]\nmodel_reasoning_effort = "high"\nsandbox_mode = "read-only"\n',
        KEYED,
    )

    assert found.config == {
        "model": "a",
        "model_reasoning_effort": "high",
        "model_catalog_json": str(tmp_path / "codex" / "models.json"),
    }
    assert found.recorded == {
        "model": "a",
        "model_reasoning_effort": "high",
        "provider": {"name": "OpenAI"},
    }


def test_what_the_test_configures_wins(tmp_path: Path) -> None:
    """
    The fixture's additions choose the model, and even the provider.
    """
    found = find(
        tmp_path,
        'model = "a"',
        model="b",
        model_provider="mine",
        model_providers={"mine": {"name": "Mine", "base_url": "http://m/v1"}},
        mcp_servers={"x": {"command": "x"}},
    )

    assert (found.name, found.url) == ("mine", "http://m/v1")
    config = found.through("http://relay/v1")
    assert (config["model"], config["mcp_servers"]) == ("b", {"x": {"command": "x"}})


MINE = {"mine": {"base_url": "http://127.0.0.1:1"}}


@pytest.mark.parametrize(
    ("config", "left"),
    [
        ({"model_provider": "mine", "model_providers": MINE}, {"model_providers": MINE}),
        ({"model_provider": "openai"}, {"model_provider": "openai"}),
        ('openai_base_url = "x"\nmodel = "m"', {"model": "m"}),
        (None, {}),
    ],
)
def test_only_a_live_test_brings_who_answers(config: Any, left: dict[str, Any]) -> None:
    """
    Elsewhere the rest of a test's configuration holds, one of Codex's own providers included.
    """
    assert provider.without_choice(config) == left


def test_nothing_that_shows_is_a_secret(tmp_path: Path) -> None:
    """
    Headers, tokens and addresses are never among what is recorded.
    """
    config = AZURE + 'experimental_bearer_token = "tok"\nhttp_headers = {Authorization = "tok"}\n'
    found = find(tmp_path, config, environ={"WORK_KEY": "k"}, model="m")

    assert found.recorded == {"model": "m", "provider": {"name": "azure"}}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("", r"no login: there is no \S+auth.json, and OPENAI_API_KEY is not set\n.*\n.*export"),
        ('cli_auth_credentials_store = "keyring"', r"\"keyring\": it may be in the keyring"),
        (AZURE, r"provider 'work' takes its key from the environment variable WORK_KEY"),
        ('model_provider = "x"', r"there is no provider 'x'.*\[model_providers.x\]"),
        ('model_provider = "amazon-bedrock"', r"'amazon-bedrock' signs its requests"),
        ('model_provider = "x"\n[model_providers.x]\nname = "X"', "'x' has no base_url"),
    ],
)
def test_a_model_that_cannot_be_used(tmp_path: Path, config: str, message: str) -> None:
    """
    The message says what is missing and where it belongs.
    """
    with pytest.raises(LoginError, match=message):
        find(tmp_path, config)


def test_no_home_at_all(tmp_path: Path) -> None:
    """
    Whoever never used Codex is told how to begin.
    """
    with pytest.raises(LoginError, match=r"there is no \S+nowhere, and .*\n(.*\n)*.*codex .*login"):
        provider.find(tmp_path / "nowhere", {}, {}, "0.163.0")


def test_a_damaged_configuration_is_named(tmp_path: Path) -> None:
    """
    The user's own file is told from the test's additions.
    """
    with pytest.raises(HarnessError, match=r"codex/config.toml is not TOML"):
        find(tmp_path, "= =")
