"""
How bytes become messages: line ends, pieces, letters, and lines of any length.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Lines and ids"
_ASKED = "account/read"
_LETTERS = 'plain, "quoted", äöü, 日本語, 😀, \\ back, \u2028 separator, \x7f'


def _line(number: str, **params: str) -> str:
    return json.dumps({"id": number, "method": _ASKED, "params": params})


def _write(client: Client, text: str) -> None:
    """
    Write exactly these letters.
    """
    assert client.process.stdin
    client.process.stdin.write(text)
    client.process.stdin.flush()


@check(
    "robustness/crlf",
    "Lines may end with CRLF.",
    _FACTS,
    methods=[_ASKED],
)
def crlf(server: Server) -> None:
    client = server.connect()
    client.send_line(_line("crlf") + "\r")
    require("result" in client.answer("crlf", _ASKED), "a line that ends with CRLF was refused")


@check(
    "robustness/half-a-line",
    "A line may come in pieces, broken in the middle of a letter.",
    _FACTS,
    needs=["live"],
)
def half_a_line(server: Server) -> None:
    client = server.connect()
    line = (_line("half-ü", why="😀").encode() + b"\n").replace(b"\\u00fc", "ü".encode())
    middle = line.index("ü".encode()) + 1
    assert client.process.stdin
    client.process.stdin.flush()
    for piece in (line[:middle], line[middle:-1], line[-1:]):
        os.write(client.process.stdin.fileno(), piece)
    require("result" in client.answer("half-ü", _ASKED), "a line in pieces was refused")


def _answered(client: Client, number: str) -> bool:
    return any(message.get("id") == number for message in client.messages)


@check(
    "robustness/many-lines-at-once",
    "Many lines in one write are as many messages.",
    _FACTS,
    needs=["live"],
)
def many_lines(server: Server) -> None:
    client = server.connect()
    names = [f"line-{number}" for number in range(30)]
    _write(client, "".join(_line(name) + "\n" for name in names))
    for name in names:
        client.answer(name, _ASKED)


@check(
    "robustness/letters",
    "Texts come back letter by letter, whatever letters they hold.",
    _FACTS,
    methods=["fs/writeFile", "fs/readDirectory"],
)
def letters(server: Server) -> None:
    client = server.connect()
    name = _LETTERS.replace("/", "")
    path = str(server.workspace / name)
    client.request("fs/writeFile", {"path": path, "dataBase64": ""})
    entries = client.request("fs/readDirectory", {"path": str(server.workspace)})["entries"]
    found = [entry["fileName"] for entry in entries]
    require(name in found, f"a file was called {name!r}, what is told is {found}")


@check(
    "robustness/escaped-letters",
    "Letters mean the same written out and escaped.",
    _FACTS,
    methods=[_ASKED],
)
def escaped(server: Server) -> None:
    client = server.connect()
    client.send_line(json.dumps({"id": "ä😀\u2028", "method": _ASKED, "params": {}}))
    require("result" in client.answer("ä😀\u2028", _ASKED), "escaped letters were refused")


@check(
    "robustness/long-lines",
    "A line of 4 MB is read like any other, and so is one that means nothing.",
    _FACTS,
    methods=[_ASKED],
    needs=["live"],
    broken=True,
)
def long_lines(server: Server) -> None:
    client = server.connect()
    client.send_line("x" * 4_000_000)
    client.send_line(_line("long", extra="y" * 4_000_000))
    require("result" in client.answer("long", _ASKED), "a line of 4 MB was refused")


@check(
    "robustness/deep-nesting",
    "A line nested deeper than can be read is ignored; one nested a hundred deep is served.",
    _FACTS,
    methods=[_ASKED],
    broken=True,
)
def deep_nesting(server: Server) -> None:
    client = server.connect()
    for depth in (100_000, 100):
        inner = '{"a":' * depth + "1" + "}" * depth
        client.send_line(f'{{"id":"deep-{depth}","method":"{_ASKED}","params":{inner}}}')
    client.answer("deep-100", _ASKED)
    require(not _answered(client, "deep-100000"), "100,000 levels were answered")
