"""
Comparing two versions' schemas, message by message, each definition once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_codex.schema.shapes import Shape, shape_of
from pytest_codex.schema.walking import ITEM, MEMBER

from .changes import PEER, Change, less, more, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_codex.schema import Bundle, Protocol, Role
    from pytest_codex.schema.bundle import Schema

PAYLOAD = {"server response": "result", "client answer": "result"}
"""Where a role's messages carry what they say; ``params`` for all others."""


def compare(old: Protocol, new: Protocol) -> list[Change]:
    """
    What changed between two versions, sorted: what breaks somebody first.
    """
    stable = {change.key for change in _changes(old.stable_bundle, new.stable_bundle)}
    found = [
        replace(change, experimental=change.key not in stable)
        for change in _changes(old.bundle, new.bundle)
    ]
    found += _released(old, new)
    return sorted(found, key=lambda one: (not one.breaks, one.experimental, one.place, one.text))


def _changes(old: Bundle, new: Bundle) -> list[Change]:
    found: list[Change] = []
    comparisons = {
        "client": _Comparison(old, new, "client"),
        "server": _Comparison(old, new, "server"),
    }
    for role, messages in old.messages.items():
        later = new.messages[role]
        comparison = comparisons[role.partition(" ")[0]]
        if role not in PAYLOAD:
            found += _methods(role, messages.keys(), later.keys())
        for method in sorted(messages.keys() & later.keys()):
            member = PAYLOAD.get(role, "params")
            found += comparison.members(messages[method], later[method], f"{role} {method}", member)
    for comparison in comparisons.values():
        found += comparison.definitions()
    return together(found)


def _methods(role: Role, old: Any, new: Any) -> Iterator[Change]:
    """
    Methods that came or went; a notification that nobody expects does no harm.
    """
    sender = role.partition(" ")[0]
    for method in sorted(new - old):
        change = more(sender, f"{role} {method}", "added")
        yield replace(change, breaks=frozenset()) if "notification" in role else change
    for method in sorted(old - new):
        place = f"{role} {method}"
        change = less(sender, place, "removed", place)
        # Who waits for a notification that is gone waits for ever; sending it harms nobody.
        waiting = frozenset({"client"}) if role == "server notification" else frozenset()
        yield replace(change, breaks=waiting) if "notification" in role else change


def _released(old: Protocol, new: Protocol) -> Iterator[Change]:
    for role, messages in new.stable_bundle.messages.items():
        if role not in PAYLOAD:
            before = old.bundle.messages[role].keys() - old.stable_bundle.messages[role].keys()
            for method in sorted(before & messages.keys()):
                yield Change(f"{role} {method}", "no longer experimental")


class _Comparison:
    """
    Compares what one side sends; definitions that are met wait for their turn.
    """

    def __init__(self, old: Bundle, new: Bundle, sender: str) -> None:
        self._old = old
        self._new = new
        self._sender = sender
        self._waiting: list[tuple[str, str]] = []
        self._met: set[tuple[str, str]] = set()

    def definitions(self) -> Iterator[Change]:
        """
        The changes of all definitions that were met, and of those they lead to.
        """
        while self._waiting:
            one, other = self._waiting.pop()
            place = one.rpartition("/")[2]
            yield from self.values(self._old.resolve(one), self._new.resolve(other), place)

    def members(
        self, old: Schema, new: Schema, place: str, only: str | None = None
    ) -> Iterator[Change]:
        """
        The changes of an object's members.
        """
        before, after = old.get("properties", {}), new.get("properties", {})
        must, must_now = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() | after.keys()):
            if only not in (None, name):
                continue
            where = f"{place}.{name}"
            if name not in after:
                yield self._member_gone(where, new, name in must)
            elif name not in before:
                yield self._member_new(where, f"{place}-{name}", old, name in must_now)
            else:
                if name in must_now - must:
                    yield less(self._sender, where, "is required now", f"{place}-{name}")
                elif name in must - must_now:
                    yield more(self._sender, where, "is no longer required")
                yield from self.values(before[name], after[name], where)

    def values(self, old: Any, new: Any, place: str) -> Iterator[Change]:
        """
        The changes of what may stand at a place.
        """
        if old == new and not _refers(old):
            return
        one, other = shape_of(old), shape_of(new)
        if one.anything or other.anything:
            if not one.anything:
                yield more(self._sender, place, "may be anything now")
            elif not other.anything:
                yield less(self._sender, place, "may no longer be anything", place)
            return
        self._pair(one, other)
        yield from self._scalars(one, other, place)
        yield from self._objects(one, other, place)
        if one.arrays and other.arrays:
            yield from self.values(one.arrays[0], other.arrays[0], place + ITEM)

    def _scalars(self, one: Shape, other: Shape, place: str) -> Iterator[Change]:
        types, types_now = _types(one), _types(other)
        for kind in sorted(types - types_now - _covered(types_now)):
            yield less(self._sender, place, f"may no longer be {_a(kind)}", f"{place}:{kind}")
        for kind in sorted(types_now - types - _covered(types)):
            yield more(self._sender, place, f"may be {_a(kind)} now")
        if one.values or other.values:
            yield from self._lists(one, other, place)
        for kind in sorted(one.scalars.keys() & other.scalars.keys()):
            before, after = one.scalars[kind], other.scalars[kind]
            if before != after:
                text = f"limits of the {kind} changed from {_limits(before)} to {_limits(after)}"
                change = less if _narrower(before, after) else more
                yield change(self._sender, place, text, f"{place}:{kind}")

    def _lists(self, one: Shape, other: Shape, place: str) -> Iterator[Change]:
        if "string" in one.scalars or "string" in other.scalars:
            if "string" not in one.scalars:
                yield more(self._sender, place, "may be any text now")
            elif "string" not in other.scalars:
                yield less(self._sender, place, "may no longer be any text", place)
            return
        gone = [value for value in one.values if value not in other.values]
        new = [value for value in other.values if value not in one.values]
        if gone:
            marks = [f"{place}={value}" for value in gone]
            yield less(self._sender, place, f"{_values(gone)} removed", *marks)
        if new:
            yield more(self._sender, place, f"{_values(new)} added")

    def _objects(self, one: Shape, other: Shape, place: str) -> Iterator[Change]:
        before, after = _by_tag(one), _by_tag(other)
        if not before or not after:  # told as a change of type
            return
        if before.keys().isdisjoint(after) and "" in (*before, *after):
            # An object that got tags, or lost them: its forms are compared as one.
            before, after = {"": _joined(before.values())}, {"": _joined(after.values())}
        for tag in sorted(before.keys() | after.keys()):
            where = f"{place}({tag})" if tag else place
            if tag not in after:
                yield less(self._sender, where, "removed", where)
            elif tag not in before:
                yield more(self._sender, where, "added")
            else:
                yield from self._object(before[tag], after[tag], where)

    def _object(self, old: Schema, new: Schema, place: str) -> Iterator[Change]:
        yield from self.members(old, new, place)
        rest, rest_now = old.get("additionalProperties"), new.get("additionalProperties")
        if isinstance(rest, dict) and isinstance(rest_now, dict):
            yield from self.values(rest, rest_now, place + MEMBER)
        elif rest_now is False and rest is not False:
            yield less(self._sender, place, "allows no other fields now", place)
        elif rest is False and rest_now is not False:
            yield more(self._sender, place, "allows other fields now")

    def _pair(self, one: Shape, other: Shape) -> None:
        """
        Match the definitions that both sides name; a single one each was only renamed.
        """
        tails = {name.rpartition("/")[2]: name for name in other.references}
        pairs = [
            (name, tails[name.rpartition("/")[2]])
            for name in one.references
            if name.rpartition("/")[2] in tails
        ]
        left = [name for name in one.references if name not in dict(pairs)]
        right = [name for name in other.references if name not in dict(pairs).values()]
        if len(left) == len(right) == 1:
            pairs.append((left.pop(), right.pop()))
        for name in left:
            _unfold(one, self._old, name)
        for name in right:
            _unfold(other, self._new, name)
        for pair in pairs:
            if pair not in self._met:
                self._met.add(pair)
                self._waiting.append(pair)

    def _member_gone(self, where: str, new: Schema, was_required: bool) -> Change:
        text = "field removed"
        if self._sender == "client" or new.get("additionalProperties") is False:
            return less(self._sender, where, text, where)
        # Who reads what a server sends misses only what was always there.
        broken = frozenset({PEER[self._sender]}) if was_required else frozenset()
        return Change(where, text, broken, frozenset({where}))

    def _member_new(self, where: str, absent: str, old: Schema, required: bool) -> Change:
        if required:
            return less(self._sender, where, "required field added", absent)
        if old.get("additionalProperties") is False:
            return more(self._sender, where, "field added")
        return Change(where, "field added")


def _unfold(shape: Shape, bundle: Bundle, reference: str) -> None:
    """
    Describe a definition in place, where the other version has no counterpart by name.
    """
    schema = bundle.resolve(reference)
    inner = shape_of(schema)
    shape.scalars |= inner.scalars
    shape.values += [value for value in inner.values if value not in shape.values]
    shape.arrays += inner.arrays
    for tag, forms in inner.objects.items():
        shape.objects.setdefault(tag or reference.rpartition("/")[2], []).extend(forms)
    for name in inner.references:
        _unfold(shape, bundle, name)


def _by_tag(shape: Shape) -> dict[str, Schema]:
    return {tag: _joined(forms) for tag, forms in shape.objects.items()}


def _joined(forms: Iterable[Schema]) -> Schema:
    """
    One object for several forms: with the members of all, requiring what all require.
    """
    first, *others = forms
    if not others:
        return first
    properties: Schema = {}
    for form in (first, *others):
        for name, schema in form.get("properties", {}).items():
            known = properties.get(name)
            properties[name] = schema if known in (None, schema) else {"anyOf": [known, schema]}
    required = set(first.get("required", ())).intersection(
        *(form.get("required", ()) for form in others)
    )
    return {"type": "object", "properties": properties, "required": sorted(required)}


def _types(shape: Shape) -> set[str]:
    found = set(shape.scalars)
    if shape.values:
        found.add("string")
    if shape.objects:
        found.add("object")
    if shape.arrays:
        found.add("array")
    return found


def _covered(types: set[str]) -> set[str]:
    return {"integer"} if "number" in types else set()


def _refers(schema: Any) -> bool:
    if isinstance(schema, dict):
        return "$ref" in schema or any(map(_refers, schema.values()))
    return isinstance(schema, list) and any(map(_refers, schema))


def _narrower(before: Schema, after: Schema) -> bool:
    lowest, highest = float("-inf"), float("inf")
    return bool(
        after.get("minimum", lowest) > before.get("minimum", lowest)
        or after.get("maximum", highest) < before.get("maximum", highest)
        or after.get("minLength", 0) > before.get("minLength", 0)
    )


def _limits(limits: Schema) -> str:
    return ", ".join(f"{key} {value:g}" for key, value in limits.items()) or "none"


def _values(values: list[Any]) -> str:
    listed = ", ".join(f'"{value}"' for value in values)
    return f"value {listed}" if len(values) == 1 else f"values {listed}"


def _a(kind: str) -> str:
    if kind == "null":
        return "null"
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
