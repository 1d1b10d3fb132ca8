"""
Hypothesis strategies of the protocol: valid messages, messages with one defect, sessions.
"""

from __future__ import annotations

from .messages import messages, values
from .near_misses import NearMiss, near_misses

__all__ = ["NearMiss", "messages", "near_misses", "values"]
