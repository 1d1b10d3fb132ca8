"""
The model side: what a test makes the model say, and the server that says it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_codex.model.calls import ModelCall
    from pytest_codex.model.errors import UnconsumedModelSteps, UnexpectedModelCall
    from pytest_codex.model.script import Script, ScriptedModel
    from pytest_codex.model.server import ModelServer
    from pytest_codex.model.steps import Gate

__all__ = [
    "Gate",
    "ModelCall",
    "ModelServer",
    "Script",
    "ScriptedModel",
    "UnconsumedModelSteps",
    "UnexpectedModelCall",
]

_HOME = {
    "Gate": "steps",
    "ModelCall": "calls",
    "ModelServer": "server",
    "Script": "script",
    "ScriptedModel": "script",
    "UnconsumedModelSteps": "errors",
    "UnexpectedModelCall": "errors",
}


def __getattr__(name: str) -> object:
    """
    Import a name when it is first used, so that the plugin starts fast.
    """
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
