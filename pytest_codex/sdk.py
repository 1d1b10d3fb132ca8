"""
The one door to the official SDK.

``openai_codex.client`` starts its server with ``subprocess.Popen``, looked up in its own
module attribute ``subprocess``, and finds the binary with its own ``resolve_codex_bin``.
For one test both names lead here instead; the real ``subprocess`` module is never touched,
so nothing else that the test spawns is affected.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

    import pytest
    from openai_codex import AsyncCodex, Codex, CodexConfig

    OpenProcess = Callable[[Sequence[str], str | None, Mapping[str, str] | None], Any]
    Answered = Callable[[str, Any], None]

STAND_IN = "codex"
"""What the SDK is told the binary is; the session puts its own in that place."""


def attach(
    monkeypatch: pytest.MonkeyPatch, open_process: OpenProcess, answered: Answered | None = None
) -> None:
    """
    Let every client that is built from now on talk to a process of ours.

    Args:
        monkeypatch: Undoes it; undo it at the end of the test.
        open_process: Called with the arguments, cwd and env of each spawn; returns a twin of
            ``subprocess.Popen``.
        answered: Called with method and parameters of each question that the SDK answers by
            itself, because its client was given no handler.
    """
    from openai_codex import client

    real: ModuleType = getattr(client, "subprocess")  # noqa: B009
    monkeypatch.setattr(client, "subprocess", spawning(real, open_process))
    monkeypatch.setattr(client, "resolve_codex_bin", _name_binary)
    if answered is not None:
        _watch_default(monkeypatch, client.CodexClient, answered)


def _watch_default(monkeypatch: pytest.MonkeyPatch, client: type[Any], answered: Answered) -> None:
    """
    Tell of every answer that the SDK gives in place of its user.
    """
    name = "_default_approval_handler"
    default = getattr(client, name, None)
    if default is None:  # an SDK that asks somebody else, or nobody
        return

    def handler(self: Any, method: str, params: Any) -> Any:
        answered(method, params)
        return default(self, method, params)

    monkeypatch.setattr(client, name, handler)


def spawning(real: ModuleType, open_process: OpenProcess) -> ModuleType:
    """
    A module that looks like ``subprocess``, except that its ``Popen`` is ours.
    """

    class Popen:
        """
        Opens a process of the session; a class, because the SDK annotates with ``Popen[str]``.
        """

        def __new__(cls, args: Sequence[str], **how: Any) -> Any:
            return open_process(list(args), _text(how.get("cwd")), how.get("env"))

        def __class_getitem__(cls, item: object) -> type[Popen]:
            return cls

    seam = ModuleType(real.__name__)
    seam.__dict__.update(real.__dict__)
    seam.Popen = Popen  # type: ignore[attr-defined]
    return seam


def find_router(frame: FrameType | None) -> Any:
    """
    Where the SDK client that is writing just now keeps a turn's events, None when no client is.
    """
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith("openai_codex."):
            return getattr(frame.f_locals.get("self"), "_router", None)
        frame = frame.f_back
    return None


def keeps_events(router: Any, params: Any) -> bool:
    """
    Whether the SDK keeps a turn's events while it waits for the answer that names the turn.
    """
    pending = getattr(router, "_pending_turn_requests", ())
    return isinstance(params, dict) and params.get("threadId") in pending


def is_registered(router: Any, turn: str) -> bool:
    """
    Whether somebody has registered for the events of a turn.

    An SDK that keeps its books elsewhere is not waited for.
    """
    books = getattr(router, "_turn_notifications", None)
    return books is None or turn in books


def make_config(cwd: Path) -> CodexConfig:
    """
    The configuration for a client that a test builds itself.
    """
    from openai_codex import CodexConfig

    return CodexConfig(cwd=str(cwd))


def make_client(config: CodexConfig) -> Codex:
    """
    A started client.
    """
    from openai_codex import Codex

    return Codex(config)


def make_async_client(config: CodexConfig) -> AsyncCodex:
    """
    A client that starts when it is entered or first used; needs no event loop yet.
    """
    from openai_codex import AsyncCodex

    return AsyncCodex(config)


def protocol_models() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """
    The pydantic models of the protocol: all by name, and those of notifications by method.
    """
    from openai_codex.generated import notification_registry, v2_all

    return vars(v2_all), notification_registry.NOTIFICATION_MODELS


def version() -> str:
    """
    The version of the installed SDK.
    """
    from importlib.metadata import version as installed

    return installed("openai-codex")


def _name_binary(config: CodexConfig, _ops: object) -> Path:
    # A replay needs no binary, so none has to be found: not the wheel's, nor the one that
    # application code names for its own machines.
    return Path(config.codex_bin or STAND_IN)


def _text(cwd: Any) -> str | None:
    return None if cwd is None else str(cwd)
