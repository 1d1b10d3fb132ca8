"""
The live tier's own parts: a private copy of the user's login, and the way to the real model.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol

from pytest_codex import login, provider, runtime, toml
from pytest_codex.budgets import Meter
from pytest_codex.surroundings import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_codex.surroundings import Surroundings
    from pytest_codex.wire import Wire


TOKENS = ("input", "cached", "output", "reasoning")


class Way(Protocol):
    """
    What stands between Codex and the real model, and sees every call.
    """

    @property
    def url(self) -> str:
        """
        Base URL for Codex.
        """

    @property
    def calls(self) -> Sequence[Any]:
        """
        The model calls that passed.
        """

    @property
    def usage(self) -> Any:
        """
        Tokens the model told of: attributes input, cached, output, reasoning.
        """

    @property
    def problems(self) -> Sequence[str]:
        """
        What went wrong on the way.
        """

    def close(self) -> None:
        """
        Stop.
        """


class Live:
    """
    The real model behind one session.

    Args:
        around: What the session's parts share.
        binary: The Codex binary.
        lasting: Seconds the test may take.

    Raises:
        LoginError: There is no login that can be used.
    """

    def __init__(self, around: Surroundings, binary: Path, lasting: float) -> None:
        home = provider.home_of(os.environ, Path.home())
        given = around.config
        config = toml.loads(given) if isinstance(given, str) else given or {}
        model = provider.find(home, os.environ, config)
        if model.login is not None:
            login.check_fresh(model.login, time.time(), lasting)
        with contextlib.ExitStack() as undo:
            self.way = _open_way(model.url)
            undo.callback(self.way.close)
            self._refusal = login.Refusal()
            undo.callback(self._refusal.close)
            self.runtime = runtime.Runtime(
                binary,
                workspace=around.workspace,
                model_url=self.way.url,
                proxy_url=None,
                # Which model it is, is the user's to say, or else Codex's.
                config={"model": None, **model.through(self.way.url)},
                env={"CODEX_REFRESH_TOKEN_URL_OVERRIDE": self._refusal.url},
                auth=None if model.login is None else model.login.private,
                keep=model.variables,
            )
            undo.callback(self.runtime.close)
            self._undo = undo.pop_all()

    def problems(self) -> list[Problem]:
        """
        What went wrong on the way to the model.
        """
        found = [Problem("upstream", text) for text in self.way.problems]
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
        Model calls, turns, and tokens: input, cached, output, reasoning.
        """
        meter = Meter({})
        meter.note_all((message.sender, message.body) for message in wire.messages)
        usage = self.way.usage
        tokens = {name: getattr(usage, name) for name in TOKENS}
        return {"calls": len(self.way.calls), "turns": meter.turns, **tokens}

    def close(self) -> None:
        """
        Remove the private home, and close the way.
        """
        self._undo.close()


class _Direct:
    """
    No relay: Codex calls the model itself, and nobody counts.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[Any] = []
        self.usage: Any = SimpleNamespace(**dict.fromkeys(TOKENS, 0))
        self.problems: list[str] = []

    def close(self) -> None:
        """
        Nothing is open.
        """


def _open_way(url: str) -> Way:
    return _Direct(url)
