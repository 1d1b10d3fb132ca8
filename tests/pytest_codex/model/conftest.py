"""
A small raw client and a small world, to see on the wire what the real agent makes of a script.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex.model import ModelServer, ScriptedModel
from pytest_codex.runtime import Runtime, find_binary
from tests.older import OLDEST, older_binary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_codex.recording.tee import TeedProcess
    from pytest_codex.transports import MemoryProcess

Message = dict[str, Any]
DEADLINE = 20.0


class Client:
    """
    A client of one app-server process: sends JSON lines, keeps everything it reads.
    """

    def __init__(
        self,
        process: subprocess.Popen[str] | TeedProcess | MemoryProcess,
        deadline: float = DEADLINE,
    ) -> None:
        self.process = process
        self._deadline = deadline
        self.messages: list[Message] = []
        self.answers: dict[str, Callable[[Message], Message]] = {}
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._ids = itertools.count(1)
        threading.Thread(target=self._read, daemon=True).start()
        self.request(
            "initialize",
            {
                "clientInfo": {"name": "wire", "title": "Wire", "version": "1"},
                "capabilities": {"experimentalApi": True},
            },
        )
        self.send({"method": "initialized"})

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def send(self, message: Message) -> None:
        """
        Send one message.
        """
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def wait(self, wanted: Callable[[Message], bool], since: int = 0) -> Message:
        """
        The first message that is wanted, among those read or still to come.
        """
        for message in self.messages[since:]:
            if wanted(message):
                return message
        end = time.monotonic() + self._deadline
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"it never came; last: {self.messages[-3:]}"
            message = dict(json.loads(line))
            self.messages.append(message)
            if "method" in message and "id" in message and message["method"] in self.answers:
                result = self.answers[message["method"]](message["params"])
                self.send({"id": message["id"], "result": result})
            if wanted(message):
                return message

    def call(self, method: str, params: Message | None = None) -> Message:
        """
        The whole answer to a request, error or not.
        """
        number = next(self._ids)
        self.send({"id": number, "method": method, "params": params or {}})
        return self.wait(lambda m: m.get("id") == number and "method" not in m)

    def request(self, method: str, params: Message | None = None) -> Any:
        """
        The result of a request.
        """
        answer = self.call(method, params)
        assert "result" in answer, answer
        return answer["result"]

    def thread(self, **params: Any) -> str:
        """
        Start a thread.
        """
        return str(self.request("thread/start", params)["thread"]["id"])

    def start(self, thread: str, text: str = "go", **params: Any) -> str:
        """
        Start a turn and come back at once.
        """
        given = {"threadId": thread, "input": [{"type": "text", "text": text}], **params}
        return str(self.request("turn/start", given)["turn"]["id"])

    def completed(self, turn: str) -> Message:
        """
        Wait for the end of a turn.
        """
        message = self.wait(
            lambda m: m.get("method") == "turn/completed" and m["params"]["turn"]["id"] == turn
        )
        return dict(message["params"]["turn"])

    def turn(self, thread: str, text: str = "go", **params: Any) -> Message:
        """
        A whole turn.
        """
        return self.completed(self.start(thread, text, **params))

    def said(self, method: str) -> list[Message]:
        """
        The params of all notifications and server requests of one method, so far.
        """
        return [m["params"] for m in self.messages if m.get("method") == method]

    def items(self, kind: str) -> list[Message]:
        """
        The completed items of one type.
        """
        done = (params["item"] for params in self.said("item/completed"))
        return [item for item in done if item["type"] == kind]

    def notice(self, method: str, **params: Any) -> Message:
        """
        Wait for a notification or a server request.
        """
        return self.wait(
            lambda m: (
                m.get("method") == method
                and all(m["params"].get(key) == value for key, value in params.items())
            )
        )

    def close(self) -> int:
        """
        End the way a polite client ends.
        """
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        code = self.process.wait(self._deadline)
        self.process.stdout.close()
        return code


class Wire(Client):
    """
    The same with a real app-server of its own.
    """

    def __init__(self, runtime: Runtime, cwd: Path) -> None:
        super().__init__(
            subprocess.Popen(
                runtime.command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=cwd,
                env=runtime.environment(),
                text=True,
                encoding="utf-8",
            )
        )


class World:
    """
    A workspace, a scripted model and the real agent between them.
    """

    def __init__(self, base: Path, binary: Path) -> None:
        self.binary = binary
        self.workspace = base / "ws"
        self.workspace.mkdir()
        (self.workspace / "hello.py").write_text("print('hi')\n")
        self.model = ScriptedModel()
        self.server = ModelServer(self.model)
        self.runtimes: list[Runtime] = []
        self.wires: list[Wire] = []

    def runtime(self, **how: Any) -> Runtime:
        """
        An isolated home.
        """
        given = {"model_url": self.server.url, "proxy_url": self.server.proxy_url, **how}
        self.runtimes.append(Runtime(self.binary, workspace=self.workspace, **given))
        return self.runtimes[-1]

    def wire(self, config: Any = None, *, runtime: Runtime | None = None) -> Wire:
        """
        A connected client.
        """
        self.wires.append(Wire(runtime or self.runtime(config=config), self.workspace))
        return self.wires[-1]

    def close(self) -> None:
        """
        End everything.
        """
        for wire in self.wires:
            wire.close()
        for runtime in self.runtimes:
            runtime.close()
        self.server.close()


@pytest.fixture(scope="session")
def binary(request: pytest.FixtureRequest) -> Path:
    """
    The real binary, of another version when the environment names one.

    Tests of what a script does on the wire run on the oldest supported version, too.
    """
    if getattr(request, "param", None) == "oldest":
        return older_binary(OLDEST)
    return find_binary(os.environ.get("PYTEST_CODEX_BIN"))


@pytest.fixture
def world(tmp_path: Path, binary: Path) -> Iterator[World]:
    """
    A world for one test.
    """
    made = World(tmp_path, binary)
    yield made
    made.close()
