"""
Which cassettes are older than the Codex in use.
"""

from __future__ import annotations

from importlib import metadata

import pytest

from pytest_codex.drift import is_older
from pytest_codex.versions import installed


@pytest.mark.parametrize(
    ("recorded", "current", "older"),
    [
        ("0.147.0", "0.163.0", True),
        ("0.163.0", "0.163.0", False),
        ("0.163.0", "0.99.9", False),
        ("0.99.9", "0.163.0", True),
        ("0.163.0-alpha.1", "0.163.0", False),
        (None, "0.163.0", False),
        ("unknown", "0.163.0", False),
        ("0.147.0", "a folder", False),
    ],
)
def test_is_older(recorded: object, current: str, older: bool) -> None:
    """
    Versions are compared number by number; what is none is never older.
    """
    assert older == is_older(recorded, current)


def test_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The binary's package tells, else the SDK's, else nobody.
    """
    known = {"openai-codex-cli-bin": "2.0.0", "openai-codex": "1.0.0"}

    def version(name: str) -> str:
        if name not in known:
            raise metadata.PackageNotFoundError(name)
        return known[name]

    monkeypatch.setattr(metadata, "version", version)

    ask = installed.__wrapped__
    assert "2.0.0" == ask()
    del known["openai-codex-cli-bin"]
    assert "1.0.0" == ask()
    known.clear()
    assert ask() is None
