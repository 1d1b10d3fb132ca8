"""
What syrupy sees: a serializer, an extension of its amber one, and the assertion itself.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.amber import AmberDataSerializer, AmberSnapshotExtension

from fake_server.placeholders import Places
from fake_server.redaction import Redactor

from .emitting import TooDeepError, emit
from .settling import settle
from .shapes import PRETTY, Shape, known_shaper, pretty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_codex.session import CodexSession

_SYRUPY = (
    "codex_snapshot needs syrupy's pytest plugin, which is not loaded. Where plugins are not "
    "loaded by themselves (PYTEST_DISABLE_PLUGIN_AUTOLOAD), say: pytest -p syrupy"
)
_AMBER = "1"
"""The version of syrupy's format that ``emitting`` writes."""


class CodexSerializer(AmberDataSerializer):
    """
    Amber, and a shape for what the SDK and our views give.
    """

    @classmethod
    def _assign_serialize_method(cls, data: Any) -> Callable[..., str]:
        kind = type(data)
        if kind is str and data[:1] in PRETTY:
            return cls.serialize_text
        if kind is Shape:
            return cls.serialize_shape
        shaper = known_shaper(kind)
        if shaper is None:
            return super()._assign_serialize_method(data)
        shown = shaper(data)
        method = cls._assign_serialize_method(shown)
        return lambda **how: method(**{**how, "data": shown})

    @classmethod
    def serialize_text(cls, data: str, **how: Any) -> str:
        """
        A text that may be JSON or a diff, in the form that reads best.
        """
        return cls.serialize_string(data=pretty(data), **how)

    @classmethod
    def serialize_shape(cls, data: Shape, **how: Any) -> str:
        """
        A shape like any other object: its name, and its parts with an equals sign.
        """
        return cls.serialize_custom_iterable(
            data=data,
            resolve_entries=(data.parts, lambda shape, key: shape.parts[key], None),
            separator="=",
            **how,
        )

    @classmethod
    def serialize(cls, data: Any, **filters: Any) -> str:
        """
        The text of an object.
        """
        if cls.VERSION == _AMBER and not any(filters.values()):
            try:
                text = emit(data, lambda part, depth: cls._serialize(part, depth=depth))
                return text.replace("\r\n", "\n").replace("\r", "\n")
            except TooDeepError:
                pass
        return super().serialize(data, **filters)

    @classmethod
    def object_type(cls, data: Any) -> str:
        """
        What stands before the parentheses.
        """
        return data.name if type(data) is Shape else super().object_type(data)


class CodexSnapshotExtension(AmberSnapshotExtension):
    """
    Amber snapshots that hold in every run, and hold no secret.

    Attributes:
        places: The directories that have names; the fixture sets them.
    """

    serializer_class = CodexSerializer

    places: Places | None = None

    def serialize(self, data: Any, **how: Any) -> str:
        """
        The text to be compared and stored.
        """
        return settle(super().serialize(data, **how), self.places)

    def matches(self, *, serialized_data: Any, snapshot_data: Any) -> bool:
        """
        Whether the text is the one that was stored; there the secrets are masked.
        """
        return bool(serialized_data == snapshot_data or _masked(serialized_data) == snapshot_data)

    def diff_lines(self, serialized_data: Any, snapshot_data: Any) -> Iterator[str]:
        """
        What differs, as a failing test shows it.
        """
        return super().diff_lines(_masked(serialized_data), snapshot_data)

    @classmethod
    def write_snapshot_collection(cls, *, snapshot_collection: Any, **how: Any) -> None:
        """
        Write to the file, without secrets.
        """
        for snapshot in list(snapshot_collection):
            masked = type(snapshot)(name=snapshot.name, data=_masked(snapshot.data))
            snapshot_collection.add(masked)
        super().write_snapshot_collection(snapshot_collection=snapshot_collection, **how)


class BesideSnapshotExtension(CodexSnapshotExtension):
    """
    The same for a test that uses ``snapshot``, too: both number their snapshots from 0.
    """

    @classmethod
    def get_snapshot_name(cls, **where: Any) -> str:
        """
        The name under which a snapshot is stored.
        """
        return f"{super().get_snapshot_name(**where)} codex"


class CodexSnapshot(SnapshotAssertion):
    """
    A syrupy assertion that knows its test's directories.
    """

    def know(self, places: Places) -> CodexSnapshot:
        """
        Let directories be told by their names.
        """
        if isinstance(self.extension, CodexSnapshotExtension):
            self.extension.places = places
        self._places = places
        return self

    def _serialize(self, data: Any) -> Any:
        if self._matcher or self._include or self._exclude:
            return super()._serialize(data)
        # Without filters there is nothing to ask at each part.
        return self.extension.serialize(data)

    def with_defaults(self, **options: Any) -> CodexSnapshot:
        """
        A new assertion with other defaults, for the same test.
        """
        made = super().with_defaults(**options)
        assert isinstance(made, CodexSnapshot)
        return made.know(self._places)


def make_snapshot(request: pytest.FixtureRequest, session: CodexSession | None) -> CodexSnapshot:
    """
    The assertion for a test.

    Args:
        request: Of the fixture.
        session: The test's session, None when it has none.
    """
    beside = "snapshot" in request.fixturenames
    try:
        base = request.getfixturevalue("snapshot")
    except pytest.FixtureLookupError:
        base = None
    if not isinstance(base, SnapshotAssertion):
        pytest.fail(_SYRUPY, pytrace=False)
    options = {field.name: getattr(base, field.name) for field in fields(base) if field.init}
    options["extension_class"] = BesideSnapshotExtension if beside else CodexSnapshotExtension
    places = _places(request) if session is None else session.places
    return CodexSnapshot(**options).know(places)


def _places(request: pytest.FixtureRequest) -> Places:
    """
    The directories of a test without a session.
    """
    places = Places()
    places.bind("home", os.path.expanduser("~"))
    places.bind("tmp", tempfile.gettempdir())
    places.bind("basetemp", request.getfixturevalue("tmp_path_factory").getbasetemp())
    if "tmp_path" in request.fixturenames:
        places.bind("tmp_path", request.getfixturevalue("tmp_path"))
    return places


def _masked(text: str) -> str:
    return Redactor.for_environment(os.environ).text(text)
