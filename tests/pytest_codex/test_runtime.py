"""
The binary, the configuration and the environment of the real agent.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fake_server.errors import HarnessError
from pytest_codex import runtime, toml

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "http://127.0.0.1:1/v1"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[runtime.Runtime]:
    """
    A runtime that starts nothing.
    """
    with runtime.Runtime(Path("codex"), workspace=tmp_path, model_url=URL) as one:
        yield one


def test_the_installed_binary_is_found() -> None:
    """
    Without an option the binary of the installed package is used, and tells its version.
    """
    binary = runtime.find_binary(None)

    assert binary.is_file()
    assert runtime.binary_version(binary).count(".") == 2


def test_the_binary_of_the_option_wins(tmp_path: Path) -> None:
    """
    A named binary is taken, by path or from PATH, and always comes back absolute.
    """
    mine = tmp_path / "codex"
    mine.write_text("#!/bin/sh\necho codex-cli 9.8.7\n")
    mine.chmod(0o755)

    assert mine == runtime.find_binary(str(mine))
    assert "9.8.7" == runtime.binary_version(mine)
    assert runtime.find_binary("sh").is_absolute()


def test_a_binary_that_is_not_there(tmp_path: Path) -> None:
    """
    A wrong path is named, and so is a file that cannot be executed.
    """
    (tmp_path / "text").write_text("")

    with pytest.raises(HarnessError, match="no file '/nowhere/codex'"):
        runtime.find_binary("/nowhere/codex")
    with pytest.raises(HarnessError, match="cannot be executed"):
        runtime.find_binary(str(tmp_path / "text"))


def test_no_binary_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without the package the message says how to get a binary.
    """
    monkeypatch.setitem(sys.modules, "codex_cli_bin", None)

    with pytest.raises(HarnessError, match=r"pip install openai-codex-cli-bin, or .*--codex-bin"):
        runtime.find_binary(None)


def test_a_binary_that_is_no_codex() -> None:
    """
    Something that fails at --version is named.
    """
    with pytest.raises(HarnessError, match="does not answer --version"):
        runtime.binary_version(Path("/bin/false"))


def test_the_home_is_outside_the_temporary_directory(made: runtime.Runtime) -> None:
    """
    Codex would make no helper binaries for a home in the temporary directory.
    """
    import tempfile

    assert Path(tempfile.gettempdir()).resolve() not in made.home.resolve().parents
    assert made.home.parent == made.user_home.parent
    assert (made.user_home / ".gitconfig").is_file()


def test_the_home_is_removed(made: runtime.Runtime) -> None:
    """
    After close there is no home.
    """
    made.close()

    assert not made.home.parent.exists()


def test_a_broken_configuration_leaves_no_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    An error in the user's TOML comes before anything is made.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(HarnessError, match="not TOML"):
        runtime.Runtime(Path("codex"), workspace=tmp_path, model_url=URL, config="= =")

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "config", [{"features": {"goals": False}, "model": "x"}, 'model = "x"\n[features]\ngoals=false']
)
def test_the_configuration_takes_additions(tmp_path: Path, config: Any) -> None:
    """
    The user's configuration adds to ours and wins, as a mapping or as TOML.
    """
    with runtime.Runtime(Path("codex"), workspace=tmp_path, model_url=URL, config=config) as made:
        written = toml.loads((made.home / "config.toml").read_text())

    assert "x" == written["model"]
    assert {"goals": False, "plugins": False} == {
        key: written["features"][key] for key in ("goals", "plugins")
    }
    provider = written["model_providers"][written["model_provider"]]
    assert (URL, 0, 0) == (
        provider["base_url"],
        provider["request_max_retries"],
        provider["stream_max_retries"],
    )


def test_the_environment_leads_nowhere(made: runtime.Runtime) -> None:
    """
    Account, homes, git settings and network of the user are out of reach.
    """
    given = {
        "PATH": "/bin",
        "MINE": "kept",
        "HOME": "/home/me",
        "CODEX_HOME": "/home/me/.codex",
        "OPENAI_API_KEY": "sk-x",
        "OPENAI_BASE_URL": "http://x",
        "CODEX_API_KEY": "sk-y",
        "XDG_CONFIG_HOME": "/home/me/.config",
        "GIT_DIR": "/home/me/repo",
        "PYTEST_ADDOPTS": "-x",
        "HTTPS_PROXY": "http://company:3128",
        "TERM": "dumb",
    }

    env = made.environment(given)

    proxies = {f"{kind}_proxy" for kind in ("http", "https", "all")}
    assert {runtime.REFUSING_PROXY} == {env.pop(name) for name in proxies}
    assert {runtime.REFUSING_PROXY} == {env.pop(name.upper()) for name in proxies}
    assert env.pop("no_proxy") == env.pop("NO_PROXY") == "127.0.0.1,localhost,::1"
    assert {
        "PATH": "/bin",
        "MINE": "kept",
        "HOME": str(made.user_home),
        "CODEX_HOME": str(made.home),
        "CODEX_APP_SERVER_DISABLE_MANAGED_CONFIG": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": "1704067200 +0000",
        "GIT_COMMITTER_DATE": "1704067200 +0000",
        "TERM": "xterm",
        "LANG": "C.UTF-8",
    } == env


def test_variables_of_the_test_come_last(tmp_path: Path) -> None:
    """
    What the test sets is set, even what is taken out otherwise.
    """
    extra = {"OPENAI_BASE_URL": "http://x"}
    with runtime.Runtime(Path("codex"), workspace=tmp_path, model_url=URL, env=extra) as made:
        assert "http://x" == made.environment({})["OPENAI_BASE_URL"]
        assert "PATH" in made.environment()


def test_the_command(made: runtime.Runtime) -> None:
    """
    Arguments follow our binary.
    """
    assert ["codex", "app-server"] == made.command()
    assert ["codex", "exec", "hi"] == made.command(["exec", "hi"])


def test_leftovers_are_listed(made: runtime.Runtime) -> None:
    """
    A process of this home is a leftover until it ends.
    """
    child = subprocess.Popen(["sleep", "600"], env=made.environment())
    try:
        assert [child.pid] == made.leftovers()
    finally:
        child.kill()
        child.wait(5)

    assert [] == made.leftovers()
