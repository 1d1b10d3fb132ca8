"""
Test runs inside tests: a small project, a hand-made cassette, and what came of it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fake_server.transcript import Event, Transcript

if TYPE_CHECKING:
    from collections.abc import Callable

# An in-process run forgets what it was the first to import, so these come before all runs.
for _module in (
    *("openai_codex", "pytest_codex.plugin", "pytest_codex.opening"),
    *("yaml", "vcr.cassette", "vcr.serialize", "vcr.matchers", "vcr.filters", "vcr.record_mode"),
):
    import_module(_module)

ROOT = Path(__file__).parents[2]
THREAD = "00000001-0000-7000-8000-000000000000"
TURN = "00000001-0001-7000-8000-000000000000"
DEADLINE = 300


class Project:
    """
    A user's project in a temporary directory, whose tests can be run.

    In-process runs are quick; ``fresh=True`` starts an interpreter of its own.
    """

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = pytester.path
        self._pytester = pytester
        self._monkeypatch = monkeypatch
        # The environment of the outer run must decide nothing in the inner one.
        for name in ("CI", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def write(self, name: str, text: str) -> Path:
        """
        Write a file of the project.
        """
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def test(self, text: str, name: str = "test_bot.py") -> Path:
        """
        Write a test file; ``from openai_codex import Codex`` is given.
        """
        return self.write(name, f"import pytest\nfrom openai_codex import Codex\n{text}")

    def record(self, test: str = "test_hello", *turns: tuple[str, str], **more: Any) -> Path:
        """
        Write a cassette for a test: one thread with these prompts and answers.
        """
        path = self.path / "cassettes" / "test_bot" / f"{test}.codex.jsonl"
        story(*(turns or (("hi", "Hello."),)), **more).save(path)
        return path

    def run(self, *args: str, fresh: bool = False) -> pytest.RunResult:
        """
        Run the project's tests.
        """
        words = ("-p", "pytest_codex.plugin", "-p", "no:cacheprovider", *args)
        if fresh:
            return self._pytester.run(sys.executable, "-m", "pytest", *words, timeout=DEADLINE)
        return self._pytester.runpytest_inprocess(*words)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """
    An empty project.
    """
    return Project(pytester, monkeypatch)


SPAWN = Event(1, "spawn", {"args": ["--config", "a=b"], "cwd": "{workspace}"})
INITIALIZE = Event(1, "client", {"id": 1, "method": "initialize", "params": {}})
INITIALIZED = Event(1, "server", {"id": 1, "result": {"userAgent": "codex/0.163.0"}})


@pytest.fixture
def cassette(tmp_path: Path) -> Callable[..., Path]:
    """
    A writer of cassettes that begin with a handshake, at lines 2 to 4.
    """

    def write(*events: Event) -> Path:
        path = tmp_path / "one.codex.jsonl"
        Transcript({"codex": "0.163.0"}, [SPAWN, INITIALIZE, INITIALIZED, *events]).save(path)
        return path

    return write


def story(*turns: tuple[str, str], effect: dict[str, Any] | None = None) -> Transcript:
    """
    A session as the official SDK holds it: one thread, one turn per prompt.
    """
    told = Teller()
    told.ask(
        "initialize",
        {"clientInfo": {"name": "codex_python_sdk", "title": "Codex Python SDK", "version": "0"},
         "capabilities": {"experimentalApi": True}},
        {"userAgent": "codex/0.163.0"},
    )  # fmt: skip
    told.add("client", {"method": "initialized"})
    if turns:
        told.ask(
            "thread/start",
            {"approvalPolicy": "on-request", "approvalsReviewer": "auto_review"},
            started_thread(),
        )
    for number, (prompt, answer) in enumerate(turns, 1):
        told.turn(number, prompt, answer, effect)
    return Transcript({"codex": "0.163.0"}, told.events)


class Teller:
    """
    Puts messages one after the other.
    """

    def __init__(self) -> None:
        self.events = [Event(1, "spawn", {"args": [], "cwd": "{workspace}"})]
        self._ids = 0

    def add(self, kind: str, body: Any) -> None:
        """
        Any event.
        """
        self.events.append(Event(1, kind, body))

    def ask(self, method: str, params: Any, result: Any) -> None:
        """
        A request and its answer.
        """
        self._ids += 1
        self.add("client", {"id": self._ids, "method": method, "params": params})
        self.add("server", {"id": self._ids, "result": result})

    def turn(self, number: int, prompt: str, answer: str, effect: Any) -> None:
        """
        One turn.
        """
        turn = f"00000001-{number:04d}-7000-8000-000000000000"
        about = {"threadId": THREAD, "turnId": turn}
        self.ask(
            "turn/start",
            {"threadId": THREAD, "input": [{"type": "text", "text": prompt}]},
            {"turn": {"id": turn, "items": [], "status": "inProgress"}},
        )
        self.add(
            "server",
            {"method": "turn/started", "params": {"threadId": THREAD, "turn": _turn(turn)}},
        )
        if effect:
            self.add("workspace", effect)
        item = {"type": "agentMessage", "id": f"msg_{number}", "text": answer}
        done = {**about, "item": item, "completedAtMs": 1700000000000}
        self.add("server", {"method": "item/completed", "params": done})
        end = {"threadId": THREAD, "turn": {**_turn(turn), "status": "completed"}}
        self.add("server", {"method": "turn/completed", "params": end})


def started_thread() -> dict[str, Any]:
    """
    The least that the SDK accepts as a started thread.
    """
    thread = {
        "id": THREAD,
        "sessionId": THREAD,
        "preview": "",
        "ephemeral": False,
        "modelProvider": "mock",
        "createdAt": 1700000000,
        "updatedAt": 1700000000,
        "status": {"type": "idle"},
        "cwd": "{workspace}",
        "cliVersion": "0.163.0",
        "source": "vscode",
        "turns": [],
    }
    return {
        "thread": thread,
        "model": "gpt-5.5",
        "modelProvider": "mock",
        "cwd": "{workspace}",
        "approvalPolicy": "never",
        "approvalsReviewer": "user",
        "sandbox": {"type": "workspaceWrite"},
    }


def _turn(turn: str) -> dict[str, Any]:
    return {"id": turn, "items": [], "status": "inProgress"}
