"""
Clients that are each broken in one way, and the checks that must notice.
"""

from __future__ import annotations

import subprocess
import time
from typing import Any

from tests.pytest_codex.conformance.clients.raw_client import (
    COMMAND,
    FILES,
    QUESTION,
    Client,
    Message,
    RefusedError,
    Turn,
)

KNOWN = frozenset(
    "warning error configWarning deprecationNotice serverRequest/resolved turn/started "
    "turn/completed item/started item/completed item/agentMessage/delta thread/started "
    "thread/status/changed thread/tokenUsage/updated account/rateLimits/updated "
    "thread/goal/cleared item/commandExecution/outputDelta mcpServer/startupStatus/updated "
    "remoteControl/status/changed account/login/completed account/updated".split()
)


class IgnoresRequests(Client):
    """
    Never answers the server.
    """

    def take(self, message: Message) -> None:
        if "method" not in message or "id" not in message:
            super().take(message)


class AnswersWithoutError(Client):
    """
    Says that all is well, whatever it is asked.
    """

    def answer(self, message: Message) -> Message:
        found = super().answer(message)
        return {"result": {}} if "error" in found else found


class TurnsIdsIntoText(Client):
    """
    Thinks that every id is a string.
    """

    def take(self, message: Message) -> None:
        if "method" in message and "id" in message:
            self.send({"id": str(message["id"]), **self.answer(message)})
        else:
            super().take(message)


class TurnsIdsIntoNumbers(Client):
    """
    Thinks that every id that looks like a number is one.
    """

    def take(self, message: Message) -> None:
        if "method" in message and "id" in message:
            text = str(message["id"])
            number: object = int(text) if text.isdigit() else text
            self.send({"id": number, **self.answer(message)})
        else:
            super().take(message)


class MixesIdsUp(Client):
    """
    Keeps one list of ids for both sides: its own request counts as answered.
    """

    def take(self, message: Message) -> None:
        if message.get("id") is not None and message["id"] in range(1, self.next_id + 1):
            self.answers[message["id"]] = {"result": {}, **message}
        else:
            super().take(message)


class AcceptsMalformed(Client):
    """
    Accepts every approval without looking at it.
    """

    def answer(self, message: Message) -> Message:
        if message["method"] in (COMMAND, FILES):
            return {"result": {"decision": self.decision()}}
        return super().answer(message)


class AcceptsEverything(Client):
    """
    Does not ask its user.
    """

    def decision(self) -> str:
        return "accept"


class AnswersOneQuestion(Client):
    """
    Answers the first question only.
    """

    def answer(self, message: Message) -> Message:
        found = super().answer(message)
        if message["method"] == QUESTION:
            answers = found["result"]["answers"]
            first = next(iter(answers))
            found["result"]["answers"] = {first: answers[first]}
        return found


class CrashesOnUnknownNotifications(Client):
    """
    Has a table of notifications, and no line for others.
    """

    def notified(self, message: Message) -> None:
        if message["method"] not in KNOWN:
            raise KeyError(message["method"])
        super().notified(message)


class CrashesOnUnknownItems(Client):
    """
    Has a table of items, and no line for others.
    """

    def follow(self, turn: Turn, method: str, params: Message) -> None:
        known = ("agentMessage", "userMessage", "reasoning", "commandExecution", "fileChange")
        if method == "item/completed" and params["item"]["type"] not in known:
            raise KeyError(params["item"]["type"])
        super().follow(turn, method, params)


class StrictAboutPolicies(Client):
    """
    Refuses an approval policy that it does not know.
    """

    def thread(self, method: str = "thread/start", **params: Any) -> str:
        result = self.request(method, **params)
        if result["approvalPolicy"] not in ("untrusted", "on-request", "never"):
            raise ValueError(result["approvalPolicy"])
        return str(result["thread"]["id"])


class HangsAtTheEnd(Client):
    """
    Waits for ever when the server has gone.
    """

    def ended(self) -> None:
        time.sleep(3600)


class NeverInitializes(Client):
    """
    Begins with what it wants.
    """

    def hello(self) -> None:
        return


class InitializesTwice(Client):
    """
    Shakes hands twice, to be sure.
    """

    def hello(self) -> None:
        super().hello()
        self.ask("initialize", {"clientInfo": {"name": "raw", "version": "1"}})


class SaysWhatIsNotValid(Client):
    """
    Sends a number where the schema wants a text.
    """

    def ask(self, method: str, params: Message) -> int:
        changed = {"cwd": 7} if method in ("thread/start", "thread/resume") else {}
        return super().ask(method, {**params, **changed})


class LosesErrors(Client):
    """
    Takes an error for an empty result.
    """

    def refused(self, error: Message) -> None:
        return


class TellsNoReason(Client):
    """
    Tells that something went wrong, and not what.
    """

    def refused(self, error: Message) -> None:
        raise RefusedError({"message": "request failed"})


class TriesForEver(Client):
    """
    Never gives an overloaded server up.
    """

    tries = 10_000


class GivesUpAtOnce(Client):
    """
    Does not try again.
    """

    tries = 1


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


DEFECTS: dict[str, type[Client]] = {
    kind.__name__: kind for kind in Client.__subclasses__() if kind.__module__ == __name__
}
