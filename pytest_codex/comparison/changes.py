"""
Two lists of facts beside each other: what changed, came, went or moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_codex.comparison.facts import Fact


@dataclass(slots=True)
class Change:
    """
    A change of behaviour.

    Attributes:
        old: What was recorded; None for something new.
        new: What happens now; None for something gone.
        fields: What differs between the two: name, old value, new value.
        moved: Whether it is only its order that changed.
    """

    old: Fact | None
    new: Fact | None
    fields: list[tuple[str, Any, Any]] = field(default_factory=list)
    moved: bool = False

    @property
    def fact(self) -> Fact:
        """
        The fact as it is told of: the recorded one, if there is one.
        """
        found = self.old or self.new
        assert found is not None
        return found


def changes(old: dict[str, list[Fact]], new: dict[str, list[Fact]]) -> list[Change]:
    """
    Every change of behaviour, place by place.
    """
    found: list[Change] = []
    for place in [*old, *(place for place in new if place not in old)]:
        found += _join_moves(list(_align(old.get(place, []), new.get(place, []))))
    return found


def _align(old: list[Fact], new: list[Fact]) -> Iterator[Change]:
    """
    Pair facts that mean the same thing, and say how the two of a pair differ.
    """
    keys = [[(fact.kind, fact.name) for fact in facts] for facts in (old, new)]
    matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    for tag, start, end, begin, until in matcher.get_opcodes():
        ours, theirs = old[start:end], new[begin:until]
        pairs: list[tuple[Fact | None, Fact | None]]
        if tag == "equal":
            pairs = list(zip(ours, theirs, strict=True))
        else:
            pairs = [(fact, _take(theirs, fact.kind)) for fact in ours]
            pairs += [(None, fact) for fact in theirs]
        for one, other in pairs:
            fields = list(_fields(one, other)) if one and other else []
            if fields or one is None or other is None:
                yield Change(one, other, fields)


def _take(facts: list[Fact], kind: str) -> Fact | None:
    """
    Take the first fact of a kind out of a list.
    """
    twin = next((fact for fact in facts if fact.kind == kind), None)
    if twin is not None:
        facts.remove(twin)
    return twin


def _fields(old: Fact, new: Fact) -> Iterator[tuple[str, Any, Any]]:
    if old.name != new.name:
        yield "", old.name, new.name
    for key in [*old.values, *(key for key in new.values if key not in old.values)]:
        if old.values.get(key) != new.values.get(key):
            yield key, old.values.get(key), new.values.get(key)
    for key, value in old.loose.items():
        if key in new.loose and new.loose[key] != value:
            yield key, value, new.loose[key]


def _join_moves(found: list[Change]) -> list[Change]:
    """
    Something that went here and came there has only moved.
    """
    come = [change for change in found if change.old is None]
    for change in [change for change in found if change.new is None]:
        fact = change.fact
        same = [one for one in come if (one.fact.kind, one.fact.name) == (fact.kind, fact.name)]
        for twin in same[:1]:
            come.remove(twin)
            found.remove(twin)
            change.new = twin.new
            change.fields = list(_fields(fact, twin.fact))
            change.moved = True
    return found
