"""
A CI job that lets Codex mend what makes the tests of a project fail.

It runs the tests, gives the failure to the agent, and runs them again, a few times at most. The
agent may change sources only: whatever it does elsewhere is undone and told to it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openai_codex import ApprovalMode, Codex, CodexConfig, Sandbox

SOURCES = "src/"
TASK = "The tests of this project fail. Mend the code below src/, never the tests.\n\n{}"
AGAIN = "They still fail. Try again.\n\n{}"
HANDS_OFF = "I put back what you changed outside of src/: {}. Mend the code instead.\n\n{}"


@dataclass
class Report:
    """
    What became of a failing build.

    Attributes:
        fixed: Whether the tests pass now.
        attempts: How often the agent was asked.
        notes: What the agent said, one entry per attempt.
        failure: What the tests said last, empty when they pass.
    """

    fixed: bool = False
    attempts: int = 0
    notes: list[str] = field(default_factory=list)
    failure: str = ""


def fix(project: Path, tests: Sequence[str], attempts: int = 3) -> Report:
    """
    Make the tests of a project pass, or say why not.

    Args:
        project: A git checkout.
        tests: The command that runs the tests.
        attempts: How often to ask the agent.
    """
    report = Report(failure=run_tests(project, tests))
    if not report.failure:
        return Report(fixed=True)
    with Codex(CodexConfig(cwd=str(project))) as codex:
        thread = codex.thread_start(
            sandbox=Sandbox.workspace_write, approval_mode=ApprovalMode.deny_all
        )
        prompt = TASK.format(report.failure)
        while not report.fixed and report.attempts < attempts:
            result = thread.run(prompt)
            report.attempts += 1
            report.notes.append(result.final_response or "")
            undone = undo_outside_sources(project)
            report.failure = run_tests(project, tests)
            report.fixed = not report.failure
            prompt = HANDS_OFF.format(", ".join(undone), report.failure) if undone else ""
            prompt = prompt or AGAIN.format(report.failure)
    return report


def run_tests(project: Path, command: Sequence[str]) -> str:
    """
    The output of the failing tests; empty when all pass.
    """
    # Stale bytecode hides an edit that keeps a file's size within one second.
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": "src"}
    done = subprocess.run(
        command, cwd=project, env=env, capture_output=True, text=True, timeout=600, check=False
    )
    return (done.stdout + done.stderr).strip() if done.returncode else ""


def undo_outside_sources(project: Path) -> list[str]:
    """
    Put back what was changed outside of the sources, and name it.
    """
    listed = git(project, "status", "--porcelain", "--untracked-files=all").splitlines()
    changed = [line[3:] for line in listed if not line[3:].startswith(SOURCES)]
    for name in changed:
        if git(project, "ls-files", "--", name):
            git(project, "checkout", "--", name)
        else:
            (project / name).unlink()
    return changed


def git(project: Path, *args: str) -> str:
    """
    What git says in a project.
    """
    done = subprocess.run(
        ["git", *args], cwd=project, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout
