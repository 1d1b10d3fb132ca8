"""
Standard input and output around a connection: lines in, actions carried out.
"""

from __future__ import annotations

import os
import select
import sys

from .errors import BoundaryError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .asking import Asking
    from .connection import Connection
    from .overheard import Telling

DEADLINE = 30.0
"""Seconds that nothing may move while the client waits for something."""

_CHUNK = 1 << 16


def read_line(source: int) -> tuple[bytes, bytes]:
    """
    Read the first line of a descriptor, and whatever came with it.

    Returns:
        The line, empty when the other side left without one, and the rest.
    """
    data = b""
    while b"\n" not in data:
        chunk = os.read(source, _CHUNK)
        if not chunk:
            return b"", b""
        data += chunk
    line, _, rest = data.partition(b"\n")
    return line, rest


class StdioServer:
    """
    Serves one client over file descriptors.

    Args:
        connection: What to play.
        deadline: Seconds without any message after which a waiting client is told so.
        anywhere: Whether changes on disk may be made outside ``allowed``.
        allowed: Directories that changes on disk may be made in.
        source: File descriptor to read.
        sink: File descriptor to write.
        rest: What was read from the source already.

    Attributes:
        telling: Told of each line that passes; None for nobody.
        asking: Asked what to match a client's line as; None for the line as it is.
        busy: Whether something was read that is not yet dealt with.
        ending: Whether to end as soon as nothing more is there to read.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        deadline: float = DEADLINE,
        anywhere: bool = False,
        allowed: Sequence[str] = (),
        source: int = 0,
        sink: int = 1,
        rest: bytes = b"",
    ) -> None:
        self._connection = connection
        self._deadline = deadline
        self._anywhere = anywhere
        self._allowed = list(allowed)
        self._source = source
        self._sink = sink
        self._rest = b""
        self._open = True
        self._early = rest
        self.telling: Telling | None = None
        self.asking: Asking | None = None
        self.busy = True
        self.ending = False

    def serve(self) -> None:
        """
        Serve until the client goes away, something goes wrong, or nothing moves any more.
        """
        self._perform(self._connection.start())
        self._take(self._early)
        self.busy = False
        while self._open:
            if self.ending:
                self.drain()
                return
            ready, _, _ = select.select([self._source], [], [], self._deadline)
            if ready:
                self._open = self._read() and self._open
            else:
                owed = self._connection.owes()
                if owed is not None:
                    self._connection.stalled(
                        f"nothing moved for {self._deadline:g} s while the client waits: {owed}"
                    )
                    return
                if self._connection.engine.problems:
                    return  # a client that ignores why it was refused would wait for ever

    def drain(self) -> None:
        """
        Take what the client has written already, without waiting for more.
        """
        while self._open and select.select([self._source], [], [], 0)[0]:
            self._open = self._read() and self._open

    def _read(self) -> bool:
        self.busy = True
        data = os.read(self._source, _CHUNK)
        self._take(data)
        self.busy = False
        return bool(data)

    def _take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if not data and self._rest:
            lines, self._rest = [self._rest], b""
        for line in lines:
            text = line.decode("utf-8", "replace")
            if self.telling is not None:
                self.telling.tell("c", text)
            if self.asking is not None:
                text = self.asking.ask("c", text) or text
            self._perform(self._connection.receive(text))

    def _perform(self, actions: list[tuple[str, object]]) -> None:
        lines: list[str] = []
        for kind, what in actions:
            if kind == "send":
                lines.append(str(what))
            elif kind == "apply":
                self._write(lines)
                lines = []
                self._apply(*what)  # type: ignore[misc]
            else:
                self._write(lines)
                print(what, file=sys.stderr, flush=True)
                self._open = False
                return
        self._write(lines)

    def _apply(self, directory: str, effect: dict[str, object]) -> None:
        from .effects import apply

        try:
            allowed = ["/"] if self._anywhere else [*self._allowed, *_temporary()]
            apply(effect, directory, allowed_under=allowed)
        except BoundaryError as reason:
            self._connection.stalled(str(reason))
            print(reason, file=sys.stderr, flush=True)
            self._open = False

    def _write(self, lines: list[str]) -> None:
        if self.telling is not None:
            for line in lines:
                self.telling.tell("s", line)
        data = "".join(line + "\n" for line in lines).encode("utf-8")
        try:
            while data:
                data = data[os.write(self._sink, data) :]
        except BrokenPipeError:
            self._open = False


def _temporary() -> list[str]:
    import tempfile

    return [tempfile.gettempdir()]
