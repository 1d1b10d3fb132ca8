"""
Which model the user's own configuration leads to, and how to get there through a relay.

Of the user's configuration only what chooses and tunes the model is taken: instructions,
tools, approvals and sandbox stay those of the scripted tier, so that a test behaves alike
everywhere.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fake_server.errors import LoginError
from pytest_codex import login, toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_codex.login import Login

RELAY = "relay"
"""The provider of the private home: Codex lets nobody redefine its built-in ones."""

KEY = "OPENAI_API_KEY"

API = "https://api.openai.com/v1"
CHATGPT = "https://chatgpt.com/backend-api/codex"
"""Where the built-in provider leads with an API key and with a ChatGPT login."""

STORE = "cli_auth_credentials_store"

TAKEN = (
    *("model", "model_provider", "model_providers", "openai_base_url", "chatgpt_base_url"),
    *("model_reasoning_effort", "model_reasoning_summary", "model_verbosity", "service_tier"),
    *("model_context_window", "model_auto_compact_token_limit", "model_catalog_json"),
    *("model_supports_reasoning_summaries", "plan_mode_reasoning_effort", "review_model"),
    *("personality", "forced_login_method", "forced_chatgpt_workspace_id", STORE),
)
"""Keys of a configuration that choose and tune the model."""

SHOWN = (
    *("model", "model_reasoning_effort", "model_reasoning_summary", "model_verbosity"),
    *("service_tier", "model_context_window", "model_auto_compact_token_limit", "review_model"),
    *("model_supports_reasoning_summaries", "plan_mode_reasoning_effort", "personality"),
)
TABLE = ("name", "request_max_retries", "stream_max_retries", "stream_idle_timeout_ms")
"""What of a configuration, and of a provider's table, shows in a session."""

_OPENAI = {
    "name": "OpenAI",  # by this name Codex knows a provider that can all that OpenAI's can
    "wire_api": "responses",
    "requires_openai_auth": True,
    "env_http_headers": {
        "OpenAI-Organization": "OPENAI_ORGANIZATION",
        "OpenAI-Project": "OPENAI_PROJECT",
    },
}
_AT_HOME = {"ollama": "11434", "lmstudio": "1234"}
"""Built-in providers on this machine and their ports."""

_AZURE = (
    *("openai.azure.", "cognitiveservices.azure.", "aoai.azure.", "azure-api.", "azurefd."),
    "windows.net/openai",
)
"""By these in its address, or by the name "azure", Codex knows that a provider is Azure."""


@dataclass(frozen=True, slots=True)
class Provider:
    """
    The model that a live test talks to.

    Attributes:
        name: The provider as the user's configuration calls it.
        url: Its base URL.
        table: What its table says, without an address.
        config: What else of the configuration is taken.
        login: The login it needs, None when it needs none.
        variables: Environment variables it needs.
    """

    name: str
    url: str
    table: dict[str, Any]
    config: dict[str, Any]
    login: Login | None
    variables: tuple[str, ...]

    @property
    def recorded(self) -> dict[str, Any]:
        """
        What of all this shows in a session, and holds no secret.
        """
        kept = {key: self.config[key] for key in SHOWN if key in self.config}
        return {**kept, "provider": {key: self.table[key] for key in TABLE if key in self.table}}

    def through(self, url: str) -> dict[str, Any]:
        """
        The configuration of a home whose model calls all go to a relay.

        Args:
            url: The relay's base URL.
        """
        provider = {**self.table, "base_url": url, "supports_websockets": False}
        # Under its own name, too, for code that asks for it; others are not there.
        providers = {RELAY: provider}
        config = {**self.config, "model_provider": RELAY, "model_providers": providers}
        if self.name == "openai":
            config["openai_base_url"] = url
        elif self.name not in _AT_HOME:
            providers[self.name] = provider
        return config


def home_of(environ: Mapping[str, str], user_home: Path) -> Path:
    """
    The user's own Codex home.
    """
    named = environ.get("CODEX_HOME")
    return user_home.__class__(os.path.expanduser(named)) if named else user_home / ".codex"


def find(
    home: Path, environ: Mapping[str, str], config: Mapping[str, Any], version: str
) -> Provider:
    """
    The model that this home leads to.

    Args:
        home: The user's Codex home; it need not be there.
        environ: The environment, which may hold keys.
        config: Additions to the configuration; they win.
        version: Codex's own.

    Raises:
        LoginError: There is no way to use it; the message says how to get one.
    """
    settings = _taken(home)
    toml.merge(settings, config)
    store = settings.pop(STORE, None)
    providers = settings.pop("model_providers", {})
    name = settings.pop("model_provider", "openai")
    base = settings.pop("openai_base_url", None)
    table = _table(name, providers, home)
    if name == "openai":
        table["http_headers"] = {"version": version}
    needed = login.read(home) if table.get("requires_openai_auth") else None
    if table.get("requires_openai_auth") and needed is None and not table.get("env_key"):
        if not environ.get(KEY, "").strip():
            raise LoginError(_no_login(home, store))
        # Codex itself looks for this variable only when one logs in.
        table = {**table, "requires_openai_auth": False, "env_key": KEY}
    variables = _variables(name, table, environ)
    if name == "openai":
        url = base or (CHATGPT if needed is not None and needed.mode == "chatgpt" else API)
    else:
        url = table.pop("base_url", None) or _local(name, environ)
    if any(mark in url for mark in _AZURE):
        table["name"] = "azure"  # behind the relay the address no longer shows it
    return Provider(name, url, table, settings, needed, variables)


def without_choice(config: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """
    A test's configuration for a tier whose model is no real one: nobody it brings along answers.

    One of Codex's own providers may be chosen all the same, for what goes with it (accounts).
    """
    given = toml.loads(config) if isinstance(config, str) else config or {}
    own = given.get("model_provider") in (given.get("model_providers") or {})
    chosen = ("openai_base_url", *(["model_provider"] if own else []))
    return {key: value for key, value in given.items() if key not in chosen}


def _taken(home: Path) -> dict[str, Any]:
    path = home / "config.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise LoginError(f"{path} cannot be read: {error}") from None
    whole = toml.loads(text, str(path))
    profile = (whole.get("profiles") or {}).get(whole.get("profile")) or {}
    taken = {key: value for key, value in {**whole, **profile}.items() if key in TAKEN}
    if "model_catalog_json" in taken:
        taken["model_catalog_json"] = os.path.join(home, taken["model_catalog_json"])
    return taken


def _table(name: str, providers: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """
    The table of a provider, the user's own or a built-in one.
    """
    if name == "openai":
        return dict(_OPENAI)
    if name in _AT_HOME:
        return {"name": name, "wire_api": "responses"}
    table = providers.get(name)
    if name.startswith("amazon-bedrock") or (isinstance(table, dict) and "aws" in table):
        raise LoginError(
            f"the provider {name!r} signs its requests for the address they go to, so they cannot "
            "go through the live tier's relay. Choose another one: model_provider in "
            f"{home / 'config.toml'}, or the fixture codex_config."
        )
    if not isinstance(table, dict):
        raise LoginError(
            f"there is no provider {name!r}: model_provider names it, but there is no "
            f"[model_providers.{name}] in {home / 'config.toml'} or in the fixture codex_config."
        )
    return dict(table)


def _variables(name: str, table: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str, ...]:
    """
    The environment variables a provider reads.
    """
    named = table.get("env_key")
    if named and not environ.get(named, "").strip():
        raise LoginError(
            f"the provider {name!r} takes its key from the environment variable {named}, "
            "which is not set"
        )
    headers = (table.get("env_http_headers") or {}).values()
    return (*headers, *([named] if named else []))


def _no_login(home: Path, store: str | None) -> str:
    where = f"there is no {home / login.FILE}" if home.is_dir() else f"there is no {home}"
    if store in ("keyring", "auto"):
        where += f' ({STORE} is "{store}": it may be in the keyring)'
    return (
        f"the live tier found no login: {where}, and {KEY} is not set\n"
        "How to fix:\n"
        f"  * with an API key        export {KEY}=...\n"
        "  * with your account      codex -c cli_auth_credentials_store=file login\n"
        "  * it lies elsewhere      export CODEX_HOME=...\n"
        "  * without a real model   --codex-tier=scripted"
    )


def _local(name: str, environ: Mapping[str, str]) -> str:
    """
    The address of a model on this machine.
    """
    if name not in _AT_HOME:
        raise LoginError(f"the provider {name!r} has no base_url")
    base = environ.get("CODEX_OSS_BASE_URL")
    port = environ.get("CODEX_OSS_PORT") or _AT_HOME[name]
    return base or f"http://localhost:{port}/v1"
