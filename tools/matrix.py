"""
Run the whole suite and a scripted smoke test under every supported SDK and Python.

Standard library only: `make matrix` works on a fresh machine. Each combination gets a
virtual environment under `.venvs/`, kept between runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SDKS = ("0.147.0", "0.155.1", "0.160.1", "0.163.0")
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
TOOLS = (
    *("pytest-asyncio", "pytest-xdist", "pytest-rerunfailures", "anyio", "trio"),
    *("httpx", "requests"),
)
# Twice as many workers as cores: half of the time of many tests is waiting.
WORKERS = str(2 * (os.cpu_count() or 1))
REPLAY = ("tests", "docs/examples", "--ignore=tests/house", "-n", WORKERS, "--dist", "loadgroup")
# What a version's own server does is the matter of `make conformance`, which knows all of these.
NEWEST_ONLY = ("--ignore=tests/pytest_codex/conformance",)
SMOKE = (
    *("tests/scenarios", "--codex-tier=scripted"),
    *("-k", "test_run or stream or accepted or declined or interrupt"),
)
ALONE = ("--last-failed", "--last-failed-no-failures=none")
INSTALL_DEADLINE = 900
SUITE_DEADLINE = 1500


class Combination:
    """
    One interpreter with one SDK version.

    Attributes:
        python: Path of the interpreter.
        version: Its version, as `3.12`.
        sdk: Version of `openai-codex`.
    """

    def __init__(self, python: str, version: str, sdk: str) -> None:
        self.python = python
        self.version = version
        self.sdk = sdk

    @property
    def name(self) -> str:
        """
        Name of the virtual environment.
        """
        return f"py{self.version}-sdk{self.sdk}"

    @property
    def venv(self) -> Path:
        """
        Where the virtual environment is.
        """
        return ROOT / ".venvs" / self.name


def version_of(python: str) -> str | None:
    """
    Version of an interpreter that can make virtual environments, None if it cannot.
    """
    probe = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-c", probe], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def find_pythons() -> dict[str, str]:
    """
    Interpreters on this machine by version: from PATH, else from pyenv's folder.
    """
    found: dict[str, str] = {}
    installed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in PYTHONS:
        candidates = [shutil.which(f"python{version}")]
        candidates += [str(path / "bin/python") for path in sorted(installed.glob(f"{version}.*"))]
        for candidate in candidates:
            if candidate and version_of(candidate) == version:
                found[version] = candidate
                break
    return found


def combinations() -> list[Combination]:
    """
    Every SDK on the default Python, and the newest SDK on every Python.
    """
    default = version_of(sys.executable) or ""
    pairs = [Combination(sys.executable, default, sdk) for sdk in SDKS]
    for version, python in find_pythons().items():
        if version != default:
            pairs.append(Combination(python, version, SDKS[-1]))
    return pairs


def run(command: list[str], log: Path, deadline: float, env: dict[str, str]) -> tuple[bool, str]:
    """
    Run a command with its output in a log.

    Returns:
        Whether it succeeded, and the last line it printed.
    """
    with log.open("ab") as output:
        try:
            status = subprocess.run(
                command,
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=deadline,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return False, f"did not end within {deadline:.0f} s"
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return status == 0, lines[-1] if lines else ""


def install(one: Combination, log: Path) -> tuple[bool, str]:
    """
    Make the virtual environment of a combination, or bring it up to date.
    """
    python = str(one.venv / "bin/python")
    if not Path(python).exists():
        subprocess.run([one.python, "-m", "venv", "--clear", str(one.venv)], check=True)
    pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
    wanted = ["-e", ".[all]", f"openai-codex=={one.sdk}", *TOOLS]
    return run([*pip, *wanted], log, INSTALL_DEADLINE, dict(os.environ))


def check(one: Combination) -> tuple[bool, str, str]:
    """
    Install and test one combination.

    Returns:
        Whether all is well, and the closing lines of the replay suite and the smoke test.
    """
    log = one.venv.with_name(one.name + ".log")
    log.parent.mkdir(exist_ok=True)
    log.write_bytes(b"")
    installed, line = install(one, log)
    if not installed:
        return False, f"install failed: {line[:60]}", ""
    pytest = [str(one.venv / "bin/python"), "-m", "pytest", "-q"]
    # Where bytecode is not written, every pytest run inside of a test rewrites all plugins.
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    suite = REPLAY if one.sdk == SDKS[-1] else (*REPLAY, *NEWEST_ONLY)
    replayed, replay = run([*pytest, *suite], log, SUITE_DEADLINE, env)
    if not replayed:
        # Servers before 0.160 lose the output of quick commands on a busy machine: alone, what
        # fails for that passes. What fails again has failed.
        replayed, alone = run([*pytest, *suite[:3], *ALONE], log, SUITE_DEADLINE, env)
        replay = f"{replay}; alone again: {alone}"
    smoked, smoke = run([*pytest, *SMOKE], log, SUITE_DEADLINE, env)
    return replayed and smoked, replay, smoke


def main() -> int:
    """
    Run all combinations, or those whose name contains an argument; print a table.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="parts of names, such as sdk0.147 or py3.10")
    chosen = parser.parse_args().only
    failed = 0
    print(f"{'combination':<20} {'result':<8} {'time':>6}  replay | scripted", flush=True)
    for one in combinations():
        if chosen and not any(part in one.name for part in chosen):
            continue
        start = time.monotonic()
        good, replay, smoke = check(one)
        failed += not good
        spent = time.monotonic() - start
        word = "ok" if good else "FAILED"
        print(f"{one.name:<20} {word:<8} {spent:5.0f}s  {replay} | {smoke}", flush=True)
    missing = sorted(set(PYTHONS) - {one.version for one in combinations()})
    if missing:
        print(f"not found on this machine: Python {', '.join(missing)}")
    if failed:
        print(f"{failed} failed; see .venvs/*.log")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
