"""
What a run found, for people and for programs: terminal, JSON, JUnit XML, a page, a badge.
"""

from __future__ import annotations

from .lines import terminal
from .writing import FORMATS, prepare, write

__all__ = ["FORMATS", "prepare", "terminal", "write"]
