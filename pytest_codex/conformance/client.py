"""
The suite's own client: what a check says to a server, and what it waits for.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from .absence import skip_if_absent
from .channel import Channel, Message
from .outcomes import require

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Collection, Mapping

__all__ = ["BARE", "Client", "Message"]

BARE = frozenset(
    (
        "account/gatewayOAuth/cancel",
        "account/gatewayOAuth/login",
        "account/gatewayOAuth/read",
        "account/logout",
        "account/rateLimits/read",
        "account/usage/read",
        "account/workspaceMessages/read",
        "config/mcpServer/reload",
        "configRequirements/read",
        "externalAgentConfig/import/readHistories",
        "memory/reset",
        "remoteControl/status/read",
        "rollout/compress",
        "windowsSandbox/readiness",
    )
)
"""Methods that are asked without any params; all others want at least an empty object."""


class Client(Channel):
    """
    A client that knows the protocol's words.

    Args:
        process: The server, with three text pipes.
        deadline: Seconds that any one wait may take.
        note: Told every message with who sent it, ``client`` or ``server``, as the line.
        declared: Methods that the check is about: a server may not have one of them.
    """

    def __init__(
        self,
        process: subprocess.Popen[str],
        *,
        deadline: float,
        note: Callable[[str, str], None],
        declared: Collection[str] = (),
    ) -> None:
        super().__init__(process, deadline=deadline, note=note)
        self._declared = declared
        self._ids = itertools.count(1)

    def call(self, method: str, params: Mapping[str, Any] | None = None) -> Message:
        """
        Ask, and wait for the whole answer, error or not.
        """
        return self.answer(self.ask(method, params), method)

    def ask(self, method: str, params: Mapping[str, Any] | None = None) -> int:
        """
        Send a request and do not wait.

        Returns:
            Its id.
        """
        number = next(self._ids)
        message: Message = {"id": number, "method": method}
        if params or method not in BARE:
            message["params"] = dict(params or {})
        self.send(message)
        return number

    def answer(self, number: int | str, method: str) -> Message:
        """
        Wait for the answer to a request.
        """
        return self.wait(
            lambda m: "method" not in m and m.get("id") == number, f"the answer to {method}"
        )

    def request(self, method: str, params: Mapping[str, Any] | None = None) -> Any:
        """
        The result of a request.

        Raises:
            ConformanceError: It was refused.
            SkippedError: The server does not have the method, and need not.
        """
        answer = self.call(method, params)
        skip_if_absent(method, answer)
        require("result" in answer, f"{method} was refused: {json.dumps(answer.get('error'))}")
        return answer["result"]

    def refused(self, method: str, params: Mapping[str, Any] | None = None) -> Message:
        """
        The error of a request that has to be refused.

        Raises:
            ConformanceError: It was accepted.
            SkippedError: The check is about this method, and the server does not have it.
        """
        answer = self.call(method, params)
        if method in self._declared:
            skip_if_absent(method, answer)
        require("error" in answer, f"{method} was accepted and has to be refused")
        error: Message = answer["error"]
        return error

    def thread(self, **params: Any) -> str:
        """
        Start a thread.
        """
        return str(self.request("thread/start", params)["thread"]["id"])

    def start(self, thread: str, text: str = "go", **params: Any) -> str:
        """
        Start a turn and do not wait for its end.

        Returns:
            Its id.
        """
        given = {"threadId": thread, "input": [{"type": "text", "text": text}], **params}
        return str(self.request("turn/start", given)["turn"]["id"])

    def completed(self, turn: str) -> Message:
        """
        Wait for the end of a turn.
        """
        message = self.wait(
            lambda m: m.get("method") == "turn/completed" and m["params"]["turn"]["id"] == turn,
            "turn/completed",
        )
        turned: Message = message["params"]["turn"]
        return turned

    def turn(self, thread: str, text: str = "go", **params: Any) -> Message:
        """
        A whole turn.
        """
        return self.completed(self.start(thread, text, **params))

    def notice(self, method: str, since: int = 0, **params: Any) -> Message:
        """
        Wait for a notification or a server request.

        Args:
            method: Its method.
            since: Index into `messages` where to begin.
            params: What it has to say.
        """
        return self.wait(
            lambda m: (
                m.get("method") == method
                and all(m["params"].get(key) == value for key, value in params.items())
            ),
            method,
            since,
        )

    def said(self, *methods: str) -> list[Message]:
        """
        All notifications and server requests of these methods so far.
        """
        return [message for message in self.messages if message.get("method") in methods]

    def items(self, kind: str) -> list[Message]:
        """
        The completed items of one type, so far.
        """
        done = (message["params"]["item"] for message in self.said("item/completed"))
        return [item for item in done if item["type"] == kind]

    def settle(self) -> None:
        """
        Read everything the server says before it answers one more request.

        What has not come by then was not said about anything that is over: so a check can
        tell that something did *not* come without waiting for a time.
        """
        self.call("thread/loaded/list")
