"""
Whether messages are what the schema of a version says; the validators are compiled once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError

from .bundle import DRAFT, ERROR
from .faults import Complaint, Fault, any_of, choose, show, show_path
from .methods import REQUESTS

if TYPE_CHECKING:
    from .bundle import Bundle
    from .methods import Role

_ADDRESS = "urn:codex"


class Checker:
    """
    Checks messages against one version's schema.

    Args:
        bundle: The schema.

    Raises:
        HarnessError: jsonschema-rs is not installed.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._library = _library()
        document = {"$schema": DRAFT, "definitions": bundle.definitions}
        self._registry = self._library.Registry([(_ADDRESS, document)])
        self._validators: dict[tuple[str, str], Any] = {}

    def knows(self, role: Role, method: str) -> bool:
        """
        Whether the schema has this message.
        """
        return method in self.bundle.messages[role]

    def fault(self, role: Role, method: str, message: Any) -> Fault | None:
        """
        The first thing that is wrong with a message; None when it is valid.

        Args:
            role: Who says it, and what it is.
            method: Its method; for an answer that of the request.
            message: The whole message, ``id`` and ``method`` included.
        """
        validator = self._find(role, method, message)
        if isinstance(validator, Fault):
            return validator
        complaint = _first(validator.iter_errors(message))
        return complaint and Fault(show_path(complaint.path), complaint.reason)

    def is_valid(self, role: Role, method: str, message: Any) -> bool:
        """
        Whether nothing is wrong with a message; quicker than asking for the fault.
        """
        validator = self._find(role, method, message)
        return not isinstance(validator, Fault) and bool(validator.is_valid(message))

    def _find(self, role: Role, method: str, message: Any) -> Any:
        """
        The validator of a message, or what is wrong before any can be asked.
        """
        failed = isinstance(message, dict) and role in REQUESTS and "error" in message
        if failed:
            return self._validator(role, "")
        if self.knows(role, method):
            return self._validator(role, method)
        if role in REQUESTS and self.knows(REQUESTS[role], method):
            return Fault("result", f"the schema does not say what answers {method}")
        return Fault("method", "is not in this version")

    def _validator(self, role: Role, method: str) -> Any:
        found = self._validators.get((role, method))
        if found is None:
            schema = ERROR if not method else self.bundle.messages[role][method]
            found = self._library.validator_for(
                {"$schema": DRAFT, **_absolute(schema)}, registry=self._registry
            )
            self._validators[role, method] = found
        return found


def _library() -> Any:
    try:
        import jsonschema_rs
    except ImportError as error:
        raise HarnessError(
            "checking against a schema needs jsonschema-rs: "
            "pip install 'pytest-codex-harness[conformance]'"
        ) from error
    return jsonschema_rs


def _absolute(schema: Any) -> Any:
    """
    A schema whose references lead into the registered document.
    """
    if isinstance(schema, list):
        return [_absolute(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _ADDRESS + value if key == "$ref" and isinstance(value, str) else _absolute(value)
        for key, value in schema.items()
    }


def _first(errors: Any) -> Complaint | None:
    for error in errors:
        return _complaint(error)
    return None


def _complaint(error: Any, depth: int = -1) -> Complaint:
    """
    What a validator's error says, followed into the alternative that was meant.

    Args:
        error: The error.
        depth: Length of the path to the alternatives it belongs to, if it does.
    """
    path, value, kind = tuple(error.instance_path), error.instance, error.kind
    known = type(kind).__name__.rpartition("_")[2]
    if known in ("OneOfNotValid", "AnyOf"):
        return choose([[_complaint(one, len(path)) for one in branch] for branch in kind.context])
    if known == "Enum":
        options = tuple(one if isinstance(one, str) else show(one) for one in kind.options)
        tag = len(options) == 1 and len(path) == depth + 1
        return Complaint(path, f"{show(value)} is not {any_of(options)}", value, tag, options)
    if known == "Type":
        return Complaint(path, f"{show(value)} is not {any_of(list(kind.types))}", value)
    if known == "Required":
        return Complaint((*path, kind.property), "is required")
    if known == "FalseSchema":  # of an object without members; which one it was is not told
        return Complaint(path, f"a member that is {show(value)} is not allowed here")
    if known == "AdditionalProperties":
        return Complaint((*path, kind.unexpected[0]), "is not allowed here")
    return Complaint(path, error.message if len(error.message) < 200 else f"fails {kind.name}")
