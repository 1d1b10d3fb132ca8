"""
Keep the schema of every published Codex from the oldest supported one on: ``make schemas``.

Each binary is fetched from the package index, asked for its schema, and removed again; what is
here already is not fetched. From then on the version is enough for ``pytest-codex validate``
and ``drift``.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile

from fake_server.errors import HarnessError
from pytest_codex import schema
from pytest_codex.versions import is_older

PACKAGE = "openai-codex-cli-bin"
OLDEST = "0.147.0"
DEADLINE = 600
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


def published() -> list[str]:
    """
    The versions on the package index that are supported, oldest first.
    """
    done = subprocess.run(
        [*PIP, "index", "versions", PACKAGE],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    (line,) = re.findall(r"^Available versions: (.+)$", done.stdout, re.MULTILINE)
    return [one for one in reversed(line.split(", ")) if not is_older(one, OLDEST)]


def fetch(version: str) -> None:
    """
    Fetch one binary, and keep its schema only.
    """
    with tempfile.TemporaryDirectory(prefix="codex-binary-") as place:
        wanted = ["--no-deps", "--target", place, f"{PACKAGE}=={version}"]
        subprocess.run([*PIP, "install", "-qq", *wanted], timeout=DEADLINE, check=True)
        schema.find(place)


def main() -> int:
    """
    Fetch what is missing.
    """
    for version in published():
        try:
            schema.find(version)
        except HarnessError:
            fetch(version)
            print(f"{version}: fetched", flush=True)
        else:
            print(f"{version}: here", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
