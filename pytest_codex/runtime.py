"""
The real app-server, in a home of its own.

One :class:`Runtime` is what one test needs to start Codex without touching the user's
account, configuration or history: a Codex home with a configuration written by us, an
empty user home, and an environment in which nothing leads outside.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError
from pytest_codex import homes, mountpoints, toml

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from typing_extensions import Self

# Nothing listens on the discard port: whatever goes there is refused at once.
REFUSING_PROXY = "http://127.0.0.1:9"
_LOOPBACK = "127.0.0.1,localhost,::1"
_DROPPED_PREFIXES = (
    *("OPENAI_", "CODEX_", "GIT_", "XDG_", "PYTEST_", "COV_CORE_"),
    *("TERM_PROGRAM", "TMUX", "KITTY_"),
)
_DROPPED = ("OLDPWD", "COLORTERM", "STY", "WT_SESSION", "VTE_VERSION", "LANGUAGE", "SSH_AUTH_SOCK")
# Its mask is itself, and the time is always the same: commits of the agent have the same names in
# every recording, and in its replay.
_GITCONFIG = """[user]
\tname = Codex Test
\temail = user@example.com
[init]
\tdefaultBranch = main
[commit]
\tgpgsign = false
[safe]
\tdirectory = *
"""


def find_binary(option: str | None = None) -> Path:
    """
    The Codex binary to run: the one asked for, else the one of ``openai-codex-cli-bin``.

    Raises:
        HarnessError: There is none; the message says how to get one.
    """
    if option:
        path = Path(shutil.which(option) or option).expanduser()
        if not path.is_file():
            raise HarnessError(f"--codex-bin: there is no file {option!r}")
        if not os.access(path, os.X_OK):
            raise HarnessError(f"--codex-bin: {path} cannot be executed")
        return path.absolute()
    try:
        package = import_module("codex_cli_bin")
        return Path(package.bundled_codex_path())
    except (ImportError, OSError) as error:
        raise HarnessError(
            "this tier needs a real Codex binary and none is installed: "
            "pip install openai-codex-cli-bin, or name one with --codex-bin=PATH. "
            f"({error})"
        ) from error


@cache
def binary_version(binary: Path) -> str:
    """
    The version a binary says it is, e.g. ``0.163.0``.

    Raises:
        HarnessError: It does not answer ``--version``.
    """
    try:
        done = subprocess.run(
            [str(binary), "--version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise HarnessError(f"{binary} does not answer --version: {error}") from error
    return (done.stdout.split() or ["unknown"])[-1]


class Runtime:
    """
    An isolated Codex home and everything needed to start the real binary in it.

    Args:
        binary: The Codex binary.
        workspace: The directory the agent works in; it is marked as trusted, as the
            user's own project would be.
        model_url: Base URL of the model.
        proxy_url: The proxy for everything that is not loopback; refuses by default. None
            leaves the network, and what an administrator manages, as the user has it.
        config: Additions to the configuration, as TOML or as a nested mapping; they win
            over ours.
        env: Environment variables to set in every process.
        auth: A login, in the form of Codex's file.
        keep: Environment variables that are not taken out: keys of the model's provider.
    """

    def __init__(
        self,
        binary: Path,
        *,
        workspace: Path,
        model_url: str,
        proxy_url: str | None = REFUSING_PROXY,
        config: Mapping[str, Any] | str | None = None,
        env: Mapping[str, str] | None = None,
        auth: Mapping[str, Any] | None = None,
        keep: Collection[str] = (),
    ) -> None:
        self.binary = binary
        self._proxy_url = proxy_url
        self.keep = frozenset(keep)
        self._extra = dict(env or {})
        settings = base_config(workspace, model_url)
        toml.merge(settings, toml.loads(config) if isinstance(config, str) else config or {})
        text = toml.dumps({key: value for key, value in settings.items() if value is not None})
        directory = homes.directory()
        homes.sweep(directory)
        self._place = homes.Home(directory)
        self.home = self._place.codex
        self.user_home = self._place.user
        _write(self.home / "config.toml", text)
        if auth is not None:
            _write(self.home / "auth.json", json.dumps(auth))
        (self.user_home / ".gitconfig").write_text(_GITCONFIG, encoding="utf-8")

    def command(self, args: Sequence[str] = ("app-server",)) -> list[str]:
        """
        The command line that runs our binary with these arguments.
        """
        return [str(self.binary), *args]

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """
        An environment for a process of this home.

        Args:
            base: What the process would have got, the current environment by default.
                What leads to the user's own account, homes or git is taken out.
        """
        given = os.environ if base is None else base
        env = {
            name: value
            for name, value in given.items()
            if name in self.keep
            or (not name.startswith(_DROPPED_PREFIXES) and name not in _DROPPED)
        }
        if self._proxy_url is not None:
            for name in ("http_proxy", "https_proxy", "all_proxy"):
                env[name] = env[name.upper()] = self._proxy_url
            env["no_proxy"] = env["NO_PROXY"] = _LOOPBACK
            env["CODEX_APP_SERVER_DISABLE_MANAGED_CONFIG"] = "1"
        else:
            without = env.get("no_proxy") or env.get("NO_PROXY")
            env["no_proxy"] = env["NO_PROXY"] = f"{without},{_LOOPBACK}" if without else _LOOPBACK
        env.update(
            CODEX_HOME=str(self.home),
            HOME=str(self.user_home),
            GIT_CONFIG_NOSYSTEM="1",
            GIT_AUTHOR_DATE="1704067200 +0000",
            GIT_COMMITTER_DATE="1704067200 +0000",
            TERM="xterm",
            LANG="C.UTF-8",
        )
        return {**env, **self._extra}

    def leftovers(self) -> list[int]:
        """
        Processes of this home that are still alive, background commands included.
        """
        return sorted(homes.processes_of(self.home))

    def close(self) -> None:
        """
        Kill what is left of this home's processes and remove it.
        """
        self._place.close()
        mountpoints.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _write(path: Path, text: str) -> None:
    """
    Write a file that only its owner can read: it may hold a key.
    """
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def base_config(workspace: Path, model_url: str) -> dict[str, Any]:
    """
    The configuration every test starts from.

    Only what isolation needs: approval policy and sandbox stay those of a user who
    trusts the project.
    """
    return {
        # This model may edit with apply_patch; its to-do list tool has to be asked for.
        "model": "gpt-5.5",
        "tools": {"update_plan": {"enabled": True}},
        "model_provider": "scripted",
        "model_providers": {
            "scripted": {
                "name": "scripted",
                "base_url": model_url,
                "wire_api": "responses",
                "request_max_retries": 0,
                "stream_max_retries": 0,
            }
        },
        # Plugin synchronisation would call chatgpt.com and github.com at every start; a
        # model that cannot be reached would be tried for ever.
        "features": {"plugins": False, "unbounded_connection_retries": False},
        "analytics": {"enabled": False},
        "feedback": {"enabled": False},
        "check_for_update_on_startup": False,
        "cli_auth_credentials_store": "file",
        "mcp_oauth_credentials_store": "file",
        "projects": {os.path.realpath(workspace): {"trust_level": "trusted"}},
    }
