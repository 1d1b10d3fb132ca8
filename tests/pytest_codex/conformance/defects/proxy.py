"""
A broken server: stands in front of a server's command and applies one defect.

``python -S proxy.py DEFECT COMMAND...``: what a client sends goes to the command through the
defect, and what the command says comes back through it. Standard library only.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[4])

from tests.pytest_codex.conformance.defects.behaviour import Line, Passage, parsed
from tests.pytest_codex.conformance.defects.catalogue import all_defects

QUIET = 1.0
"""Seconds after which the server has nothing more to say: what was kept back goes."""

_CHUNK = 1 << 16


class Proxy:
    """
    One process of the broken server.

    Args:
        passage: The defect.
        child: The server behind, with binary pipes for input and output.
    """

    def __init__(self, passage: Passage, child: subprocess.Popen[bytes]) -> None:
        assert child.stdin
        assert child.stdout
        self._passage = passage
        self._child = child
        self._to_server: IO[bytes] = child.stdin
        self._from_server = child.stdout.fileno()
        self._lock = threading.Lock()

    def run(self) -> int:
        """
        Pass lines on until the server ends.

        Returns:
            The exit code.
        """
        self._say(self._passage.behaviour.begin())
        threading.Thread(target=self._listen, daemon=True).start()
        rest = b""
        while True:
            if not select.select([self._from_server], [], [], QUIET)[0]:
                with self._lock:
                    self._say(self._passage.behaviour.idle())
                continue
            data = os.read(self._from_server, _CHUNK)
            *lines, rest = (rest + data).split(b"\n")
            with self._lock:
                for raw in lines:
                    line = parsed(raw.decode("utf-8", "replace"))
                    self._say(self._passage.from_server(line), line, raw)
                if not data:
                    self._say(self._passage.behaviour.idle())
                    break
        code = self._child.wait()
        if self._passage.behaviour.stays():
            threading.Event().wait()
        return self._passage.behaviour.code(code)

    def _listen(self) -> None:
        for given in sys.stdin.buffer:
            raw = given.rstrip(b"\n")
            text = raw.decode("utf-8", "replace")
            with self._lock:
                made = list(self._passage.from_client(text, lambda answer: self._say([answer])))
            for each in made:
                try:
                    self._to_server.write(raw + b"\n" if each is text else _bytes(each))
                    self._to_server.flush()
                except OSError:
                    return  # It has gone; the other thread tells.
        if not self._passage.behaviour.stays():
            self._to_server.close()

    def _say(self, lines: Iterable[Line], same: Line = None, raw: bytes = b"") -> None:
        """
        Write to the client; what was not touched goes as it came.
        """
        for each in lines:
            sys.stdout.buffer.write(raw + b"\n" if each is same and raw else _bytes(each))
        sys.stdout.buffer.flush()


def _bytes(line: Line) -> bytes:
    text = line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)
    return text.encode("utf-8", "replace") + b"\n"


def main(name: str, command: list[str]) -> int:
    """
    Be the broken server.
    """
    passage = Passage(all_defects()[name].make())
    # What a signal does is the server's affair; an interpreter that is interrupted would abort.
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda got, _frame: child.send_signal(got))
    argv = passage.behaviour.argv(command)
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        return Proxy(passage, child).run()
    except BrokenPipeError:
        child.kill()
        return 1


if __name__ == "__main__":
    _CODE = main(sys.argv[1], sys.argv[2:])
    if _CODE < 0:
        signal.signal(-_CODE, signal.SIG_DFL)
        os.kill(os.getpid(), -_CODE)
    # The thread that reads the client's lines sits in a read that nothing ends.
    os._exit(_CODE)
