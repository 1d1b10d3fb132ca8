"""
Applications that run several agents at the same time, each on a server of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pytest_codex.recording.test_overhearing import CLIENT_OF_ITS_OWN

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

pytestmark = pytest.mark.usefixtures("_codex")

POOL = """
import os, threading
from concurrent.futures import ThreadPoolExecutor

PROMPTS = os.environ["PROMPTS"].split()

def work(prompt):
    with Codex() as codex:
        return codex.thread_start().run(prompt).final_response

def test_it(codex_session, codex_model):
    for prompt in PROMPTS:
        codex_model.script(prompt).say(prompt.upper())
    with ThreadPoolExecutor(len(PROMPTS)) as pool:
        assert list(pool.map(work, PROMPTS)) == [prompt.upper() for prompt in PROMPTS]
"""

COMMANDS = (
    CLIENT_OF_ITS_OWN.replace("def talk(command, **policy):", "def talk(command, text, **policy):")
    .replace('"text": "hi"', '"text": text')
    .replace(
        'talk.read(lambda message: message.get("method") == "turn/completed")',
        'talk.read(lambda message: message.get("method") == "item/completed"\n'
        '                  and message["params"]["item"].get("text") == text.upper())\n'
        '        talk.read(lambda message: message.get("method") == "turn/completed")',
    )
    + """
import os
from concurrent.futures import ThreadPoolExecutor

PROMPTS = os.environ["PROMPTS"].split()

def test_it(codex_session, codex_model):
    for prompt in PROMPTS:
        codex_model.script(prompt).say(prompt.upper())
    command = codex_session.command
    with ThreadPoolExecutor(len(PROMPTS)) as pool:
        list(pool.map(lambda prompt: talk(command, prompt), PROMPTS))
"""
)


@pytest.fixture
def _codex() -> None:
    pytest.importorskip("codex_cli_bin", reason="these tests run the real app-server")


@pytest.mark.parametrize("text", [POOL, COMMANDS], ids=["clients", "commands"])
def test_side_by_side(text: str, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Recorded, verified, and replayed in both transports, whoever comes first.
    """
    project.test(text)
    monkeypatch.setenv("PROMPTS", "zebra ant monkey")
    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    project.run("--codex-record-mode=verify").assert_outcomes(passed=1)

    for transport in ("memory", "stdio"):
        for order in ("zebra ant monkey", "ant monkey zebra", "monkey zebra ant"):
            monkeypatch.setenv("PROMPTS", order)
            result = project.run(f"--codex-transport={transport}")
            result.assert_outcomes(passed=1)
        monkeypatch.setenv("PROMPTS", "zebra ant lion")
        assert project.run(f"--codex-transport={transport}").ret != 0
