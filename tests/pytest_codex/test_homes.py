"""
Homes come, go, and are swept away when their owner was killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fake_server.errors import HarnessError
from pytest_codex import homes

# A run that makes a home, starts something in it that outlives its session, and is killed.
KILLED_RUN = """
import os, pathlib, signal, subprocess, sys
from pytest_codex import homes
home = homes.Home(pathlib.Path(sys.argv[1]))
(home.codex / "auth.json").write_text("{}")
child = subprocess.Popen(
    ["sleep", "600"],
    env={**os.environ, "CODEX_HOME": str(home.codex)},
    start_new_session=True,
    stdout=subprocess.DEVNULL,
)
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""

OTHER_RUN = """
import pathlib, sys
from pytest_codex import homes
homes.sweep(pathlib.Path(sys.argv[1]))
"""


def alive(pid: int) -> bool:
    """
    Whether a process is there and not merely unburied.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_home_is_gone_after_close(tmp_path: Path) -> None:
    """
    Nothing of a home stays, neither directory nor lock; closing again does nothing.
    """
    home = homes.Home(tmp_path / "homes")
    assert home.codex.is_dir()
    assert home.user.is_dir()
    (home.codex / "deep").mkdir()
    (home.codex / "deep" / "file").write_text("x")

    home.close()
    home.close()

    assert [] == list((tmp_path / "homes").iterdir())


def test_a_home_in_use_is_not_swept(tmp_path: Path) -> None:
    """
    A sweep of the same or another run leaves the homes of living runs alone.
    """
    home = homes.Home(tmp_path)

    homes.sweep(tmp_path)
    subprocess.run([sys.executable, "-c", OTHER_RUN, str(tmp_path)], check=True, env=with_sources())

    assert home.codex.is_dir()
    home.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_run_is_swept_with_its_processes(tmp_path: Path) -> None:
    """
    What a killed run left, files and processes, is gone after the next sweep.
    """
    done = subprocess.run(
        [sys.executable, "-c", KILLED_RUN, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=30,
        env=with_sources(),
    )
    child = int(done.stdout)
    assert -signal.SIGKILL == done.returncode
    assert alive(child)
    assert 2 == len(list(tmp_path.iterdir()))

    homes.sweep(tmp_path)

    assert not alive(child)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_closing_kills_what_still_runs(tmp_path: Path) -> None:
    """
    A process in a session of its own dies with the home; one of another home does not.
    """
    mine, other = homes.Home(tmp_path), homes.Home(tmp_path)
    children = [
        subprocess.Popen(
            ["sleep", "600"],
            env={**os.environ, "CODEX_HOME": str(home.codex)},
            start_new_session=True,
        )
        for home in (mine, other)
    ]
    assert [children[0].pid] == list(homes.processes_of(mine.codex))

    mine.close()

    assert -signal.SIGKILL == children[0].wait(5)
    assert children[1].poll() is None
    other.close()
    assert -signal.SIGKILL == children[1].wait(5)


def test_sweeping_nothing(tmp_path: Path) -> None:
    """
    There need not be a directory of homes yet.
    """
    homes.sweep(tmp_path / "none")

    assert not (tmp_path / "none").exists()


def test_the_place_of_homes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    Homes live in the user's cache, wherever that is.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tmp_path / "pytest-codex" / "homes" == homes.directory()

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path / ".cache" / "pytest-codex" / "homes" == homes.directory()


def test_a_place_that_cannot_be_written_is_an_error_with_its_cure(tmp_path: Path) -> None:
    """
    When no home can be made, the message says what to set.
    """
    (tmp_path / "file").write_text("")

    with pytest.raises(HarnessError, match="Set XDG_CACHE_HOME"):
        homes.Home(tmp_path / "file" / "homes")


def with_sources() -> dict[str, str]:
    """
    An environment in which a child finds our packages, installed or not.
    """
    return {**os.environ, "PYTHONPATH": str(Path(homes.__file__).parents[1])}
