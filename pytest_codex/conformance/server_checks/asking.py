"""
Asking many methods one after another, so that none of the protocol is left unasked.

Versions differ in the methods they have: what a server does not know is passed over, and a
check all of whose methods it does not know is skipped.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require, skip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from pytest_codex.conformance.client import Client, Message

_ERRORS = {-32600, -32601, -32602, -32603}
"""The codes with which a server refuses what it has understood."""


class Asking:
    """
    Asks methods, and holds each answer against what has to come.

    Args:
        client: The connection.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self._answered = 0
        self._absent: list[str] = []

    def result(self, method: str, params: Mapping[str, Any] | None = None) -> Any:
        """
        The result of a request that has to be accepted; None when there is no such method.
        """
        answer = self._ask(method, params)
        if answer is None:
            return None
        require("result" in answer, f"{method} was refused: {json.dumps(answer.get('error'))}")
        return answer["result"]

    def refused(
        self, method: str, params: Mapping[str, Any] | None = None, *, because: str = ""
    ) -> None:
        """
        Ask what has to be refused here, with a code and a text that tells why.

        Args:
            method: The method.
            params: Its params.
            because: A regular expression that the text must match.
        """
        answer = self._ask(method, params)
        if answer is None:
            return
        require("error" in answer, f"{method} was accepted: {json.dumps(answer)[:300]}")
        error = answer["error"]
        _hold_proper(method, error)
        text = error["message"]
        require(re.search(because, text), f"{method}: {text!r} does not say {because!r}")

    def either(self, method: str, params: Mapping[str, Any] | None = None) -> Any:
        """
        Ask what may be accepted or refused, but has to be answered; the result if there is one.
        """
        answer = self._ask(method, params)
        if answer is None or "result" in answer:
            return None if answer is None else answer["result"]
        _hold_proper(method, answer.get("error") or {})
        return None

    def _ask(self, method: str, params: Mapping[str, Any] | None) -> Message | None:
        answer = self.client.call(method, params)
        text = str((answer.get("error") or {}).get("message"))
        if f"unknown variant `{method}`" in text:
            self._absent.append(method)
            return None
        self._answered += 1
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *exc: object) -> None:
        if kind is None and not self._answered:
            skip(f"the server does not know {', '.join(self._absent)}")


def _hold_proper(method: str, error: Mapping[str, Any]) -> None:
    code, text = error.get("code"), error.get("message")
    require(code in _ERRORS, f"{method} was refused with code {code!r} ({text!r})")
    require(isinstance(text, str) and text, f"{method} was refused with the text {text!r}")
