"""
Where isolated Codex homes live, and how nothing of them stays behind.

Each home is locked by the process that made it, for as long as that process lives: a home
whose lock can be had belongs to a run that was killed, and the next run sweeps it away,
together with the processes that still work in it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fake_server.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterator


def directory() -> Path:
    """
    The directory of all homes.

    Not in the temporary directory: Codex makes no helper binaries for a home there, and
    commands of the agent would then miss ``apply_patch``.
    """
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "pytest-codex" / "homes"


class Home:
    """
    One home: a directory for Codex and one for the user, gone after :meth:`close`.

    Args:
        among: The directory of all homes.

    Raises:
        HarnessError: It cannot be written to.
    """

    def __init__(self, among: Path) -> None:
        try:
            among.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock, self._root = _reserve(among)
            self.codex = self._root / "codex"
            self.user = self._root / "user"
            self.codex.mkdir()
            self.user.mkdir()
        except OSError as error:
            raise HarnessError(
                f"cannot make a Codex home below {among}: {error}. Set XDG_CACHE_HOME to a "
                "directory that can be written and is not the temporary directory."
            ) from error

    def close(self) -> None:
        """
        Kill what still works in this home and remove it.
        """
        if self._root.exists():
            _clear(self._lock, self._root)


def sweep(among: Path) -> None:
    """
    Remove the homes, and kill the processes, of runs that were killed.
    """
    if sys.platform == "win32":  # no advisory locks there
        return
    for path in among.glob("*.lock"):
        lock = _locked(path)
        if lock is not None:
            _clear(lock, path.with_suffix(""))


def processes_of(codex_home: Path) -> Iterator[int]:
    """
    Every process whose environment names this Codex home.

    Commands of the agent run in sessions of their own and can outlive the app-server, so
    neither its process group nor its children lead to them; the environment does.
    """
    if sys.platform == "linux":
        mark = b"\0CODEX_HOME=" + os.fsencode(codex_home) + b"\0"
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid():
                with suppress(OSError):  # gone meanwhile, or somebody else's
                    if mark in b"\0" + Path(f"/proc/{entry}/environ").read_bytes() + b"\0":
                        yield int(entry)
    elif sys.platform != "win32":
        command = ["ps", "-axwwE", "-o", "pid=,command="]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            pid = int(line.split(None, 1)[0])
            if f"CODEX_HOME={codex_home} " in f"{line} " and pid != os.getpid():
                yield pid


def _reserve(among: Path) -> tuple[int, Path]:
    """
    A new directory and its lock.

    The lock comes first, so that no other run takes a home that is being made for a
    stale one.
    """
    while True:
        root = among / secrets.token_hex(6)
        lock = _locked(root.with_suffix(".lock"), os.O_CREAT | os.O_EXCL)
        if lock is not None:
            root.mkdir(mode=0o700)
            return lock, root


def _locked(path: Path, flags: int = 0) -> int | None:
    """
    The file, open and locked; None when somebody else holds it or it is gone.
    """
    try:
        handle = os.open(path, os.O_RDWR | flags, 0o600)
    except (FileExistsError, FileNotFoundError):
        return None
    # The file may have been swept between our open and our lock.
    if flock(handle) and path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
        return handle
    os.close(handle)
    return None


def flock(handle: int) -> bool:
    """
    Lock an open file until it is closed, if nobody else has.
    """
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def _clear(lock: int, root: Path) -> None:
    """
    Kill, remove and unlock.
    """
    _kill(root / "codex")
    # A process that just died may still have left a file: try again.
    for _ in range(20):
        shutil.rmtree(root, ignore_errors=True)
        if not root.exists():
            break
        time.sleep(0.02)
    root.with_suffix(".lock").unlink(missing_ok=True)
    os.close(lock)


def _kill(codex_home: Path, deadline: float = 3.0) -> None:
    """
    Kill a home's processes until there is none, for they may start new ones meanwhile.
    """
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        pids = list(processes_of(codex_home))
        if not pids:
            return
        for pid in pids:
            with suppress(OSError):
                os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        time.sleep(0.01)
