"""
The transcript, and its form on disk: the cassette.

UTF-8 JSON Lines. Line 1 is the header, with a checksum of the whole file; every other
line is one event. A cassette that cannot be read in full is an error, never an
empty one.
"""

from __future__ import annotations

import json
import os

from .errors import CassetteFormatError, CassetteNotFoundError, CassetteVersionError
from .quiet import NoCollection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha256
    from typing import Any
else:
    try:  # `hashlib` loads OpenSSL, a tenth of the fake's start; the same function without it:
        from _sha2 import sha256  # CPython 3.12 and later
    except ImportError:
        try:
            from _sha256 import sha256  # CPython 3.10 and 3.11
        except ImportError:
            from hashlib import sha256

FORMAT = 1
"""Number of the format this version writes; it does not follow the release number."""

KINDS = ("client", "server", "workspace", "spawn")
"""What an event can be: a message of either side, a change on disk, a process started."""

SEAL = "sha256"
"""Header key of the checksum."""

_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


class Event:
    """
    One line of a cassette.

    Attributes:
        conn: Number of the connection, from 1.
        kind: One of ``KINDS``.
        body: The message, the effect, or the spawned command. A client that wrote
            something that is not JSON is kept as the string it wrote.
        line: 1-based line in the file; 0 for an event that came from no file.
        text: The line itself, for an event that came from a file; else "".
    """

    __slots__ = ("body", "conn", "kind", "line", "text")

    def __init__(self, conn: int, kind: str, body: Any, line: int = 0, text: str = "") -> None:
        self.conn = conn
        self.kind = kind
        self.body = body
        self.line = line
        self.text = text

    def message_text(self) -> str:
        """
        The message as JSON text: cut out of its line when the line is as ``dumps`` writes it.
        """
        text = self.text
        if text.endswith("}}"):
            if text.startswith('{"server": '):
                return text[11:-1]
            if text.startswith('{"conn": '):
                return text[text.find('"server": ') + 10 : -1]
        return _encoder.encode(self.body)

    def __repr__(self) -> str:
        return f"Event({self.conn}, {self.kind!r}, {self.body!r}, line={self.line})"


class Transcript:
    """
    An ordered list of events between clients and one server.

    Attributes:
        header: Facts about the recording: Codex version, client, platform.
        events: The events in order.
        path: Where it was loaded from, for messages; empty when it was built.
    """

    __slots__ = ("events", "header", "path")

    def __init__(
        self,
        header: dict[str, Any] | None = None,
        events: list[Event] | None = None,
        path: str = "",
    ) -> None:
        self.header: dict[str, Any] = {} if header is None else header
        self.events: list[Event] = [] if events is None else events
        self.path = path

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, sealed: bool = True) -> Transcript:
        """
        Read a cassette.

        Args:
            path: The file.
            sealed: Whether the checksum must hold; ``pytest-codex seal`` says no.

        Raises:
            CassetteNotFoundError: There is no such file.
            CassetteFormatError: It is not a whole cassette.
            CassetteVersionError: It was written by a newer version.
        """
        name = os.fspath(path)
        try:
            with open(name, "rb") as file:
                raw = file.read()
        except FileNotFoundError:
            raise CassetteNotFoundError(f"no cassette at {name}") from None
        except OSError as reason:
            raise CassetteFormatError(name, 0, f"cannot be read: {reason.strerror}") from reason
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as reason:
            line = raw.count(b"\n", 0, reason.start) + 1
            raise CassetteFormatError(name, line, "is not UTF-8; restore the file") from reason
        return cls.parse(text, name, sealed=sealed)

    @classmethod
    def parse(cls, text: str, path: str = "<text>", *, sealed: bool = True) -> Transcript:
        """
        Read a cassette from its text; errors as in ``load``.
        """
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        head, _, rest = text.partition("\n")
        header = _read_header(head, path)
        lines = rest.split("\n")
        if lines[-1] != "":
            raise CassetteFormatError(path, len(lines) + 1, "the last line is cut off")
        lines.pop()
        with NoCollection():
            events = _read_events(lines, path)
        seal = str(header.get(SEAL))
        if sealed and seal != checksum(head.replace(seal, ""), rest):
            raise CassetteFormatError(
                path,
                0,
                "does not match the checksum in its header: the file was damaged, half merged or "
                f"edited. Record it again, or accept the edit: pytest-codex seal {path}",
            )
        return cls(header, events, path)

    def dumps(self) -> str:
        """
        Write the cassette's text, with a fresh checksum.
        """
        several = any(event.conn != 1 for event in self.events)
        body = "".join(
            _encoder.encode({**({"conn": event.conn} if several else {}), event.kind: event.body})
            + "\n"
            for event in self.events
        )
        header = {**self.header, "codex_cassette": FORMAT, SEAL: ""}
        seal = checksum(_encoder.encode(header), body)
        return _encoder.encode({**header, SEAL: seal}) + "\n" + body

    def save(self, path: str | os.PathLike[str]) -> None:
        """
        Write the cassette in one step: a reader sees the old file or the new one.
        """
        write_atomically(path, self.dumps())


def write_atomically(path: str | os.PathLike[str], text: str) -> None:
    """
    Replace a file's whole content, through a temporary file beside it.
    """
    name = os.fspath(path)
    os.makedirs(os.path.dirname(os.path.abspath(name)), exist_ok=True)
    temporary = f"{name}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(temporary, name)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def checksum(head: str, body: str) -> str:
    """
    The seal over a whole cassette.

    Args:
        head: The header's line with an empty seal.
        body: The lines below it.
    """
    return sha256(f"{head}\n{body}".encode()).hexdigest()


def _read_header(line: str, path: str) -> dict[str, Any]:
    if not line:
        raise CassetteFormatError(path, 1, "is empty; record it again")
    try:
        header = json.loads(line)
    except ValueError:
        header = None
    version = header.get("codex_cassette") if isinstance(header, dict) else None
    if not isinstance(header, dict) or type(version) is not int:
        raise CassetteFormatError(path, 1, 'is no cassette: line 1 has no "codex_cassette" number')
    if version > FORMAT:
        raise CassetteVersionError(
            f"{path}: written in format {version}, this version reads up to {FORMAT}; "
            "update it: pip install -U pytest-codex-harness"
        )
    if version < 1:
        raise CassetteFormatError(path, 1, f"there is no format {version}")
    return header


def _read_events(lines: list[str], path: str) -> list[Event]:
    """
    All events at once: one call of the parser for the whole file halves the time.
    """
    try:
        values = json.loads(f"[{','.join(lines)}]")
    except ValueError:
        values = ()
    if len(values) != len(lines):
        values = [_read_value(line, number, path) for number, line in enumerate(lines, 2)]
    events = []
    number = 1
    for value, line in zip(values, lines, strict=True):
        number += 1
        try:
            conn = value.pop("conn", 1)
            ((kind, body),) = value.items()
        except (AttributeError, TypeError, ValueError):
            raise _bad_event(value, number, path) from None
        if kind not in KINDS or type(conn) is not int or conn < 1:
            raise _bad_event({"conn": conn, kind: body}, number, path)
        if type(body) is not dict and not (kind == "client" and type(body) is str):
            raise CassetteFormatError(path, number, f'"{kind}" is not an object')
        events.append(Event(conn, kind, body, number, line))
    return events


def _read_value(line: str, number: int, path: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as reason:
        marks = ("<<<<<<<", "=======", ">>>>>>>")
        hint = "a merge conflict is left in it" if line.startswith(marks) else str(reason)
        raise CassetteFormatError(path, number, f"is not JSON: {hint}") from None


def _bad_event(value: Any, number: int, path: str) -> CassetteFormatError:
    if not isinstance(value, dict):
        return CassetteFormatError(path, number, "is not a JSON object")
    conn = value.pop("conn", 1)
    if type(conn) is not int or conn < 1:
        return CassetteFormatError(path, number, f'"conn" is {conn!r}, not a number from 1')
    return CassetteFormatError(
        path, number, f"has the keys {sorted(value)}, not one of {', '.join(KINDS)}"
    )
