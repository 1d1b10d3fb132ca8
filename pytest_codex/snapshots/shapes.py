"""
What of an object belongs into a snapshot.

Views and results of the SDK are told by what the agent did; other models of the SDK by their
fields. What is empty is left out, so that a field which a newer version adds changes nothing.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from typing import TYPE_CHECKING, Any

from fake_server.volatile import constant
from pytest_codex.views import Item, Matches, SessionTranscript, Thread, Turn, View
from pytest_codex.views import items as view_items
from pytest_codex.views import notes as view_notes
from pytest_codex.views.diffs import settled
from pytest_codex.views.making import views_of_raw
from pytest_codex.views.requests import Request
from pytest_codex.views.sources import plain
from pytest_codex.wire import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Shaper = Callable[[Any], Any]

_LISTS = ("items", "approvals", "reviews", "questions", "errors", "warnings")
_OWN = (view_items.__name__, view_notes.__name__)
_known: dict[type, Shaper | None] = {}

PRETTY = frozenset("{[d")
"""With what a text begins that may be JSON or a diff."""

_EMPTY: tuple[object, ...] = (None, [], {}, ())


class Shape:
    """
    An object as a snapshot shows it: its name, and those of its parts that count.
    """

    __slots__ = ("name", "parts")

    def __init__(self, name: str, parts: Iterable[tuple[str, Any]]) -> None:
        self.name = name
        self.parts = {key: value for key, value in parts if value not in _EMPTY}


def known_shaper(kind: type) -> Shaper | None:
    """
    The shaper of a type, looked for once.
    """
    if kind not in _known:
        _known[kind] = shaper_of(kind)
    return _known[kind]


def shaper_of(kind: type) -> Shaper | None:
    """
    How objects of a type are turned into what a snapshot shows; None to leave them to syrupy.
    """
    if issubclass(kind, enum.Enum):
        return (lambda member: member.value) if _is_sdk(kind) else None
    if hasattr(kind, "model_fields") and hasattr(kind, "model_dump"):
        return _model_shaper(kind)
    if kind.__name__ == "TurnResult" and hasattr(kind, "__dataclass_fields__"):
        return _turn_result
    for base, shaper in _SHAPERS:
        if issubclass(kind, base):
            return shaper
    if dataclasses.is_dataclass(kind) and kind.__module__ in _OWN:
        return _dataclass_shaper(kind)
    return None


def pretty(text: str) -> str:
    """
    A text as a snapshot stores it: JSON with a line for each part, diffs without hashes.
    """
    if text.startswith("diff --git "):
        return settled(text)
    if text[:1] in ("{", "[") and text.rstrip()[-1:] in ("}", "]"):
        try:
            return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except ValueError:
            return text
    return text


def _model_shaper(kind: Any) -> Shaper:
    if kind.__name__.endswith("ThreadItem") and "root" not in kind.model_fields:
        return _thread_item
    if "root" in kind.model_fields:
        return lambda model: model.root
    # The wire's names say which values are times and durations.
    fields = [(name, field.alias or name) for name, field in kind.model_fields.items()]
    name = kind.__name__
    # A user's own times and durations are facts; Codex's are not.
    leaf = _leaf if _is_sdk(kind) else _as_is

    def shape(model: Any) -> Shape:
        values = model.__dict__
        return Shape(name, [(key, leaf(values.get(key), alias)) for key, alias in fields])

    return shape


def _is_sdk(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "openai_codex"


def _as_is(value: Any, _: str) -> Any:
    return value


def _leaf(value: Any, alias: str) -> Any:
    if isinstance(value, (str, int, float)) and not isinstance(value, enum.Enum):
        return constant(value, key=alias)
    # What users keep in there is theirs; what the server says in plain JSON is normalised.
    return constant(value, {}, alias) if isinstance(value, dict) else value


def _thread_item(model: Any) -> Any:
    found = views_of_raw(plain(model))
    return found[0] if len(found) == 1 else found


def _turn_result(result: Any) -> Shape:
    error = result.error
    return Shape(
        "TurnResult",
        [
            ("status", result.status),
            ("items", [view for item in result.items for view in views_of_raw(plain(item))]),
            ("error", error),
            ("usage", None if result.usage is None else view_notes.Usage.of(_total(result))),
            ("final_response", result.final_response),
        ],
    )


def _total(result: Any) -> Any:
    return plain(result.usage.total)


def _turn(turn: Turn) -> Shape:
    return Shape("Turn", _turn_parts(turn))


def _turn_parts(turn: Turn) -> list[tuple[str, Any]]:
    return [
        ("status", turn.status),
        *((name, getattr(turn, name)) for name in _LISTS),
        ("plan", turn.plan),
        ("usage", turn.usage if turn.usage.calls else None),
        ("final_response", turn.final_response),
    ]


def _thread(thread: Thread) -> Shape:
    parent = thread.parent
    return Shape(
        "Thread",
        [
            ("cwd", thread.cwd or None),
            ("parent", None if parent is None else parent.number),
            ("turns", thread.turns),
            ("notes", _notes(thread._record.log)),
        ],
    )


def _transcript(transcript: SessionTranscript) -> Shape:
    notes = _notes(transcript._reader().loose)
    return Shape("Transcript", [("threads", transcript.threads), ("notes", notes)])


def _notes(log: list[Any]) -> list[Any]:
    """
    Errors and warnings outside of any turn.
    """
    return [one for one in log if isinstance(one, (view_notes.Failure, view_notes.Notice))]


def _session(view: Any) -> Any:
    return view.transcript


def _item(item: Item) -> Any:
    hidden = ("id", "type")
    raw = {key: value for key, value in item.raw.items() if key not in hidden}
    about = [] if item.finished else [("finished", False)]
    return Shape(item.type or "Item", [*constant(raw, {}).items(), *about])


def _dataclass_shaper(kind: Any) -> Shaper:
    if kind is Item:
        return _item
    hidden = {"params", "answer", "error"} if kind is view_notes.Approval else {"finished"}
    shown = [f.name for f in dataclasses.fields(kind) if f.compare and f.name not in hidden]
    more = ["reason", "decision"] if kind is view_notes.Approval else []
    name = kind.__name__

    def shape(one: Any) -> Shape:
        parts = [(key, getattr(one, key)) for key in (*shown, *more)]
        if getattr(one, "finished", True) is False:
            parts.append(("finished", False))
        return Shape(name, parts)

    return shape


def _message(message: Message) -> Shape:
    body = message.body
    told = constant(body, {}) if isinstance(body, dict) else body
    return Shape("Message", [("sender", message.sender), ("body", told)])


def _request(request: Request) -> Shape:
    names = ("method", "params", "result", "error", "connection")
    told = constant({name: getattr(request, name) for name in names}, {})
    return Shape("Request", told.items())


_SHAPERS: tuple[tuple[type, Shaper], ...] = (
    (SessionTranscript, _transcript),
    (Thread, _thread),
    (Turn, _turn),
    (View, _session),
    (Matches, list),
    (Message, _message),
    (Request, _request),
)
