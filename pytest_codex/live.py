"""
The live tier's own parts: a private copy of the user's login, and the way to the real model.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_codex import login, provider, runtime, toml
from pytest_codex.budgets import Meter
from pytest_codex.modelling import ModelFile
from pytest_codex.relay.model_cassette import ModelCassette
from pytest_codex.relay.server import Relay
from pytest_codex.relay.upstream import IDLE_SECONDS, Upstream
from pytest_codex.surroundings import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.relay.upstream import UpstreamAnswer
    from pytest_codex.relay.wording import Wording
    from pytest_codex.surroundings import Surroundings
    from pytest_codex.wire import Wire

SHARE = 0.8
"""Of the test's deadline, how long the model may be silent: its fault is to be told first."""


class _Noted(Upstream):
    """
    A model whose refusals are noted: Codex tells some of them in words of its own.
    """

    def __init__(self, url: str, *, idle: float) -> None:
        super().__init__(url, idle=idle)
        self.notes: list[str] = []

    def send(self, method: str, target: str, *rest: Any, **more: Any) -> UpstreamAnswer:
        answer = super().send(method, target, *rest, **more)
        if answer.status >= 400:
            path = target.partition("?")[0]
            self.notes.append(
                f"{method} {self.origin}{path} was answered with {answer.status} {answer.reason}"
            )
        return answer


class Live:
    """
    The real model behind one session.

    Args:
        around: What the session's parts share.
        binary: The Codex binary.
        deadline: Seconds without a message that make a stall.
        wording: Makes the masks for a request to the model.

    Attributes:
        runtime: The real app-server in a private copy of the user's home.
        ids: What ids of the model are called in recordings; known after ``conclude``.

    Raises:
        LoginError: There is no login that can be used.
    """

    def __init__(
        self,
        around: Surroundings,
        binary: Path,
        deadline: float,
        wording: Callable[[], Wording],
    ) -> None:
        home = provider.home_of(os.environ, Path.home())
        given = around.config
        config = toml.loads(given) if isinstance(given, str) else given or {}
        model = provider.find(home, os.environ, config, runtime.binary_version(binary))
        if model.login is not None:
            login.check_fresh(model.login, time.time(), deadline)
        self._file = ModelFile(around)
        keeps = around.plan.action == "record"
        cassette = ModelCassette(self._file.target, self._file.name) if keeps else None
        self._upstream = _Noted(model.url, idle=min(IDLE_SECONDS, deadline * SHARE))
        self._settings = model.recorded
        with contextlib.ExitStack() as undo:
            self._relay = Relay(self._upstream, cassette, wording)
            undo.callback(self._relay.close)
            self._refusal = login.Refusal()
            undo.callback(self._refusal.close)
            self.runtime = runtime.Runtime(
                binary,
                workspace=around.workspace,
                model_url=self._relay.url,
                proxy_url=None,
                # Which model it is, is the user's to say, or else Codex's.
                config={"model": None, **model.through(self._relay.url)},
                env={"CODEX_REFRESH_TOKEN_URL_OVERRIDE": self._refusal.url},
                auth=None if model.login is None else model.login.private,
                keep=model.variables,
            )
            undo.callback(self.runtime.close)
            self._undo = undo.pop_all()

    @property
    def ids(self) -> dict[str, str]:
        return self._relay.ids

    @property
    def notes(self) -> list[str]:
        """
        What the model refused, one line each.
        """
        return list(self._upstream.notes)

    @property
    def settings(self) -> dict[str, Any]:
        """
        What has to be configured again, so that the recorded model gives the same session.
        """
        first = self._relay.calls[0].model if self._relay.calls else None
        return {"model": first, **self._settings}

    def problems(self) -> list[Problem]:
        """
        What went wrong on the way to the model.
        """
        found = [Problem("upstream", text) for text in list(self._relay.problems)]
        if self._refusal.asked:
            text = (
                f"the model's provider refused your ChatGPT login, and {login.NEVER}. Run any "
                "codex command first, for example codex exec hi: it refreshes the login, or tells "
                "why it cannot"
            )
            found.append(Problem("login", text))
        return found

    def counts(self, wire: Wire) -> dict[str, int]:
        """
        Model calls, turns, and tokens by kind.
        """
        meter = Meter({})
        meter.note_all((message.sender, message.body) for message in wire.messages)
        usage = self._relay.usage._asdict()
        return {"calls": len(self._relay.calls), "turns": meter.turns, **usage}

    def conclude(self) -> str | None:
        """
        Save what the model said, and give the name of the file if it changed.

        Raises:
            SecretError: It looks as if a secret were in it; nothing was written.
            StalledError: The model is still answering.
        """
        self._relay.conclude()
        return self._file.settle()

    def close(self) -> None:
        """
        Remove the private home, and close the way.
        """
        self._undo.close()
