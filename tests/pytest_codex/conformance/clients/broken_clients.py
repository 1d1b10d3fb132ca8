"""
Clients that are each broken in one way, and the checks that must notice.
"""

from __future__ import annotations

import time
from typing import Any

from tests.pytest_codex.conformance.clients import broken_readers as _more  # noqa: F401
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


DEFECTS: dict[str, type[Client]] = {kind.__name__: kind for kind in Client.__subclasses__()}
