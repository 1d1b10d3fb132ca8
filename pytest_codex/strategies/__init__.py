"""
Hypothesis strategies of the protocol: valid messages, messages with one defect, sessions.
"""

from __future__ import annotations

from .messages import messages, values
from .near_misses import NearMiss, defects, near_misses
from .sessions import sessions
from .steps import Session, Step

__all__ = [
    "NearMiss",
    "Session",
    "Step",
    "defects",
    "messages",
    "near_misses",
    "sessions",
    "values",
]
