"""
The options of the suite as pytest tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

SERVER = "codex_conformance_server"
TIMEOUT = "codex_conformance_timeout"
WITHOUT = "codex_conformance_without"
AGAINST = "codex_conformance_against"
EXPECTED = "codex_conformance_expected_failures"

_OPTIONS = {
    SERVER: "the server that pytest_codex.conformance.collection tests, as a shell reads it",
    TIMEOUT: "longest of any one wait of a conformance check, in seconds (default: 15)",
    WITHOUT: "skip the conformance checks that need this: model",
    AGAINST: "the schema to use when the server does not tell its version",
    EXPECTED: "a file of conformance failures that are known",
}


def add_options(parser: pytest.Parser) -> None:
    """
    Declare them; each is an ini key, too.
    """
    group = parser.getgroup("codex", "Codex sessions")
    for name, text in _OPTIONS.items():
        group.addoption("--" + name.replace("_", "-"), dest=name, default=None, help=text)
        parser.addini(name, text, default="")


def value(config: pytest.Config, name: str) -> str:
    """
    What the user said, empty when nothing.
    """
    given = config.getoption(name, default=None)
    return str(config.getini(name) if given is None else given)
