"""
A pytest plugin that makes sure no real Codex can take part: ``-p tools.offline``.

The package with the binary cannot be imported, no ``codex`` is on the PATH, and no socket
reaches anything but this machine. Together with ``unshare --net`` it is the proof that a
replay needs nothing but the cassette.
"""

from __future__ import annotations

import os
import sys

os.environ["PATH"] = os.pathsep.join(
    place
    for place in os.environ.get("PATH", "").split(os.pathsep)
    if not os.path.exists(os.path.join(place, "codex"))
)
sys.modules["codex_cli_bin"] = None  # type: ignore[assignment]
