"""
The tape: everything that happened, in the order it happened, before any canonical form.

Messages arrive here redacted and with placeholders, so a tape may be written to disk
line by line and survives a killed process.
"""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass, field
from typing import IO, Any


@dataclass(slots=True)
class Entry:
    """
    One thing that happened.

    Attributes:
        conn: Number of the connection, from 1, in order of start.
        kind: ``spawn``, ``client``, ``server``, ``workspace``, ``stderr`` or ``exit``.
        body: The message, effect, command, line or exit code.
        main: For a client message: whether the process's main thread sent it.
        at: Seconds since the tape began.
    """

    conn: int
    kind: str
    body: Any
    main: bool = False
    at: float = 0.0


@dataclass(slots=True)
class Tape:
    """
    A thread-safe, append-only list of entries, optionally mirrored in a file.

    Args:
        path: Where to write each entry at once; None keeps the tape in memory only.
    """

    path: str | None = None
    entries: list[Entry] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _begun: float = field(default_factory=time.monotonic)
    _file: IO[str] | None = None

    def add(self, conn: int, kind: str, body: Any, *, main: bool = False) -> None:
        """
        Append one entry.
        """
        with self._lock:
            entry = Entry(conn, kind, body, main, round(time.monotonic() - self._begun, 5))
            self.entries.append(entry)
            if self.path is not None:
                self._write(entry)

    def _write(self, entry: Entry) -> None:
        if self._file is None:
            assert self.path is not None
            os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
            self._file = open(self.path, "a", encoding="utf-8", newline="\n")  # noqa: SIM115
        record = {"at": entry.at, "conn": entry.conn, entry.kind: entry.body}
        if entry.main:
            record["main"] = True
        self._file.write(json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n")
        self._file.flush()

    def close(self) -> None:
        """
        Close the file, if there is one.
        """
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    @classmethod
    def load(cls, path: str) -> Tape:
        """
        Read a tape back, leaving out a last line that was cut off when its writer died.
        """
        tape = cls()
        with open(path, encoding="utf-8") as file:
            for line in file:
                if not line.endswith("\n"):
                    break
                record = json.loads(line)
                at, conn, main = record.pop("at"), record.pop("conn"), record.pop("main", False)
                kind, body = record.popitem()
                tape.entries.append(Entry(conn, kind, body, main, at))
        return tape
