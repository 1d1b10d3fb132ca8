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


class MountPoints:
    """
    Remembers what is not there yet, to take it away afterwards.

    Args:
        places: The directories to look after.
    """

    def __init__(self, places: tuple[Path, ...] | None = None) -> None:
        where = places or tuple({Path("/tmp"), Path(tempfile.gettempdir())})
        self._missing = [place / name for place in where for name in NAMES if absent(place / name)]

    def clear(self) -> None:
        """
        Remove what came since and is empty, unless another sandbox still stands on it.

        The last sandbox that ends by itself removes them, so they are left to it.
        """
        present = [path for path in self._missing if path.is_dir() and not path.is_symlink()]
        if present and not in_use(Path(tempfile.gettempdir())):
            for path in present:
                with suppress(OSError):  # not empty: somebody uses it
                    path.rmdir()


def absent(path: Path) -> bool:
    """
    Whether there is nothing, not even a dangling link.
    """
    return not os.path.lexists(path)


def in_use(temporary: Path) -> bool:
    """
    Whether a sandbox that is still alive has noted down any mount point.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    notes = temporary / f"codex-bwrap-synthetic-mount-targets-{user}"
    return any(alive(int(note.name)) for note in notes.glob("*/*") if note.name.isdigit())


def alive(pid: int) -> bool:
    """
    Whether a process exists.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
