"""
The examples are what users' projects look like: each runs by itself, in replay and for real.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "docs" / "examples"
EXAMPLES = sorted(path.parent for path in PLACE.glob("*/pyproject.toml"))
NAMES = [path.name for path in EXAMPLES]
OURS = ("pytest_codex", "fake_server")
DEADLINE = 600


def run(directory: Path, *options: str) -> str:
    """
    Run pytest in a directory as its owner would.

    Returns:
        Its output; it has passed everything.
    """
    hidden = ("PYTEST_", "CODEX_", "OPENAI_")
    env = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=directory,
        env={**env, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed in ", done.stdout, re.MULTILINE), done.stdout
    return done.stdout


def files_in(directory: Path) -> dict[str, bytes]:
    """
    Every file below a directory that a user would commit.
    """
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and ".codex-artifacts" not in path.parts
    }


def imported(path: Path) -> set[str]:
    """
    The top-level packages a module imports, wherever in it.
    """
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


def copy_of(example: Path, place: Path) -> Path:
    """
    An example outside of this checkout.
    """
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    return shutil.copytree(example, place / example.name, ignore=ignored)


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_example_replays_as_a_project_of_its_own(example: Path, tmp_path: Path) -> None:
    """
    Outside of this checkout it passes without options, and no file is written.
    """
    project = copy_of(example, tmp_path)
    before = files_in(project)

    run(project)

    assert files_in(project) == before


# Codex uses one fixed port for a ChatGPT login; see test_recordings.
@pytest.mark.xdist_group("the port that a ChatGPT login listens on")
def test_examples_run_for_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The same tests pass with the real agent and a scripted model, it does what was recorded, and no
    boundary cries wolf: a verifying run is in the scripted tier, too.
    """
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    projects = copy_of(PLACE, tmp_path)
    before = files_in(projects)

    how = ("--codex-record-mode=verify", "-p", "tests.watching", "--import-mode=importlib")
    output = run(projects, *how, "-n", "2")

    assert re.search(r"^codex: \d+ verified ", output, re.MULTILINE), output
    assert files_in(projects) == before


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_application_knows_nothing_of_its_tests(example: Path) -> None:
    """
    Application code is on the SDK, as in production; it does not import our packages.
    """
    modules = sorted(example.glob("*.py"))

    assert any("openai_codex" in imported(module) for module in modules)
    assert [] == [module.name for module in modules if imported(module) & {*OURS, "pytest"}]


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_example_is_complete(example: Path) -> None:
    """
    Every test has its cassette, no cassette is left over, and the documents tell of it.
    """
    cassettes = {path.name.partition(".")[0] for path in example.rglob("*.codex.jsonl")}
    tests = set(re.findall(r"^(?:async )?def (test_\w+)", sources_of_tests(example), re.MULTILINE))

    assert tests == {name.partition("-")[0] for name in cassettes}
    assert (example / "README.md").is_file()
    listed = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    assert f"(examples/{example.name}/README.md)" in listed


def sources_of_tests(example: Path) -> str:
    """
    The text of all tests of an example.
    """
    paths = sorted(example.glob("tests/test_*.py"))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)
