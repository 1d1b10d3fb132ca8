"""
Transcript views: what the agent did, read off the messages of a session.

``reader`` sorts messages into records of threads, turns and items; ``making`` turns records
into what a test asserts on; ``view`` is what can be asked, ``story`` what is shown.
"""

from __future__ import annotations

from .items import ChatMessage, Command, FileChange, Item, Reasoning, Search, ToolCall
from .matches import Matches
from .notes import Approval, Failure, Notice, Plan, PlanStep, Question, Usage
from .requests import Request
from .responses import final_response
from .transcript import SessionTranscript, Thread, Turn, transcript_of
from .view import View

__all__ = [
    "Approval",
    "ChatMessage",
    "Command",
    "Failure",
    "FileChange",
    "Item",
    "Matches",
    "Notice",
    "Plan",
    "PlanStep",
    "Question",
    "Reasoning",
    "Request",
    "Search",
    "SessionTranscript",
    "Thread",
    "ToolCall",
    "Turn",
    "Usage",
    "View",
    "final_response",
    "transcript_of",
]
