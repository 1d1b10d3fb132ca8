"""
What changed in the protocol between two versions, and what it means for cassettes.
"""

from __future__ import annotations

from pytest_codex.versions import is_older

from .changes import Change
from .comparing import compare
from .usage import used_by
from .validating import Finding, Validation, validate

__all__ = ["Change", "Finding", "Validation", "compare", "is_older", "used_by", "validate"]
