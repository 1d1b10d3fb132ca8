"""
Valid messages of every method, from a version's schema.

Made for reading: what shrinks ends at the plainest message there is, and no message is
larger than it has to be to hold what was drawn.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError
from pytest_codex.schema.shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import DrawFn, SearchStrategy

    from pytest_codex.schema import Bundle, Role
    from pytest_codex.schema.bundle import Schema

MOST_OPTIONAL = 4
"""How many of an object's optional members are present at most."""
MOST_ITEMS = 2
"""How many items an array has at most."""
LONGEST_TEXT = 12
"""How long a text is at most, in characters."""


def messages(bundle: Bundle, role: Role, method: str | None = None) -> SearchStrategy[Any]:
    """
    Valid messages of a method, or of any method of a role.

    Args:
        bundle: The version's schema, as in ``schema.find("0.163.0").bundle``.
        role: Who says it, and what it is.
        method: The method; for answers that of the request.

    Raises:
        HarnessError: This version has no such message, or there is no such role.
    """
    from hypothesis import strategies as st

    known = bundle.messages[_one_of(bundle.messages, role, "there is no role")]
    if method is not None:
        return values(bundle, known[_one_of(known, method, f"this version has no {role}")])
    return st.sampled_from(sorted(known)).flatmap(lambda one: values(bundle, known[one]))


def values(bundle: Bundle, schema: Any) -> SearchStrategy[Any]:
    """
    Values that are valid by a schema of the app-server.

    Args:
        bundle: Where its references lead to.
        schema: The schema.

    Raises:
        HarnessError: It uses what no schema of the app-server used so far.
    """
    return _Compiler(bundle).of(schema)


def _one_of(known: Mapping[Any, object], name: str, complaint: str) -> Any:
    """
    A name, when it is known: methods come and go with the versions, and are misspelt.
    """
    if name not in known:
        close = get_close_matches(name, known, n=1)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        raise HarnessError(f"{complaint} {name!r}{meant}")
    return name


class _Compiler:
    """
    Makes strategies of schemas; each definition becomes one, so that they may name themselves.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._named: dict[str, SearchStrategy[Any]] = {}

    def of(self, schema: Any) -> SearchStrategy[Any]:
        """
        The strategy of a schema, its plainest alternatives first.
        """
        from hypothesis import strategies as st

        shape = shape_of(schema)
        if shape.anything:
            return anything()
        found = [_scalar(kind, shape.scalars[kind]) for kind in _PLAINEST if kind in shape.scalars]
        if shape.values:
            found.append(st.sampled_from(shape.values))
        found += [self._object(one) for forms in shape.objects.values() for one in forms]
        found += [st.lists(self.of(items), max_size=MOST_ITEMS) for items in shape.arrays]
        found += [self._reference(name) for name in shape.references]
        return st.one_of(found)

    def _reference(self, name: str) -> SearchStrategy[Any]:
        from hypothesis import strategies as st

        if name not in self._named:
            # Entered before it is made: definitions may lead back to themselves.
            self._named[name] = st.deferred(lambda: made)
            made = self.of(self._bundle.resolve(name))
        return self._named[name]

    def _object(self, schema: Schema) -> SearchStrategy[Any]:
        properties = schema.get("properties", {})
        needed = schema.get("required", [])
        required = {name: self.of(properties.get(name, True)) for name in needed}
        optional = {name: self.of(one) for name, one in properties.items() if name not in needed}
        rest = schema.get("additionalProperties")
        extra = self.of(rest) if isinstance(rest, dict) or (rest and not properties) else None
        return _objects(required, optional, extra)


_PLAINEST = ("null", "boolean", "integer", "number", "string")


def _scalar(kind: str, limits: Schema) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    if kind == "null":
        return st.none()
    if kind == "boolean":
        return st.booleans()
    if kind == "string":
        return texts(limits.get("minLength", 0))
    low, high = limits.get("minimum"), limits.get("maximum")
    if kind == "integer":
        return st.integers(None if low is None else int(low), None if high is None else int(high))
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


def texts(shortest: int = 0) -> SearchStrategy[str]:
    """
    Texts that every JSON writer can write.
    """
    from hypothesis import strategies as st

    return st.text(st.characters(codec="utf-8"), min_size=shortest, max_size=LONGEST_TEXT)


def anything() -> SearchStrategy[Any]:
    """
    Any JSON value.
    """
    from hypothesis import strategies as st

    leaf = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts()
    return st.recursive(
        leaf,
        lambda inner: (
            st.lists(inner, max_size=MOST_ITEMS)
            | st.dictionaries(texts(), inner, max_size=MOST_ITEMS)
        ),
        max_leaves=3,
    )


def _objects(
    required: dict[str, SearchStrategy[Any]],
    optional: dict[str, SearchStrategy[Any]],
    extra: SearchStrategy[Any] | None,
) -> SearchStrategy[dict[str, Any]]:
    """
    Objects with a few of their optional members; all of them would bury what matters.
    """
    from hypothesis import strategies as st

    names = st.just([]) if not optional else st.lists(
        st.sampled_from(sorted(optional)), unique=True, max_size=MOST_OPTIONAL
    )  # fmt: skip
    rest = st.just({}) if extra is None else st.dictionaries(texts(), extra, max_size=MOST_ITEMS)

    @st.composite
    def build(draw: DrawFn) -> dict[str, Any]:
        made = {name: draw(strategy) for name, strategy in required.items()}
        made |= {name: draw(optional[name]) for name in draw(names)}
        return {**draw(rest), **made}

    return build()
