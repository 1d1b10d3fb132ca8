"""
Keep the schema of every published Codex from the oldest supported one on: ``make schemas``.

Each binary is fetched from the package index, asked for its schema, and removed again; what is
here already is not fetched. From then on the version is enough for ``pytest-codex validate``
and ``drift``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

from fake_server.errors import HarnessError
from pytest_codex import schema
from tools.published import DEADLINE, PIP, published

PACKAGE = "openai-codex-cli-bin"


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
    for version in published(PACKAGE):
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
