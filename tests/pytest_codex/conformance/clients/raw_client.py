"""
A small client that does everything right: one connection, one thread of execution.

Its methods are what defects replace; see ``broken_clients.py``. Standard library only.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import time
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]

COMMAND = "item/commandExecution/requestApproval"
FILES = "item/fileChange/requestApproval"
QUESTION = "item/tool/requestUserInput"
OVERLOADED = -32001
GRACE = 0.5


class RefusedError(Exception):
    """
    The server answered with an error, or the turn failed.
    """

    def __init__(self, error: Message) -> None:
        super().__init__(error.get("message"))
        self.error = error


class Turn:
    """
    What is known of one turn.
    """

    def __init__(self, thread: str, number: str) -> None:
        self.thread = thread
        self.id = number
        self.status: str | None = None
        self.error: Message | None = None
        self.messages: list[Message] = []
        self.kinds: list[str] = []
        self.deltas: list[str] = []

    def report(self) -> Message:
        """
        What the suite wants to know.
        """
        final = [one for one in self.messages if one.get("phase") == "final_answer"]
        plain = [one for one in self.messages if one.get("phase") != "commentary"]
        chosen = final or plain
        found: Message = {
            "status": self.status,
            "final_response": chosen[-1]["text"] if chosen else None,
            "items": self.kinds,
            "deltas": "".join(self.deltas),
        }
        if self.status == "failed":
            found["error"] = self.error or {"message": "the turn failed"}
        return found


class Client:
    """
    Speaks with an app-server that it starts.

    Args:
        codex: The executable.
        decline: Whether to decline what needs an approval.
        opt_out: Notifications that are not wanted.

    Attributes:
        tries: How often a request is sent to a server that is overloaded.
    """

    tries = 4

    def __init__(self, codex: str, *, decline: bool = False, opt_out: tuple[str, ...] = ()) -> None:
        self.decline = decline
        self.opt_out = opt_out
        self.turns: dict[str, Turn] = {}
        self.early: list[Message] = []
        self.answers: dict[Any, Message] = {}
        self.logins: dict[str, bool] = {}
        self.on_delta: Callable[[Turn], object] | None = None
        self.next_id = 0
        self.process = self.start(codex)

    def start(self, codex: str) -> subprocess.Popen[bytes]:
        """
        Start the server.
        """
        return subprocess.Popen(
            [codex, "app-server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    # -- the wire ----------------------------------------------------------------

    def send(self, message: Message) -> None:
        """
        Send one message.
        """
        assert self.process.stdin
        self.process.stdin.write(self.encode(message))
        self.process.stdin.flush()

    def encode(self, message: Message) -> bytes:
        """
        One message as a line.
        """
        return json.dumps(message, ensure_ascii=False).encode() + b"\n"

    def read_line(self) -> bytes:
        """
        The next line; empty at the end.
        """
        assert self.process.stdout
        return self.process.stdout.readline()

    def step(self) -> None:
        """
        Take one message.
        """
        line = self.read_line()
        if not line:
            self.ended()
        message = self.decode(line)
        if isinstance(message, dict):
            self.take(message)

    def ended(self) -> None:
        """
        The server said its last word.
        """
        raise ConnectionError("the server has gone")

    def decode(self, line: bytes) -> Any:
        """
        The message of a line; None for what is none.
        """
        try:
            return json.loads(line.decode("utf-8", "replace"))
        except ValueError:
            return None

    def take(self, message: Message) -> None:
        """
        Take a request, a notification or an answer.
        """
        if "method" in message and "id" in message:
            self.send({"id": message["id"], **self.answer(message)})
        elif "method" in message:
            self.notified(message)
        elif "id" in message:
            self.answers[message["id"]] = message

    # -- what the server asks ------------------------------------------------------

    def answer(self, message: Message) -> Message:
        """
        The answer to a request of the server.
        """
        params = message.get("params")
        ids = ("threadId", "turnId", "itemId")
        whole = isinstance(params, dict) and all(isinstance(params.get(one), str) for one in ids)
        if message["method"] in (COMMAND, FILES, QUESTION) and not whole:
            return {"error": {"code": -32602, "message": "the params make no sense"}}
        if message["method"] in (COMMAND, FILES):
            return {"result": {"decision": self.decision()}}
        if message["method"] == QUESTION:
            assert isinstance(params, dict)
            first = {one["id"]: one["options"][0]["label"] for one in params["questions"]}
            return {"result": {"answers": {one: {"answers": [first[one]]} for one in first}}}
        return {"error": {"code": -32601, "message": "this client does not know that"}}

    def decision(self) -> str:
        """
        What the user decides.
        """
        return "decline" if self.decline else "accept"

    # -- what the server tells -----------------------------------------------------

    def notified(self, message: Message) -> None:
        """
        Take a notification; those of turns not known yet are kept.
        """
        params = message.get("params") or {}
        if message["method"] == "account/login/completed":
            self.logins[params["loginId"]] = params["success"]
        turn = params.get("turnId") or (params.get("turn") or {}).get("id")
        if turn in self.turns:
            self.follow(self.turns[turn], message["method"], params)
        elif turn is not None:
            self.early.append(message)

    def follow(self, turn: Turn, method: str, params: Message) -> None:
        """
        Note what happened in a turn.
        """
        if turn.status is not None:
            return
        if method == "item/completed":
            turn.kinds.append(params["item"]["type"])
            if params["item"]["type"] == "agentMessage":
                turn.messages.append(params["item"])
        elif method == "item/agentMessage/delta":
            turn.deltas.append(params["delta"])
            if self.on_delta is not None and len(turn.deltas) == 1:
                self.on_delta(turn)
        elif method == "turn/completed":
            turn.status, turn.error = params["turn"]["status"], params["turn"].get("error")

    # -- requests ------------------------------------------------------------------

    def ask(self, method: str, params: Message) -> int:
        """
        Send a request.
        """
        self.next_id += 1
        self.send({"id": self.next_id, "method": method, "params": params})
        return self.next_id

    def request(self, method: str, **params: Any) -> Any:
        """
        The result of a request; tried again while the server is overloaded.
        """
        for attempt in itertools.count(1):
            number = self.ask(method, params)
            while number not in self.answers:
                self.step()
            answer = self.answers.pop(number)
            if "error" not in answer:
                break
            if answer["error"].get("code") != OVERLOADED or attempt == self.tries:
                self.refused(answer["error"])
            time.sleep(0.01 * attempt)
        return answer.get("result")

    def refused(self, error: Message) -> None:
        """
        A request was refused for good.
        """
        raise RefusedError(error)

    def hello(self) -> None:
        """
        Shake hands.
        """
        capabilities: Message = {"experimentalApi": True}
        if self.opt_out:
            capabilities["optOutNotificationMethods"] = list(self.opt_out)
        info = {"name": "raw_client", "title": "Raw client", "version": "1.0.0"}
        self.request("initialize", clientInfo=info, capabilities=capabilities)
        self.send({"method": "initialized"})

    def thread(self, method: str = "thread/start", **params: Any) -> str:
        """
        A thread that is started, resumed or forked.
        """
        return str(self.request(method, **params)["thread"]["id"])

    def turn(self, thread: str, prompt: str) -> Turn:
        """
        Start a turn.
        """
        given = [{"type": "text", "text": prompt}]
        result = self.request("turn/start", threadId=thread, input=given)
        turn = Turn(thread, result["turn"]["id"])
        self.turns[turn.id] = turn
        waiting, self.early = self.early, []
        for message in waiting:
            self.notified(message)
        return turn

    def finish(self, turn: Turn) -> Message:
        """
        Wait until a turn is over.
        """
        while turn.status is None:
            self.step()
        return turn.report()

    def close(self) -> None:
        """
        End the server, politely first.
        """
        process = self.process
        assert process.stdin
        assert process.stdout
        with contextlib.suppress(OSError):
            process.stdin.close()
        for end in (process.terminate, process.kill):
            try:
                process.wait(GRACE)
                break
            except subprocess.TimeoutExpired:
                end()
        process.wait()
        process.stdout.close()
