"""
Empty directories that Codex's sandbox leaves in the temporary directory.

To protect ``.git`` and the like in every directory a command may write to, the Linux sandbox
mounts over them, and makes them where they are missing. It takes them away again when the
command ends, but not when it is killed, as a background command is when the app-server
closes. An empty ``/tmp/.git`` would then change where Codex sees the root of a project, in
every later test.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

NAMES = (".git", ".agents", ".codex", ".aws")


def clear(*places: Path) -> None:
    """
    Remove the mount points of killed sandboxes, unless another sandbox stands on them.

    A sandbox notes down its mount points and takes the note back when it ends: a note of a
    dead process tells that one was killed. While any lives nothing is removed, for the last
    one that ends by itself will do it.

    Args:
        places: The directories to look into; by default those Codex lets commands write to.
    """
    pids = noted()
    if not pids or any(alive(pid) for pid in pids):
        return
    for place in places or {Path("/tmp"), Path(tempfile.gettempdir())}:
        for name in NAMES:
            if not (place / name).is_symlink():
                with suppress(OSError):  # not there, or not empty: then it is somebody's
                    (place / name).rmdir()


def notebook() -> Path:
    """
    Where sandboxes note down their mount points, one file per process.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    return Path(tempfile.gettempdir()) / f"codex-bwrap-synthetic-mount-targets-{user}"


def noted() -> list[int]:
    """
    The processes with a note; notes come and go while we read.
    """
    pids: list[int] = []
    with suppress(OSError):
        for page in os.scandir(notebook()):
            with suppress(OSError):
                pids += [int(name) for name in os.listdir(page) if name.isdigit()]
    return pids


def alive(pid: int) -> bool:
    """
    Whether a process is there and is a sandbox: numbers are given again.
    """
    try:
        return b"codex-linux-sandbox" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
