"""
Start-up stays cheap: what the plugin and the fake server load before they are needed.

import-linter also sees imports inside functions, so only a fresh process can tell.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = "openai_codex pydantic syrupy hypothesis vcr rich typer detect_secrets".split()
START_PATH = "__future__ json sys os time re enum collections functools threading".split()
CHEAP = "select _signal gc".split()
"""Needed to wait with a deadline, to end well, and to read in peace; each is cheap."""
CHECKSUM = {"_sha2", "_sha256"}
"""Python's own SHA-256 under its two names; hashlib would load OpenSSL."""
DEADLINE = 60


def fresh(*args: str, cwd: Path, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """
    Run a new interpreter that sees this checkout and no third-party pytest plugin.
    """
    return subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **env},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


def loaded_heavy(output: str) -> list[str]:
    """
    Heavy modules named in the list that a child printed after ``LOADED``.
    """
    found = re.search(r"^LOADED (\[.*\])$", output, re.MULTILINE)
    assert found, output
    return [name for name in HEAVY if name in json.loads(found[1])]


REPORT = "import json, sys; print('\\nLOADED', json.dumps(sorted(sys.modules)))"


@pytest.mark.parametrize("module", ["pytest_codex", "pytest_codex.plugin"])
def test_importing_is_light(module: str, tmp_path: Path) -> None:
    """
    Importing the package or its plugin loads none of the heavy libraries.
    """
    child = fresh("-c", f"import {module}\n{REPORT}", cwd=tmp_path)

    assert [] == loaded_heavy(child.stdout + child.stderr)


def test_collecting_is_light(tmp_path: Path) -> None:
    """
    A run that only collects loads none of the heavy libraries, even for tests of ours.
    """
    (tmp_path / "conftest.py").write_text(f"def pytest_unconfigure():\n    {REPORT}\n")
    (tmp_path / "test_it.py").write_text("def test_it(codex, codex_model): pass\n")

    child = fresh("-m", "pytest", "-sq", "--co", "-p", "pytest_codex.plugin", cwd=tmp_path)

    assert "test_it.py::test_it" in child.stdout, child.stdout + child.stderr
    assert [] == loaded_heavy(child.stdout)


def test_running_other_tests_is_light(tmp_path: Path) -> None:
    """
    A run of tests that use nothing of ours loads none of the heavy libraries.
    """
    (tmp_path / "conftest.py").write_text(f"def pytest_unconfigure():\n    {REPORT}\n")
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n")

    child = fresh("-m", "pytest", "-s", "-p", "pytest_codex.plugin", cwd=tmp_path)

    assert "1 passed" in child.stdout, child.stdout + child.stderr
    assert [] == loaded_heavy(child.stdout)


def imported(stderr: str) -> set[str]:
    """
    Module names in the report of ``-X importtime``.
    """
    return set(re.findall(r"^import time:.*\|\s*([\w.]+)$", stderr, re.MULTILINE))


def test_the_fake_server_starts_on_few_modules(tmp_path: Path) -> None:
    """
    From process start to the reply of initialize only the agreed modules are loaded.
    """
    from fake_server.transcript import Event, Transcript

    (tmp_path / "agreed").mkdir()
    (tmp_path / "agreed" / "__main__.py").write_text(f"import {', '.join(START_PATH + CHEAP)}\n")
    request = {"id": 0, "method": "initialize", "params": {"clientInfo": {"name": "probe"}}}
    result = {"id": 0, "result": {"userAgent": "codex/0.163.0"}}
    cassette = tmp_path / "one.codex.jsonl"
    spawn = {"args": [], "cwd": "{workspace}"}
    Transcript(
        {"codex": "0.163.0"},
        [Event(1, "spawn", spawn), Event(1, "client", request), Event(1, "server", result)],
    ).save(str(cassette))

    flags = ("-S", "-X", "importtime", "-m")
    agreed = fresh(*flags, "agreed", cwd=tmp_path)
    server = fresh(
        *flags,
        *("fake_server", "--cassette", str(cassette), "app-server"),
        cwd=tmp_path,
        stdin=json.dumps(request) + "\n",
        PYTHONPATH=str(ROOT),
    )

    assert "userAgent" in server.stdout, server.stdout + server.stderr
    extra = imported(server.stderr) - imported(agreed.stderr) - CHECKSUM
    assert [] == sorted(name for name in extra if name.partition(".")[0] != "fake_server")
