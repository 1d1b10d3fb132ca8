"""
The suite as a file of tests::

    pytest --pyargs pytest_codex.conformance.collection --codex-conformance-server "my-server"
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_codex.errors import HarnessError

from . import options
from .collecting import ServerConformance, Subject
from .target import Target

if TYPE_CHECKING:
    import pytest

__all__ = ["ServerConformance", "TestServer"]


class TestServer(ServerConformance):
    """
    The server that the options name.
    """

    def subject(self, config: pytest.Config) -> Subject:
        """
        What the options say.
        """
        command = options.value(config, options.SERVER)
        if not command:
            raise HarnessError("--codex-conformance-server: say which server to test")
        timeout = options.value(config, options.TIMEOUT)
        file = options.value(config, options.EXPECTED)
        return Subject(
            command,
            _seconds(timeout) if timeout else Target.deadline,
            tuple(filter(None, options.value(config, options.WITHOUT).split(","))),
            options.value(config, options.AGAINST) or None,
            config.invocation_params.dir / Path(file) if file else None,
        )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise HarnessError(f"--codex-conformance-timeout: {text!r} is no time in seconds")
    return seconds
