"""
The real app-server, in a home of its own.

One :class:`Runtime` is what one test needs to start Codex without touching the user's
account, configuration or history: a Codex home with a configuration written by us, an
empty user home, and an environment in which nothing leads outside.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError
from pytest_codex import toml

try:
    import fcntl
except ImportError:  # no advisory locks there, so no sweeping either
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Nothing listens on the discard port: whatever goes there is refused at once.
REFUSING_PROXY = "http://127.0.0.1:9"
_LOOPBACK = "127.0.0.1,localhost,::1"
_DROPPED_PREFIXES = ("OPENAI_", "CODEX_", "GIT_", "XDG_", "TERM_PROGRAM", "TMUX", "KITTY_")
_DROPPED = ("COLORTERM", "STY", "WT_SESSION", "VTE_VERSION", "LANGUAGE", "SSH_AUTH_SOCK")
_GITCONFIG = """[user]
\tname = Codex Test
\temail = codex@example.com
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
        from codex_cli_bin import bundled_codex_path

        return Path(bundled_codex_path())
    except (ImportError, OSError) as error:
        raise HarnessError(
            "this tier needs a real Codex binary and none is installed: "
            "pip install openai-codex-cli-bin, or name one with --codex-bin=PATH. "
            f"({error})"
        ) from error


@lru_cache(maxsize=None)
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


def homes_directory() -> Path:
    """
    Where the isolated homes live.

    Not in the temporary directory: Codex makes no helper binaries for a home there, and
    commands of the agent would then miss ``apply_patch``.
    """
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "pytest-codex" / "homes"


class Runtime:
    """
    An isolated Codex home and everything needed to start the real binary in it.

    Args:
        binary: The Codex binary.
        workspace: The directory the agent works in; it is marked as trusted, as the
            user's own project would be.
        model_url: Base URL of the model, ``None`` for the real one.
        proxy_url: The proxy for everything that is not loopback; refuses by default.
        config: Additions to the configuration, as TOML or as a nested mapping; they win
            over ours.
        env: Environment variables to set in every process.
    """

    def __init__(
        self,
        binary: Path,
        *,
        workspace: Path,
        model_url: str | None,
        proxy_url: str = REFUSING_PROXY,
        config: Mapping[str, Any] | str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.binary = binary
        self._proxy_url = proxy_url if model_url else None
        self._extra = dict(env or {})
        settings = base_config(workspace, model_url)
        toml.merge(settings, toml.loads(config) if isinstance(config, str) else config or {})
        text = toml.dumps(settings)
        homes = homes_directory()
        sweep(homes)
        self._lock, self._root = _new_home(homes)
        self.home = self._root / "codex"
        self.user_home = self._root / "user"
        self.home.mkdir()
        self.user_home.mkdir()
        (self.home / "config.toml").write_text(text, encoding="utf-8")
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
            if not name.startswith(_DROPPED_PREFIXES) and name not in _DROPPED
        }
        if self._proxy_url:
            for name in ("http_proxy", "https_proxy", "all_proxy"):
                env[name] = env[name.upper()] = self._proxy_url
            env["no_proxy"] = env["NO_PROXY"] = _LOOPBACK
        env.update(
            CODEX_HOME=str(self.home),
            HOME=str(self.user_home),
            CODEX_APP_SERVER_DISABLE_MANAGED_CONFIG="1",
            GIT_CONFIG_NOSYSTEM="1",
            TERM="xterm",
            LANG="C.UTF-8",
        )
        return {**env, **self._extra}

    def leftovers(self) -> list[int]:
        """
        Processes of this home that are still alive, background commands included.
        """
        return sorted(_processes_of(self.home))

    def close(self) -> None:
        """
        Kill what is left of this home's processes and remove it.
        """
        if not self._root.exists():
            return
        _kill_processes_of(self.home)
        _remove(self._root)
        _release(self._lock, self._root)

    def __enter__(self) -> Runtime:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def base_config(workspace: Path, model_url: str | None) -> dict[str, Any]:
    """
    The configuration every test starts from.

    Only what isolation needs: approval policy and sandbox stay those of a user who
    trusts the project.
    """
    config: dict[str, Any] = {
        "check_for_update_on_startup": False,
        "cli_auth_credentials_store": "file",
        "mcp_oauth_credentials_store": "file",
        "analytics": {"enabled": False},
        "feedback": {"enabled": False},
        # Plugin synchronisation would call chatgpt.com and github.com at every start; a
        # model that cannot be reached would be tried for ever.
        "features": {"plugins": False, "unbounded_connection_retries": False},
        "projects": {os.path.realpath(workspace): {"trust_level": "trusted"}},
    }
    if model_url:
        config["model"] = "gpt-5.5"
        config["model_provider"] = "scripted"
        config["model_providers"] = {
            "scripted": {
                "name": "scripted",
                "base_url": model_url,
                "wire_api": "responses",
                "request_max_retries": 0,
                "stream_max_retries": 0,
            }
        }
    return config


def sweep(homes: Path) -> None:
    """
    Remove the homes, and kill the processes, of test runs that were killed.
    """
    if fcntl is None or not homes.is_dir():
        return
    for path in homes.glob("*.lock"):
        lock = _try_lock(path)
        if lock is None:
            continue
        root = path.with_suffix("")
        _kill_processes_of(root / "codex")
        _remove(root)
        _release(lock, root)


def _new_home(homes: Path) -> tuple[int | None, Path]:
    """
    A new directory, locked for as long as this process lives.

    The lock comes before the directory, so that no other run's sweep takes a home that
    is being made for a stale one.
    """
    try:
        homes.mkdir(parents=True, exist_ok=True, mode=0o700)
        while True:
            root = homes / secrets.token_hex(6)
            lock = _try_lock(root.with_suffix(".lock"), create=True)
            if lock is not None or fcntl is None:
                root.mkdir(mode=0o700)
                return lock, root
    except OSError as error:
        raise HarnessError(
            f"cannot make a Codex home below {homes}: {error}. Set XDG_CACHE_HOME to a "
            "directory that can be written and is not the temporary directory."
        ) from error


def _try_lock(path: Path, *, create: bool = False) -> int | None:
    """
    An open, locked file; None when another process holds it or it is gone.
    """
    if fcntl is None:
        return None
    try:
        handle = os.open(path, os.O_RDWR | (os.O_CREAT | os.O_EXCL if create else 0), 0o600)
    except (FileExistsError, FileNotFoundError):
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A sweep may have removed the file between our open and our lock.
        if os.path.samestat(os.fstat(handle), os.stat(path)):
            return handle
    except OSError:
        pass
    os.close(handle)
    return None


def _release(lock: int | None, root: Path) -> None:
    """
    Give a home's lock back.
    """
    if lock is not None:
        root.with_suffix(".lock").unlink(missing_ok=True)
        os.close(lock)


def _processes_of(home: Path) -> Iterator[int]:
    """
    Every process whose environment names this Codex home.

    Commands of the agent run in sessions of their own and outlive the app-server, so
    neither its process group nor its children lead to them; the environment does.
    """
    if sys.platform == "linux":
        mark = b"\0CODEX_HOME=" + os.fsencode(home) + b"\0"
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid():
                try:
                    with open(f"/proc/{entry}/environ", "rb") as file:
                        if mark in b"\0" + file.read() + b"\0":
                            yield int(entry)
                except OSError:  # gone, or somebody else's
                    continue
    elif os.name == "posix":
        done = subprocess.run(
            ["ps", "-axwwE", "-o", "pid=,command="], capture_output=True, text=True, check=False
        )
        for line in done.stdout.splitlines():
            pid = line.split(None, 1)[0]
            if f"CODEX_HOME={home} " in line + " " and int(pid) != os.getpid():
                yield int(pid)


def _kill_processes_of(home: Path, deadline: float = 3.0) -> None:
    """
    Kill a home's processes until there is none, for they may start new ones meanwhile.
    """
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        pids = list(_processes_of(home))
        if not pids:
            return
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
            except OSError:
                pass
        time.sleep(0.01)


def _remove(root: Path) -> None:
    """
    Remove a home; a process that just died may still leave a file, so try again.
    """
    for _ in range(5):
        shutil.rmtree(root, ignore_errors=True)
        if not root.exists():
            return
        time.sleep(0.05)
