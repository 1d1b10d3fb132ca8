"""
A server that listens, broken in one way: ``python relay.py FLAW COMMAND... --listen ADDRESS``.

The real server listens on a port of its own; this stands in front of it, on the address that was
asked for. The other defects work on the lines of pipes, which a server that listens does not use.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from http import HTTPStatus
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve, unix_serve

Message = dict[str, Any]

_ANY_PORT = re.compile(r"ws://127\.0\.0\.1:0")


class Relay:
    """
    Passes frames between clients and the real server.
    """

    def __init__(self, flaw: str, command: list[str]) -> None:
        self.flaw = flaw
        self._clients: list[ServerConnection] = []
        self._real = subprocess.Popen(
            [*command, "--listen", "ws://127.0.0.1:0"], stderr=subprocess.PIPE, text=True
        )
        assert self._real.stderr
        for line in self._real.stderr:
            found = re.search(r"ws://127\.0\.0\.1:\d+", line)
            if found:
                self._address = found.group()
                break
        threading.Thread(target=self._real.stderr.read, daemon=True).start()

    def client(self, socket: ServerConnection) -> None:
        """
        One client, until it leaves.
        """
        self._clients.append(socket)
        number = len(self._clients)
        with connect(self._address, proxy=None, compression=None, max_size=None) as real:
            threading.Thread(target=self._back, args=(real, socket, number), daemon=True).start()
            for text in socket:
                real.send(text)
        if self.flaw == "ends-with-its-client":
            self.end()

    def _back(self, real: Any, socket: ServerConnection, number: int) -> None:
        try:
            for text in real:
                for each in self._told(json.loads(text), number):
                    socket.send(each)
        except ConnectionClosed:
            return

    def _told(self, message: Message, number: int) -> list[str]:
        text = json.dumps(message)
        told = message.get("params") or {}
        if self.flaw == "two-messages-in-a-frame" and "result" in message:
            return [f"{text}\n{text}"]
        if self.flaw == "one-handshake-for-all" and "error" in message:
            return [json.dumps({"id": message["id"], "result": {"data": []}})]
        if self.flaw == "other-ids-for-others" and "id" in message and "method" in message:
            return [json.dumps({**message, "id": message["id"] + 100 * number})]
        if self.flaw == "tells-everyone" and "turnId" in told:
            for other in self._clients:
                other.send(text)
            return []
        return [text]

    def request(self, socket: ServerConnection, request: Any) -> Any:
        """
        What is answered before a connection is one.
        """
        if request.path in ("/readyz", "/healthz"):
            sick = self.flaw == "never-healthy"
            return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE if sick else HTTPStatus.OK, "")
        if "Origin" in request.headers and self.flaw != "open-to-browsers":
            return socket.respond(HTTPStatus.FORBIDDEN, "")
        return None

    def watch(self) -> None:
        """
        End when whoever started us has gone.
        """
        sys.stdin.read()
        self.end()

    def end(self, code: int = 1) -> None:
        """
        End both.
        """
        self._real.kill()
        os._exit(code)


def main(flaw: str, command: list[str]) -> None:
    """
    Listen until a signal comes.
    """
    at = command.index("--listen")
    address = command[at + 1]
    unix, _, path = address.partition("unix://")
    if not _ANY_PORT.fullmatch(address) and (unix or not Path(path).parent.is_dir()):
        os.execvp(command[0], command)  # what is wrong with the address, the real one says
    relay = Relay(flaw, command[:at])
    threading.Thread(target=relay.watch, daemon=True).start()

    def terminated(_number: int, _frame: object) -> None:
        Path(path).unlink(missing_ok=True)
        relay.end(1 if flaw == "ends-with-an-error" else 0)

    signal.signal(signal.SIGTERM, terminated)
    if path:
        os.umask(0 if flaw == "open-to-everyone" else 0o177)
        with unix_serve(relay.client, path, process_request=relay.request) as server:
            server.serve_forever()
    with serve(relay.client, "127.0.0.1", 0, process_request=relay.request) as server:
        port = server.socket.getsockname()[1]
        print(f"listening on: ws://127.0.0.1:{port}", file=sys.stderr, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
