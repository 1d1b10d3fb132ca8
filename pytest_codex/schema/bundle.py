"""
One version's protocol as the binary describes it, and the schema of each message in it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from .methods import ANSWERS, UNIONS, response_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .methods import Role

    Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
ERROR = {"$ref": "#/definitions/JSONRPCError"}
"""Every request may be answered by an error instead; it has one form."""

_BITS = {"int32": (32, True), "int64": (64, True), "uint16": (16, False)}
_BITS |= {"uint32": (32, False), "uint64": (64, False), "uint": (64, False)}


class Bundle:
    """
    The definitions of one version, and where each message lies in them.

    Args:
        document: What ``codex app-server generate-json-schema`` writes into
            ``codex_app_server_protocol.schemas.json``; see `prepared`.

    Attributes:
        definitions: Schemas by name; most of them are below ``v2``.
    """

    def __init__(self, document: Schema) -> None:
        self.definitions: dict[str, Any] = document["definitions"]

    @cached_property
    def messages(self) -> dict[Role, dict[str, Schema]]:
        """
        The schema of every message, by role and method.

        A method whose answer nobody knows is missing among the answers.
        """
        found: dict[Role, dict[str, Schema]] = {}
        for role, union in UNIONS.items():
            branches = self.definitions.get(union, {}).get("oneOf", [])
            shared = self.definitions.get(union, {}).get("properties", {})
            found[role] = {
                method: {**branch, "properties": {**shared, **branch["properties"]}}
                for branch in branches
                for method in branch["properties"]["method"]["enum"]
            }
        for request, answer in ANSWERS.items():
            found[answer] = dict(self._answers(found[request]))
        return found

    @cached_property
    def references(self) -> dict[str, str]:
        """
        The reference to each definition by its bare name, the newer one where there are two.
        """
        top = {name: f"#/definitions/{name}" for name in self.definitions if name != "v2"}
        return top | {name: f"#/definitions/v2/{name}" for name in self.definitions.get("v2", {})}

    def resolve(self, reference: str) -> Any:
        """
        The schema that a ``$ref`` of this document leads to.
        """
        found: Any = self.definitions
        for part in reference.removeprefix("#/definitions/").split("/"):
            found = found[part]
        return found

    def _answers(self, requests: dict[str, Schema]) -> Iterator[tuple[str, Schema]]:
        for method, request in requests.items():
            params = request["properties"].get("params", {})
            name = response_name(method, params.get("$ref", "").rpartition("/")[2], self.references)
            if name is not None:
                yield (
                    method,
                    {
                        "type": "object",
                        "required": ["id", "result"],
                        "properties": {
                            "id": request["properties"]["id"],
                            "result": {"$ref": self.references[name]},
                        },
                    },
                )


def prepared(schema: Any) -> Any:
    """
    A schema without its prose, and with the bounds of its integers written out.

    Validators know no ``uint16``; the server does, and refuses what does not fit (measured).
    """
    if isinstance(schema, list):
        return [prepared(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept: Schema = {}
    for key, value in schema.items():
        if key in ("properties", "definitions"):
            kept[key] = {name: prepared(one) for name, one in value.items()}
        elif key not in ("description", "$schema"):
            kept[key] = value if key in ("enum", "default", "required") else prepared(value)
    size = kept.get("format")
    if isinstance(size, str) and size in _BITS:
        bits, signed = _BITS[size]
        kept["minimum"] = -(2 ** (bits - 1)) if signed else 0
        kept["maximum"] = 2 ** (bits - signed) - 1
    return kept
