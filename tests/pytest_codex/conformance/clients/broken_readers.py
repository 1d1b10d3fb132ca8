"""
Clients that are each broken in how they follow a turn, read, or leave.
"""

from __future__ import annotations

import subprocess
import time
from typing import Any

from tests.pytest_codex.conformance.clients.raw_client import Client, Message, Turn


class TakesErrorsForTheEnd(Client):
    """
    Takes every ``error`` for the end of the turn.
    """

    def follow(self, turn: Turn, method: str, params: Message) -> None:
        if method == "error":
            turn.status, turn.error = "failed", params["error"]
        super().follow(turn, method, params)


class ForgetsFailures(Client):
    """
    Takes every turn that is over for one that went well.
    """

    def follow(self, turn: Turn, method: str, params: Message) -> None:
        super().follow(turn, method, params)
        if method == "turn/completed" and turn.status == "failed":
            turn.status = "completed"


class WaitsForItems(Client):
    """
    Waits until every item is completed.
    """

    def __init__(self, codex: str, **how: Any) -> None:
        self.open: set[str] = set()
        super().__init__(codex, **how)

    def follow(self, turn: Turn, method: str, params: Message) -> None:
        if method == "item/started":
            self.open.add(params["item"]["id"])
        elif method == "item/completed":
            self.open.discard(params["item"]["id"])
        super().follow(turn, method, params)

    def finish(self, turn: Turn) -> Message:
        while turn.status is None or (self.open and turn.status == "completed"):
            self.step()
        return turn.report()


class MixesThreads(Client):
    """
    Thinks that there is one turn at a time.
    """

    def notified(self, message: Message) -> None:
        under_way = [turn for turn in self.turns.values() if turn.status is None]
        params = message.get("params") or {}
        if under_way and "threadId" in params:
            self.follow(under_way[0], message["method"], params)
        else:
            super().notified(message)


class LosesWhatIsEarly(Client):
    """
    Forgets what comes before it knows the turn.
    """

    def turn(self, thread: str, prompt: str) -> Turn:
        given = [{"type": "text", "text": prompt}]
        result = self.request("turn/start", threadId=thread, input=given)
        turn = Turn(thread, result["turn"]["id"])
        self.turns[turn.id] = turn
        return turn


class TakesTheFirstMessage(Client):
    """
    Takes the first message for the answer.
    """

    def follow(self, turn: Turn, method: str, params: Message) -> None:
        if method == "item/completed" and turn.messages:
            return
        super().follow(turn, method, params)


class SplitsAtSeparators(Client):
    """
    Takes every character that ends a line, to Python, for the end of a message.
    """

    def read_line(self) -> bytes:
        line = super().read_line()
        return "\n".join(line.decode("utf-8", "replace").splitlines()[:1]).encode() or line


class SpeaksLatin(Client):
    """
    Writes Latin-1.
    """

    def encode(self, message: Message) -> bytes:
        return super().encode(message).decode().encode("latin-1", "replace")


class ReadsLittle(Client):
    """
    Reads a megabyte of a line and no more.
    """

    def read_line(self) -> bytes:
        assert self.process.stdout
        line = self.process.stdout.readline(1_000_000)
        return line if line.endswith(b"\n") or len(line) < 1_000_000 else b"too long\n"


class DropsPieces(Client):
    """
    Keeps a thousand pieces of a message.
    """

    def follow(self, turn: Turn, method: str, params: Message) -> None:
        if method == "item/agentMessage/delta" and len(turn.deltas) >= 1_000:
            return
        super().follow(turn, method, params)


class StumblesOverGarbage(Client):
    """
    Stops reading at the first line that it does not understand, and waits on.
    """

    def decode(self, line: bytes) -> Any:
        found = super().decode(line)
        if not isinstance(found, dict):
            time.sleep(3600)
        return found


class NeverReadsStandardError(Client):
    """
    Has a pipe for the server's standard error, and does not read it.
    """

    def start(self, codex: str) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        return subprocess.Popen([codex, "app-server"], stdin=pipe, stdout=pipe, stderr=pipe)


class LeavesTheServerBehind(Client):
    """
    Goes, and lets the server run: its input stays open in another process.
    """

    def close(self) -> None:
        subprocess.Popen(["sleep", "3600"], stdout=self.process.stdin, stdin=subprocess.DEVNULL)


class WaitsForTheServerToGo(Client):
    """
    Says goodbye, and waits for ever.
    """

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        for _ in self.process.stdout:
            pass
        self.process.wait()


class WaitsForAnInterrupt(Client):
    """
    Waits for the answer to an interrupt, whatever else happens.
    """

    def ask(self, method: str, params: Message) -> int:
        number = super().ask(method, params)
        while method == "turn/interrupt" and number not in self.answers:
            self.step()
        return number


class SteersNothing(Client):
    """
    Does not say which turn it means.
    """

    def ask(self, method: str, params: Message) -> int:
        if method == "turn/steer":
            params = {**params, "expectedTurnId": ""}
        return super().ask(method, params)
