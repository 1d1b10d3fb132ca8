"""
Whether the installed SDK understands messages: its pydantic models are a schema of their own.

The SDK is strict about answers, which raise, and lenient about notifications: one that it
knows and cannot parse is handed on as ``UnknownNotification``, without a word. Whoever
waits for it then waits for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pytest_codex import sdk

from .faults import Complaint, Fault, choose, show, show_path
from .methods import response_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .methods import Role

ROLES: tuple[Role, ...] = ("client request", "server response", "server notification")
"""What the SDK has models of; server requests and their answers it passes on as they are."""


class ModelChecker:
    """
    Checks messages against the models of the installed SDK.
    """

    def __init__(self) -> None:
        models, self._notifications = sdk.protocol_models()
        self._requests: dict[str, Any] = {}
        self._responses: dict[str, Any] = {}
        for model in get_args(models["ClientRequest"].model_fields["root"].annotation):
            params = model.model_fields.get("params")
            params_name = getattr(params.annotation, "__name__", "") if params else ""
            for method in get_args(model.model_fields["method"].annotation):
                self._requests[method] = model
                name = response_name(method, params_name, models)
                if name is not None:
                    self._responses[method] = models[name]

    def knows(self, role: Role, method: str) -> bool:
        """
        Whether the SDK has a model of this message.
        """
        return method in self._models(role)

    def fault(self, role: Role, method: str, message: Any) -> Fault | None:
        """
        What the SDK cannot parse; None when it can, and where it has no model.

        Args:
            role: Who says it, and what it is.
            method: Its method; for an answer that of the request.
            message: The whole message, ``id`` and ``method`` included.
        """
        model = self._models(role).get(method)
        if model is None or not isinstance(message, dict):
            return None
        if role == "client request":
            return _fault(model, message)
        if role == "server notification":
            # As the SDK does: what is no object counts as an empty one.
            params = message.get("params")
            found = _fault(model, params if isinstance(params, dict) else {}, "params")
            return found and Fault(found.path, f"{found.reason} (becomes UnknownNotification)")
        return _fault(model, message["result"], "result") if "result" in message else None

    def _models(self, role: Role) -> Mapping[str, Any]:
        by_role: dict[Role, Mapping[str, Any]] = {
            "client request": self._requests,
            "server response": self._responses,
            "server notification": self._notifications,
        }
        return by_role.get(role, {})


def _fault(model: Any, value: Any, *where: str) -> Fault | None:
    from pydantic import ValidationError

    try:
        model.model_validate(value)
    except ValidationError as error:
        groups: dict[tuple[str, ...], list[Complaint]] = {}
        for one in error.errors(include_url=False):
            labels, complaint = _complaint(one, value)
            groups.setdefault(labels, []).append(complaint)
        chosen = choose(_possible(groups) or list(groups.values()))
        return Fault(show_path((*where, *chosen.path)), chosen.reason)
    return None


def _complaint(error: Any, value: Any) -> tuple[tuple[str, ...], Complaint]:
    """
    What pydantic says, and the alternatives on the way to it.

    Its locations go through the names of classes, which are nowhere in the value.
    """
    path: list[str | int] = []
    labels: list[str] = []
    last = len(error["loc"]) - 1
    for number, part in enumerate(error["loc"]):
        if (isinstance(value, dict) and part in value) or (
            isinstance(value, list) and isinstance(part, int)
        ):
            value = value[part]
            path.append(part)
        elif number == last and error["type"] == "missing":
            path.append(part)
        else:
            labels.append(str(part))
    if error["type"] == "missing":
        return tuple(labels), Complaint(tuple(path), "is required")
    expected = str(error.get("ctx", {}).get("expected", ""))
    tag = error["type"] == "literal_error" and expected.count("'") == 2
    message = error["msg"]
    reason = f"{show(value)}: {message[:1].lower()}{message[1:]}"
    return tuple(labels), Complaint(tuple(path), reason, value, tag)


def _possible(groups: dict[tuple[str, ...], list[Complaint]]) -> Sequence[list[Complaint]]:
    """
    The groups of alternatives that do not lie inside one of another kind.
    """
    other = {labels for labels, group in groups.items() if any(one.tag for one in group)}
    return [
        group
        for labels, group in groups.items()
        if not any(labels[:length] in other for length in range(len(labels) + 1))
    ]
