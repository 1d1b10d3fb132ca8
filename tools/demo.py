"""
Record a session with the real agent, then replay it without any Codex; behind `make demo`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "demo"
DEADLINE = 180

NO_CODEX = """\
import sys


class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "codex_cli_bin":
            raise ImportError("the demo replays without Codex")


sys.meta_path.insert(0, Blocked())
"""


def run(directory: Path, *options: str) -> str:
    """
    Run the example's test; end the demo with pytest's output when it fails.

    Returns:
        What the test printed.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider"]
    env = {key: value for key, value in os.environ.items() if key != "CI"}
    done = subprocess.run(
        [*command, *options],
        cwd=directory,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout)
    return done.stdout


def show(title: str, output: str) -> float:
    """
    Print what one run showed.

    Returns:
        The milliseconds it took.
    """
    print(f"\n== {title}")
    start = output.index("final response")
    end = re.search(r"^\.?\s*\[?1 passed|^1 passed|^\.\s", output[start:], re.MULTILINE)
    print(output[start : start + end.start() if end else None].rstrip())
    found = re.search(r"^time +(\d+) ms", output, re.MULTILINE)
    return float(found[1]) if found else 0.0


def main() -> None:
    """
    Record, block Codex, replay, compare.
    """
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for path in EXAMPLE.glob("*.py"):
            shutil.copy(path, directory)
        recorded = run(directory, "--codex-record-mode=rewrite")
        real = show("recording: the real agent, in a real sandbox, on a scripted model", recorded)
        cassette = next(directory.rglob("*.codex.jsonl"))
        lines = len(cassette.read_text(encoding="utf-8").splitlines())
        print(f"\ncassette        {cassette.relative_to(directory)}, {lines} lines")
        (directory / "conftest.py").write_text(NO_CODEX, encoding="utf-8")
        fake = show("replay: no Codex process, no model, no network", run(directory))
    print(f"\nrecorded in {real:.0f} ms, replayed in {fake:.0f} ms")


if __name__ == "__main__":
    main()
