"""
The protocols of the versions that tests compare, each made by its real binary.
"""

from __future__ import annotations

from functools import cache

import pytest

from pytest_codex import schema
from pytest_codex.versions import installed, is_older
from tests.older import older_binary

NEWEST = "newest"
VERSIONS = ("0.147.0", "0.155.1", NEWEST)
"""The oldest version supported, one between, and the one installed."""

RECORDED = "0.163.0"
"""The version of the project's own recordings, and the first with what tests look for."""

needs_recorded = pytest.mark.skipif(
    installed() is None or is_older(installed(), RECORDED),
    reason=f"compares older versions with Codex {RECORDED} or newer",
)


@cache
def _asked(version: str) -> schema.Protocol:
    return schema.find() if version == NEWEST else schema.of_binary(older_binary(version))


@cache
def _checker(version: str) -> schema.Checker:
    return schema.Checker(_asked(version).bundle)


def protocol(version: str) -> schema.Protocol:
    """
    The protocol of a version; without its binary the test is skipped.
    """
    return _asked(version)


def checker(version: str) -> schema.Checker:
    """
    The checker of everything a version knows; without jsonschema-rs the test is skipped.
    """
    pytest.importorskip("jsonschema_rs")
    return _checker(version)
