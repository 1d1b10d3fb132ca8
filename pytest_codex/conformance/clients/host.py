"""
The server that clients under test talk to: the replay engine on a composed scene.

Run as a process that stands where a ``codex`` binary stands. Standard library only, since
it starts without site-packages and shall start fast.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import time

from fake_server import messages
from fake_server.engine import ReplayEngine, ReplayOptions
from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from fake_server.transcript import Transcript

from . import acts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fake_server.messages import Message

SCENE, LOG = "scene.codex.jsonl", "wire.jsonl"
"""Names of the files beside the executable: what is played, and what was seen."""

LIFETIME = 300
"""Seconds after which the process ends whatever happens: nothing of ours is left behind."""

MOMENT = 0.03
"""Seconds between the answer to turn/start and what follows: less than the shortest turn takes.
A client that is not ready by then loses the end of real turns, too."""

COURTESY: dict[str, dict[str, Any]] = {
    "account/rateLimits/read": {"rateLimits": {}},
    "account/read": {"account": None, "requiresOpenaiAuth": False},
    "config/read": {"config": {}, "origins": {}},
    "configRequirements/read": {"requirements": None},
    "hooks/list": {"data": []},
    "mcpServerStatus/list": {"data": []},
    "model/list": {"data": []},
    "skills/list": {"data": []},
    "thread/archive": {},
    "thread/list": {"data": []},
    "thread/loaded/list": {"data": []},
    "thread/name/set": {},
    "thread/unsubscribe": {"status": "unsubscribed"},
}
"""Answers to what clients ask beside their task, where the scene does not say otherwise."""

_CHUNK = 1 << 16
_KEPT = 4000


class Host:
    """
    Decides what to do; without I/O, so that it can be tested without a process.

    Args:
        scene: What is played.

    Attributes:
        requests: How often each method was requested.
        answers: The ids of our requests that were answered, as JSON.
    """

    def __init__(self, scene: Transcript) -> None:
        options = ReplayOptions(match_on=("method",), approvals="any")
        self._engine = ReplayEngine(scene, Places(), Redactor.for_environment({}), options)
        self._connection = self._engine.connect(())
        self._held: list[tuple[dict[str, Any], list[str]]] = []
        self._last_ids: dict[str, object] = {}
        self._borrowed: dict[str, str] = {}
        self.requests: dict[str, int] = {}
        self.answers: set[str] = set()

    def receive(self, line: str) -> list[str]:
        """
        Take a line of the client.

        Returns:
            What to send and to do, in order; `acts.is_act` tells which is which.
        """
        message = _parsed(line)
        if isinstance(message, dict) and isinstance(message.get("method", ""), str):
            self._note(message)
            if messages.is_response(message):
                message["id"] = self._borrowed.get(messages.encode(message["id"]), message["id"])
                line = messages.encode(message)
        before = len(self._engine.problems)
        played = self._connection.receive(line)
        if len(self._engine.problems) > before:
            return self._unexpected(message)
        out: list[str] = []
        self._play([str(what) for kind, what in played if kind == "send"], out)
        while any(self._holds(condition) for condition, _ in self._held):
            self._release(out)
        return out

    def _unexpected(self, message: Any) -> list[str]:
        """
        What is said to what the scene does not expect.
        """
        if not isinstance(message, dict) or not messages.is_request(message):
            return []
        method, number = message["method"], message["id"]
        if "initialize" not in self.requests:
            return [messages.error(number, "Not initialized")]
        if method == "initialize":
            return [messages.error(number, "Already initialized")]
        if method in COURTESY:
            return [messages.encode({"id": number, "result": COURTESY[method]})]
        return [messages.error(number, f"the suite does not expect {method} here")]

    def _note(self, message: Message) -> None:
        if messages.is_request(message):
            method = message["method"]
            self.requests[method] = self.requests.get(method, 0) + 1
            self._last_ids[method] = message["id"]
        elif messages.is_response(message):
            self.answers.add(messages.encode(message["id"]))

    def _play(self, lines: list[str], out: list[str]) -> None:
        for index, line in enumerate(lines):
            if not line.startswith('{"method": "' + acts.UNTIL):
                out.append(self._lent(line))
                continue
            condition = acts.read(line)[1]
            if condition.keys() & {"answer", "method"}:
                self._release(out)
                hold = not self._holds(condition)
            else:
                hold = True
            if hold:
                self._held.append((condition, lines[index + 1 :]))
                return

    def _release(self, out: list[str]) -> None:
        """
        Send what was held for something that has happened by now.
        """
        ready = [lines for condition, lines in self._held if self._holds(condition)]
        self._held = [pair for pair in self._held if not self._holds(pair[0])]
        for lines in ready:
            self._play(lines, out)

    def _holds(self, condition: dict[str, Any]) -> bool:
        if "answer" in condition:
            wanted = messages.encode(condition["answer"])
            borrowed = [live for live, own in self._borrowed.items() if own == condition["answer"]]
            return wanted in self.answers or any(live in self.answers for live in borrowed)
        if "method" in condition:
            return self.requests.get(condition["method"], 0) >= int(condition["count"])
        return True

    def _lent(self, line: str) -> str:
        """
        Give a request of ours the id that the client used for its own, if the scene says so.
        """
        if f'"id": "{acts.CLIENT_ID}' not in line:
            return line
        message = json.loads(line)
        live = self._last_ids[message["id"].removeprefix(acts.CLIENT_ID)]
        self._borrowed[messages.encode(live)] = message["id"]
        return messages.encode({**message, "id": live})


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


class Process:
    """
    The host on standard input and output, with a log of all that went over them.

    Args:
        directory: Where the scene is, and where the log is written.
    """

    def __init__(self, directory: str) -> None:
        self._host = Host(Transcript.load(os.path.join(directory, SCENE)))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._log = os.open(os.path.join(directory, LOG), flags, 0o600)
        self._size = 0
        self._stays = False
        self._output = True

    def run(self, args: list[str]) -> None:
        """
        Serve until the client goes, or the scene ends the process.
        """
        signal.signal(signal.SIGTERM, self._terminated)
        signal.alarm(LIFETIME)
        self._note({"event": "start", "args": args})
        rest = b""
        while data := os.read(0, _CHUNK):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._take(line)
        if rest:
            self._take(rest)
        self._note({"event": "eof"})
        while self._stays:
            time.sleep(1)

    def _take(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        self._note({"client": text})
        if not text.strip():
            return
        waiting: list[str] = []
        for out in self._host.receive(text):
            if acts.is_act(out):
                self._send(waiting)
                waiting = []
                self._act(*acts.read(out))
            else:
                waiting.append(out)
        self._send(waiting)

    def _act(self, act: str, params: dict[str, Any]) -> None:
        if act == acts.REST:
            time.sleep(MOMENT)
        elif act == acts.RAW:
            self._write(base64.b64decode(params["base64"]))
        elif act == acts.CHUNKS:
            self._size = params["size"]
        elif act == acts.STDERR:
            os.write(2, (b"noise " * 20 + b"\n") * (params["size"] // 121))
        elif act == acts.STAY:
            self._stays = True
        elif act == acts.CLOSE_OUTPUT:
            self._output = False
            os.close(1)
        elif act == acts.EXIT:
            self._end(params["code"], params["text"])

    def _end(self, code: int, text: str) -> None:
        os.write(2, text.encode())
        self._note({"event": "exit", "code": code})
        if code < 0:
            os.kill(os.getpid(), -code)
        os._exit(code)

    def _send(self, lines: list[str]) -> None:
        for line in lines:
            self._note({"server": line[:_KEPT]})
        if lines:
            self._write("".join(line + "\n" for line in lines).encode("utf-8"))

    def _write(self, data: bytes) -> None:
        size = self._size or len(data)
        try:
            while data and self._output:
                data = data[os.write(1, data[:size]) :]
        except BrokenPipeError:
            self._output = False
            self._note({"event": "nobody reads"})

    def _note(self, what: dict[str, Any]) -> None:
        entry = {"at": time.monotonic(), "pid": os.getpid(), **what}
        os.write(self._log, (json.dumps(entry) + "\n").encode())

    def _terminated(self, _number: int, _frame: object) -> None:
        self._note({"event": "sigterm"})
        if self._stays:
            return
        os._exit(0)


def main(directory: str, args: list[str]) -> int:
    """
    Stand where a ``codex`` binary stands.

    Returns:
        The exit status: 2 for what only a whole Codex can do.
    """
    if "--version" in args:
        print("codex-cli 0.163.0")
        return 0
    if "app-server" not in args:
        print(f"conformance: only `codex app-server` is here, not {args}", file=sys.stderr)
        return 2
    Process(directory).run(args)
    return 0
