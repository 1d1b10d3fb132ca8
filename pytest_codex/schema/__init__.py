"""
The protocol of each Codex version, as its binary describes it, and checks against it.
"""

from __future__ import annotations

from .bundle import Bundle
from .checking import Checker
from .faults import Fault
from .methods import ANSWERS, REQUESTS, Role
from .source import Protocol, find, kept, of_binary
from .transcripts import Said, said

__all__ = [
    "ANSWERS",
    "REQUESTS",
    "Bundle",
    "Checker",
    "Fault",
    "Protocol",
    "Role",
    "Said",
    "find",
    "kept",
    "of_binary",
    "said",
]
