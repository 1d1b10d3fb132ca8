"""
Record what your code did with Codex, and replay it in tests without Codex.

The names below are imported when they are first used, so that the plugin starts fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_codex.model.script import ScriptedModel
    from pytest_codex.session import CodexSession, SessionReport
    from pytest_codex.views import Approval, Command, FileChange, SessionTranscript
    from pytest_codex.workspace import Workspace

__all__ = [
    "Approval",
    "CodexSession",
    "Command",
    "FileChange",
    "ScriptedModel",
    "SessionReport",
    "SessionTranscript",
    "Workspace",
]

_HOME = {
    "Approval": "views",
    "CodexSession": "session",
    "Command": "views",
    "FileChange": "views",
    "ScriptedModel": "model.script",
    "SessionReport": "session",
    "SessionTranscript": "views",
    "Workspace": "workspace",
}


def __getattr__(name: str) -> object:
    """
    Import a public name when it is first used.
    """
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """
    The public names, loaded or not.
    """
    return sorted({*globals(), *__all__})
