"""
The errors a test can meet, importable from the package users know.
"""

from __future__ import annotations

from fake_server.errors import (
    BoundaryError,
    CassetteError,
    CassetteFormatError,
    CassetteNotFoundError,
    CassetteVersionError,
    ClientProtocolError,
    HarnessError,
    LeftoverError,
    MismatchError,
    RecordingRefusedError,
    SecretError,
    ServerProtocolError,
    StalledError,
)

__all__ = [
    "BoundaryError",
    "CassetteError",
    "CassetteFormatError",
    "CassetteNotFoundError",
    "CassetteVersionError",
    "ClientProtocolError",
    "HarnessError",
    "LeftoverError",
    "MismatchError",
    "RecordingRefusedError",
    "SecretError",
    "ServerProtocolError",
    "StalledError",
]
