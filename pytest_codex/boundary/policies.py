"""
Sandbox and approval policy as a client asked for them, and as the server says they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_codex.wire import Message

THREAD = ("thread/start", "thread/resume", "thread/fork")
"""Requests whose result says what is in force."""

TURN = ("turn/start", "thread/settings/update")
"""Requests whose effect is told by ``thread/settings/updated``."""

SETTINGS = {
    "sandbox_mode": "sandbox",
    "approval_policy": "approvalPolicy",
    "approvals_reviewer": "approvalsReviewer",
}
"""Configuration keys, and the fields of the protocol they are the defaults of."""

_UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Policy:
    """
    One setting of one request.

    Attributes:
        source: Which request: ``thread/start #1``.
        setting: ``sandbox``, ``network``, ``approvalPolicy`` or ``approvalsReviewer``.
        requested: What was asked for; None when the client left it to the server.
        asked_by: ``request`` or ``configuration``; empty when nobody asked.
        effective: What the server says is in force; ``?`` when it did not say.
    """

    source: str
    setting: str
    requested: str | None
    asked_by: str
    effective: str

    @property
    def differs(self) -> bool:
        """
        Whether the server enforces something else than it was asked for.
        """
        return self.requested is not None and self.effective not in (self.requested, _UNKNOWN)

    @property
    def wider(self) -> bool:
        """
        Whether the server lets more happen than it was asked for.
        """
        if not self.differs or self.requested is None:
            return False
        if self.setting == "sandbox":
            return is_wider(self.effective, self.requested)
        return self.setting == "network" and self.effective == "open"


def policies(
    messages: Iterable[Message],
    launched: Sequence[Sequence[str]],
    config: Mapping[str, Any] | None = None,
) -> list[Policy]:
    """
    Every policy that was requested or came into force, in order.

    Args:
        messages: What passed over the wire.
        launched: The configuration options of each process, in order of its start.
        config: The configuration all of them started with, as far as the test gave it.
    """
    return list(_Reader(launched, config or {}).read(messages))


WIDTHS = {"readOnly": 0, "workspaceWrite": 1, "externalSandbox": 2, "dangerFullAccess": 2}
"""How much each sandbox lets happen; of an external one nothing is known."""


def is_wider(sandbox: str, than: str) -> bool:
    """
    Whether a sandbox lets more happen than another; an unknown one is as wide as can be.
    """
    return WIDTHS.get(sandbox, 2) > WIDTHS.get(than, 2)


def sandboxes_told(messages: Iterable[Message]) -> Iterator[dict[str, Any]]:
    """
    Every sandbox policy the server said is in force, in order.
    """
    for _, sender, body in messages:
        if sender == "server" and isinstance(body, dict):
            params, result = body.get("params") or {}, body.get("result")
            told = result if isinstance(result, dict) else params.get("threadSettings") or {}
            sandbox = told.get("sandbox") or told.get("sandboxPolicy")
            if isinstance(sandbox, dict):
                yield sandbox


def sandbox_in_force(messages: Iterable[Message]) -> dict[str, Any] | None:
    """
    The sandbox policy the server told of last, None when it told of none.
    """
    return next(iter(reversed(list(sandboxes_told(messages)))), None)


def has_network(sandbox: Mapping[str, Any]) -> bool:
    """
    Whether a sandbox policy opens the network.
    """
    return sandbox.get("type") == "dangerFullAccess" or sandbox.get("networkAccess") in (
        True,
        "enabled",
    )


class _Reader:
    def __init__(self, launched: Sequence[Sequence[str]], config: Mapping[str, Any]) -> None:
        self._launched = launched
        self._config = config
        self._connections: list[int] = []
        self._open: dict[tuple[int, str], tuple[str, dict[str, Any]]] = {}
        self._in_force: dict[str, dict[str, str]] = {}
        self._counts: dict[str, int] = {}

    def read(self, messages: Iterable[Message]) -> Iterator[Policy]:
        for connection, sender, body in messages:
            if connection not in self._connections:
                self._connections.append(connection)
            if not isinstance(body, dict):
                continue
            method, params = body.get("method"), body.get("params") or {}
            key = (connection, repr(body.get("id")))
            if sender == "client" and method in (*THREAD, *TURN):
                self._counts[method] = self._counts.get(method, 0) + 1
                self._open[key] = (f"{method} #{self._counts[method]}", params)
            elif sender == "server" and method == "thread/settings/updated":
                settings = params.get("threadSettings") or {}
                self._in_force.setdefault(params.get("threadId", ""), {}).update(_told(settings))
            elif sender == "server" and method is None and key in self._open:
                yield from self._answered(connection, *self._open.pop(key), body.get("result"))

    def _answered(
        self, connection: int, source: str, params: dict[str, Any], result: Any
    ) -> Iterator[Policy]:
        if not isinstance(result, dict):
            return
        wanted = {name: (value, "request") for name, value in _told(params).items()}
        thread = str(params.get("threadId"))
        if source.startswith(THREAD):
            thread = str((result.get("thread") or {}).get("id"))
            self._in_force[thread] = _told(result)
            wanted = {**self._configured(connection, params), **wanted}
        elif not wanted:
            return  # nothing was asked for, so nothing changed
        in_force = self._in_force.get(thread, {})
        for name in sorted({*wanted, *(in_force if source.startswith(THREAD) else ())}):
            value, by = wanted.get(name, (None, ""))
            yield Policy(source, name, value, by, in_force.get(name, _UNKNOWN))

    def _configured(self, connection: int, params: dict[str, Any]) -> dict[str, tuple[str, str]]:
        layers: dict[str, Any] = {**self._config}
        place = self._connections.index(connection)
        options = self._launched[place] if place < len(self._launched) else ()
        for option in options:
            name, equals, value = option.partition("=")
            if equals:
                layers[name.strip()] = value.strip().strip("\"'")
        layers.update(params.get("config") or {})
        asked = {SETTINGS[name]: layers[name] for name in SETTINGS if name in layers}
        return {name: (value, "configuration") for name, value in _told(asked).items()}


def _told(settings: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    sandbox = settings.get("sandbox") or settings.get("sandboxPolicy")
    if isinstance(sandbox, str):
        found["sandbox"] = camel(sandbox)
    elif isinstance(sandbox, dict):
        found["sandbox"] = str(sandbox.get("type"))
        if "networkAccess" in sandbox:
            found["network"] = "open" if has_network(sandbox) else "closed"
    for name in ("approvalPolicy", "approvalsReviewer"):
        if settings.get(name):
            value = settings[name]
            found[name] = value if isinstance(value, str) else next(iter(value), _UNKNOWN)
    return found


def camel(word: str) -> str:
    """
    ``read-only`` as the protocol's objects write it: ``readOnly``.
    """
    return re.sub(r"-(\w)", lambda match: match[1].upper(), word)
