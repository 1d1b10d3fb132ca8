"""
What changed between two versions, and whom it breaks.
"""

from __future__ import annotations

from typing import Any

import pytest

from pytest_codex.drift import Change, compare
from pytest_codex.schema import Protocol
from tests.protocols import NEWEST, VERSIONS, needs_recorded, protocol

Sides = str
"""Who is broken: "client", "server", "client server" or ""."""


def method(name: str, **payload: Any) -> dict[str, Any]:
    """
    A request or notification of the schema.
    """
    return {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "method": {"enum": [name]}, **payload},
        "required": ["method"],
    }


def document(said: Any, role: str = "ClientRequest", **definitions: Any) -> dict[str, Any]:
    """
    A schema with one method, ``do``, whose params are as given.
    """
    messages = {"oneOf": [method("do", params={"$ref": "#/definitions/DoParams"})]}
    return {"definitions": {role: messages, "DoParams": said, **definitions}}


def changes(old: Any, new: Any) -> list[Change]:
    """
    What changed between two documents.
    """
    return compare(Protocol("1", old, old), Protocol("2", new, new))


def told(found: list[Change]) -> list[tuple[str, Sides]]:
    """
    Changes as text and whom they break.
    """
    return [(f"{one.place}: {one.text}", " ".join(sorted(one.breaks))) for one in found]


def fields(*required: str, **properties: Any) -> dict[str, Any]:
    """
    An object.
    """
    return {"type": "object", "properties": properties, "required": list(required)}


TEXT = {"type": "string"}
ONE, TWO = fields("type", type={"enum": ["one"]}), fields("type", type={"enum": ["two"]})

CASES: list[tuple[Any, Any, str, Sides, Sides]] = [
    # old, new, what is told, who breaks when a client sends it, who when a server does
    (fields(a=TEXT), fields(a=TEXT, b=TEXT), "DoParams.b: field added", "", ""),
    (fields(a=TEXT), fields("b", a=TEXT, b=TEXT), "DoParams.b: required field added",
     "client", "server"),
    (fields(a=TEXT, b=TEXT), fields(a=TEXT), "DoParams.b: field removed", "client", ""),
    (fields("b", a=TEXT, b=TEXT), fields(a=TEXT), "DoParams.b: field removed", "client", "client"),
    (fields(a=TEXT), fields("a", a=TEXT), "DoParams.a: is required now", "client", "server"),
    (fields("a", a=TEXT), fields(a=TEXT), "DoParams.a: is no longer required", "server", "client"),
    (fields(a={"type": ["string", "null"]}), fields(a=TEXT), "DoParams.a: may no longer be null",
     "client", "server"),
    (fields(a=TEXT), fields(a={"anyOf": [TEXT, {"type": "null"}]}), "DoParams.a: may be null now",
     "server", "client"),
    (fields(a={"enum": ["x", "y"]}), fields(a={"enum": ["x"]}), 'DoParams.a: value "y" removed',
     "client", "server"),
    (fields(a={"enum": ["x"]}), fields(a={"oneOf": [{"enum": ["x"]}, {"enum": ["y", "z"]}]}),
     'DoParams.a: values "y", "z" added', "server", "client"),
    (fields(a={"enum": ["x"]}), fields(a=TEXT), "DoParams.a: may be any text now",
     "server", "client"),
    (fields(a=TEXT), fields(a={"enum": ["x"]}), "DoParams.a: may no longer be any text",
     "client", "server"),
    (fields(a=TEXT), fields(a=True), "DoParams.a: may be anything now", "server", "client"),
    (fields(a=True), fields(a=TEXT), "DoParams.a: may no longer be anything", "client", "server"),
    (fields(a={"type": "array", "items": TEXT}),
     fields(a={"type": "array", "items": {"type": ["boolean", "string"]}}),
     "DoParams.a[]: may be a boolean now", "server", "client"),
    (fields(a={"type": "integer", "maximum": 9}), fields(a={"type": "integer", "maximum": 5}),
     "DoParams.a: limits of the integer changed from maximum 9 to maximum 5", "client", "server"),
    (fields(a={"type": "integer"}), fields(a={"type": "number"}),
     "DoParams.a: may be a number now", "server", "client"),
    (fields(a={"type": "number"}), fields(a={"type": "integer"}),
     "DoParams.a: may no longer be a number", "client", "server"),
    (fields(a={"oneOf": [ONE, TWO]}), fields(a={"oneOf": [ONE]}), "DoParams.a(two): removed",
     "client", "server"),
    (fields(a={"oneOf": [ONE]}), fields(a={"oneOf": [ONE, TWO]}), "DoParams.a(two): added",
     "server", "client"),
    (fields(a=TEXT), {**fields(a=TEXT), "additionalProperties": False},
     "DoParams: allows no other fields now", "client", "server"),
    ({**fields(a=TEXT), "additionalProperties": False}, fields(a=TEXT),
     "DoParams: allows other fields now", "server", "client"),
    ({**fields(a=TEXT), "additionalProperties": False},
     {**fields(a=TEXT, b=TEXT), "additionalProperties": False},
     "DoParams.b: field added", "server", "client"),
    (fields(a={"type": "object", "additionalProperties": TEXT}),
     fields(a={"type": "object", "additionalProperties": {"type": ["string", "null"]}}),
     "DoParams.a{}: may be null now", "server", "client"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "text", "by_client", "by_server"), CASES)
def test_each_kind_of_change(
    old: Any, new: Any, text: str, by_client: Sides, by_server: Sides
) -> None:
    """
    Less to send breaks who sends, more to receive breaks who receives.
    """
    sent = changes(document(old), document(new))
    received = changes(document(old, "ServerNotification"), document(new, "ServerNotification"))

    assert [(text, by_client)] == told(sent)
    assert [(text, by_server)] == told(received)


def test_both_sides() -> None:
    """
    What both sides send breaks both, and is told once.
    """

    def both(said: Any) -> dict[str, Any]:
        one, other = document(said), document(said, "ServerNotification")
        return {"definitions": {**one["definitions"], **other["definitions"]}}

    found = changes(both(fields(a={"enum": ["x"]})), both(fields(a={"enum": ["x", "y"]})))

    assert [('DoParams.a: value "y" added', "client server")] == told(found)


@pytest.mark.parametrize(
    ("role", "name", "added", "removed"),
    [
        ("ClientRequest", "client request", "server", "client"),
        ("ServerRequest", "server request", "client", "server"),
        ("ServerNotification", "server notification", "", "client"),
        ("ClientNotification", "client notification", "", ""),
    ],
)
def test_methods(role: str, name: str, added: Sides, removed: Sides) -> None:
    """
    A request nobody expects goes unanswered; a notification nobody expects does no harm.
    """
    few = {"definitions": {role: {"oneOf": [method("do")]}}}
    many = {"definitions": {role: {"oneOf": [method("do"), method("more")]}}}

    assert [(f"{name} more: added", added)] == told(changes(few, many))
    assert [(f"{name} more: removed", removed)] == told(changes(many, few))


def test_a_definition_that_was_renamed() -> None:
    """
    A new name for the same thing is no change; what changed in it is told under the old one.
    """
    old = document(fields(a={"$ref": "#/definitions/A"}), A=fields(x=TEXT))
    same = document(fields(a={"$ref": "#/definitions/B"}), B=fields(x=TEXT))
    other = document(fields(a={"$ref": "#/definitions/B"}), B=fields("x", x=TEXT))

    assert [] == changes(old, same)
    assert [("A.x: is required now", "client")] == told(changes(old, other))


def test_a_definition_that_was_written_in_place() -> None:
    """
    Whether an alternative has a name of its own is no change.
    """
    named = document(
        fields(a={"anyOf": [{"$ref": "#/definitions/One"}, {"$ref": "#/definitions/Two"}, TEXT]}),
        One=ONE,
        Two=TWO,
    )
    plain = document(fields(a={"anyOf": [ONE, TWO, TEXT]}))

    assert [] == changes(named, plain)
    assert [] == changes(plain, named)


def test_definitions_may_name_themselves() -> None:
    """
    A definition that leads back to itself is compared once.
    """
    tree = fields(children={"type": "array", "items": {"$ref": "#/definitions/DoParams"}})
    other = {**tree, "required": ["children"]}

    assert [("DoParams.children: is required now", "client")] == told(
        changes(document(tree), document(other))
    )


def test_experimental() -> None:
    """
    What only the experimental schema shows is marked, and what left it is told.
    """
    stable, more = document(fields(a=TEXT)), document(fields(a=TEXT, b=TEXT))
    new = {"oneOf": [method("do"), method("new")]}
    wider = {"definitions": {"ClientRequest": new}}
    narrow = {"definitions": {"ClientRequest": {"oneOf": [method("do")]}}}

    (field,) = compare(Protocol("1", stable, stable), Protocol("2", stable, more))
    released = compare(Protocol("1", narrow, wider), Protocol("2", wider, wider))

    assert field.experimental
    assert [("client request new: no longer experimental", "")] == told(released)


@needs_recorded
def test_what_is_known_of_real_versions() -> None:
    """
    Changes that were measured on the wire are found in the schemas, one way and back.
    """
    there = {one.key: one for one in compare(protocol("0.147.0"), protocol(NEWEST))}
    back = {one.key: one for one in compare(protocol(NEWEST), protocol("0.147.0"))}

    assert {"client"} == there["client request thread/rollback", "removed"].breaks
    assert {"server"} == back["client request thread/rollback", "added"].breaks
    assert ("SubAgentActivityKind", 'value "completed" added') in there
    assert ("SubAgentActivityKind", 'value "completed" removed') in back
    assert ("server notification thread/readState/changed", "added") in there
    assert ("UserInput(image).url", "is no longer required") in there
    assert {"server"} == there["Thread.projectId", "required field added"].breaks


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_has_no_drift_from_itself(version: str) -> None:
    """
    Nothing changed between a version and itself.
    """
    assert [] == compare(protocol(version), protocol(version))
