"""
Everything shown in README.md and docs/ works: every fenced block is run.

Blocks of one document share a fresh directory and run from top to bottom. A comment
before a block says more: ``<!-- file: tests/test_bot.py -->`` names the file it is,
``<!-- write: test_bot.py -->`` only writes it, ``<!-- skip: reason -->`` leaves it alone,
``<!-- given: codex-0.155.1 -->`` leaves alone a block that downloads that version of Codex,
which ``make test`` has already done, ``<!-- exit: 1 -->`` expects a failure. The blocks of an
example's README run in a copy of the example.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.older import older_binary

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMENT = re.compile(r"^<!--\s*(file|write|skip|given|exit):\s*(.*?)\s*-->$")
FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,})\s*(?P<language>[\w+-]*)")
DEADLINE = 120


class Block:
    """
    One fenced block of a document.
    """

    def __init__(self, where: str, language: str, text: str, marks: dict[str, str]) -> None:
        self.where = where
        self.language = language
        self.text = text
        self.marks = marks


def blocks(path: Path) -> Iterator[Block]:
    """
    Read the fenced blocks of a document, each with the comments right before it.
    """
    marks: dict[str, str] = {}
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        if mark := COMMENT.match(line.strip()):
            marks[mark[1]] = mark[2]
        elif fence := FENCE.match(line):
            indent, ticks = len(fence["indent"]), fence["ticks"]
            body = []
            for _, inner in lines:
                if inner.strip() == ticks:
                    break
                body.append(inner[indent:])
            else:
                raise AssertionError(f"{path.name}:{number}: block is never closed")
            where = f"{path.relative_to(ROOT)}:{number}"
            yield Block(where, fence["language"], "\n".join(body) + "\n", marks)
            marks = {}
        elif line.strip():
            marks = {}


def run(command: list[str], directory: Path) -> tuple[int, str]:
    """
    Run a command as a reader would, with this environment's tools first on the path.
    """
    tools = str(Path(sys.executable).parent)
    hidden = ("PYTEST_", "CODEX_", "OPENAI_")
    env = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
    env.pop("CI", None)
    env.update(PATH=tools + os.pathsep + env.get("PATH", ""), NO_COLOR="1", COLUMNS="100")
    done = subprocess.run(
        command,
        cwd=directory,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    return done.returncode, done.stdout


def run_python(block: Block, directory: Path) -> None:
    """
    Run a block of Python: test files are recorded and replayed, others are executed.
    """
    if "write" in block.marks:
        (directory / block.marks["write"]).write_text(block.text, encoding="utf-8")
        return
    is_test = re.search(r"^\s*(async )?def test_", block.text, re.MULTILINE)
    name = f"block_{block.where.rpartition(':')[2]}.py"
    path = directory / block.marks.get("file", f"test_{name}" if is_test else name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")
    if not is_test and "file" in block.marks:
        return
    pytest_ = [sys.executable, "-m", "pytest", "-q", str(path.relative_to(directory))]
    commands = (
        [[*pytest_, "--codex-record-mode=once"], pytest_]
        if is_test
        else [[sys.executable, str(path)]]
    )
    for command in commands:
        status, output = run(command, directory)
        assert int(block.marks.get("exit", 0)) == status, f"{block.where}: {output}"


def loosened(text: str) -> str:
    """
    Take out of a line of output what differs from run to run.
    """
    return " ".join(re.sub(r"\d+(\.\d+)?\s?(ms|s|x)\b", "T", text).replace("=", "").split())


def check_output(block: Block, expected: list[str], output: str) -> None:
    """
    The lines shown appear in the output in that order; ``...`` stands for anything.
    """
    rest = iter([loosened(line) for line in output.splitlines()])
    for line in (loosened(line) for line in expected):
        pattern = re.compile(".*".join(map(re.escape, line.split("..."))))
        found = line in ("", "...") or any(pattern.search(candidate) for candidate in rest)
        assert found, f"{block.where}: {line!r} is missing, or not in that place, in:\n{output}"


def run_console(block: Block, directory: Path) -> None:
    """
    Run the lines that start with ``$ `` and compare the lines shown below each.
    """
    sessions = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert len(sessions) > 1, f"{block.where}: no line starts with '$ '"
    for session in sessions[1:]:
        lines = session.rstrip("\n").split("\n")
        command = lines.pop(0)
        while command.endswith("\\") and lines:
            command = f"{command}\n{lines.pop(0)}"
        status, output = run(["bash", "-c", command], directory)
        assert int(block.marks.get("exit", 0)) == status, f"{block.where}: {command}\n{output}"
        check_output(block, lines, output)


def parse_lines(text: str) -> None:
    """
    Parse JSON Lines.
    """
    for line in text.splitlines():
        json.loads(line)


def parse_toml(text: str) -> None:
    """
    Parse TOML where the standard library can.
    """
    if sys.version_info >= (3, 11):
        import tomllib

        tomllib.loads(text)


PARSERS: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "jsonl": parse_lines,
    "toml": parse_toml,
    "ini": lambda text: text,
    "text": lambda text: text,
    "diff": lambda text: text,
    "": lambda text: text,
}


def test_there_are_documents() -> None:
    """
    The documents are found where they are looked for.
    """
    assert all(path.is_file() for path in DOCUMENTS)


@pytest.mark.parametrize(
    ("shown", "good"),
    [
        (["1 passed in ..."], True),
        (["cassette a.jsonl, 9 lines", "1 passed in 0.5s"], True),
        (["1 failed in ..."], False),
        (["1 passed in 0.5s", "cassette a.jsonl, 9 lines"], False),
    ],
)
def test_output_is_compared(shown: list[str], good: bool) -> None:
    """
    Times may differ; words and their order may not.
    """
    block = Block("here:1", "console", "", {})
    output = "cassette   a.jsonl, 9 lines\n\n1 passed in 1.25s\n"

    if good:
        check_output(block, shown, output)
    else:
        with pytest.raises(AssertionError, match="is missing"):
            check_output(block, shown, output)


def test_a_failing_block_fails_the_document(tmp_path: Path) -> None:
    """
    A test file that fails, or a command that does, is told with its place.
    """
    broken = Block("here:7", "python", "def test_it():\n    assert not 'well'\n", {})

    with pytest.raises(AssertionError, match="here:7"):
        run_python(broken, tmp_path)
    with pytest.raises(AssertionError, match="here:9"):
        run_console(Block("here:9", "console", "$ exit 4\n", {}), tmp_path)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_document_works(path: Path, tmp_path: Path) -> None:
    """
    Every block of the document does what it shows.
    """
    if path.parent != ROOT and (path.parent / "pyproject.toml").is_file():
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(path.parent, tmp_path, ignore=ignored, dirs_exist_ok=True)
    for block in blocks(path):
        if "skip" in block.marks:
            assert block.marks["skip"], f"{block.where}: say why the block is skipped"
        elif "given" in block.marks:
            name = block.marks["given"]
            (tmp_path / name).symlink_to(older_binary(name.removeprefix("codex-")).parents[2])
        elif block.language == "python":
            run_python(block, tmp_path)
        elif block.language in ("console", "shell", "bash", "sh"):
            run_console(block, tmp_path)
        else:
            assert block.language in PARSERS, f"{block.where}: unknown language {block.language}"
            PARSERS[block.language](block.text)
            if "file" in block.marks:
                target = tmp_path / block.marks["file"]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text, encoding="utf-8")
