"""
What is committed works on every machine: no path or package index of one machine is in it.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# One letter of each word is in brackets, so that this file does not find itself.
FORBIDDEN = re.compile(
    r"""
      /roo[t](?=[/"'`\s]|$)
    | /wor[k]/(?:main|shared|\.[a-z])
    | /opt/(?:pyp[i]|wheel[s])
    | /tmp/(?:ven[v]|spe[c]|bash_job[s])
    | inde[x]-url\s*[=\s]
    | https?://[^/\s"'`]+/simpl[e]\b
    | pythonhoste[d]\.org
    """,
    re.VERBOSE,
)


def own_places() -> list[str]:
    """
    This checkout and the home of whoever runs the tests, unless a common word.
    """
    return [str(path) for path in (ROOT, Path.home()) if len(path.parts) > 2]


def tracked_files() -> list[Path]:
    """
    Files git knows, in this checkout.
    """
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


AGENT = re.compile(r'"agentPath": "(/[^"]+)"|"(/roo[t]/(?:counter|b))"')
"""Sub-agents are named like paths from a root of their own; in tests they are two."""


def without_agents(lines: list[str]) -> list[str]:
    """
    The lines of a cassette without the names of its sub-agents.
    """
    names = {name for line in lines for pair in AGENT.findall(line) for name in pair if name}
    for name in names:
        lines = [line.replace(name, "") for line in lines]
    return lines


def test_no_file_names_a_machine() -> None:
    """
    No tracked file holds a path of the machine it was written on, or a package index.
    """
    places = own_places()
    found = []
    for path in tracked_files():
        if not path.is_file():
            continue
        lines = path.read_bytes().decode("utf-8", "replace").splitlines()
        for number, line in enumerate(without_agents(lines), 1):
            if FORBIDDEN.search(line) or any(place in line for place in places):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")

    assert [] == found
