"""
Record what your code did with Codex, and replay it in tests without Codex.

The names below are imported when they are first used, so that the plugin starts fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_codex.model.script import ScriptedModel
    from pytest_codex.session import CodexSession
    from pytest_codex.session_report import SessionReport
    from pytest_codex.views import (
        Approval,
        ChatMessage,
        Command,
        Failure,
        FileChange,
        Item,
        Matches,
        Notice,
        Plan,
        Question,
        Reasoning,
        Search,
        SessionTranscript,
        Thread,
        ToolCall,
        Turn,
        Usage,
        transcript_of,
    )
    from pytest_codex.workspace import Workspace

__all__ = [
    "Approval",
    "ChatMessage",
    "CodexSession",
    "Command",
    "Failure",
    "FileChange",
    "Item",
    "Matches",
    "Notice",
    "Plan",
    "Question",
    "Reasoning",
    "ScriptedModel",
    "Search",
    "SessionReport",
    "SessionTranscript",
    "Thread",
    "ToolCall",
    "Turn",
    "Usage",
    "Workspace",
    "transcript_of",
]

_HOME = {
    "Approval": "views",
    "ChatMessage": "views",
    "CodexSession": "session",
    "Command": "views",
    "Failure": "views",
    "FileChange": "views",
    "Item": "views",
    "Matches": "views",
    "Notice": "views",
    "Plan": "views",
    "Question": "views",
    "Reasoning": "views",
    "ScriptedModel": "model.script",
    "Search": "views",
    "SessionReport": "session_report",
    "SessionTranscript": "views",
    "Thread": "views",
    "ToolCall": "views",
    "Turn": "views",
    "Usage": "views",
    "Workspace": "workspace",
    "transcript_of": "views",
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
