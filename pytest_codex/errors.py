"""
The errors a test can meet, importable from the package users know.
"""

from __future__ import annotations

from fake_server.errors import (
    BoundaryError,
    BudgetError,
    CassetteError,
    CassetteFormatError,
    CassetteNotFoundError,
    CassetteVersionError,
    ClientProtocolError,
    HarnessError,
    LeftoverError,
    LoginError,
    MismatchError,
    PassRateError,
    RecordingRefusedError,
    SecretError,
    ServerProtocolError,
    StalledError,
)

__all__ = [
    "BoundaryError",
    "BudgetError",
    "CassetteError",
    "CassetteFormatError",
    "CassetteNotFoundError",
    "CassetteVersionError",
    "ClientProtocolError",
    "HarnessError",
    "LeftoverError",
    "LoginError",
    "MismatchError",
    "PassRateError",
    "RecordingRefusedError",
    "SecretError",
    "ServerProtocolError",
    "StalledError",
]
