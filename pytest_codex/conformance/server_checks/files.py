"""
Files through the server: written, read, listed, copied, removed, watched.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .suite import check

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Files"
_BYTES = bytes(range(256))


def _write(client: Client, path: Path, content: bytes = b"data") -> None:
    data = base64.b64encode(content).decode()
    client.request("fs/writeFile", {"path": str(path), "dataBase64": data})


def _read(client: Client, path: Path) -> bytes:
    return base64.b64decode(client.request("fs/readFile", {"path": str(path)})["dataBase64"])


def _names(client: Client, path: Path) -> list[str]:
    entries = client.request("fs/readDirectory", {"path": str(path)})["entries"]
    return sorted(entry["fileName"] for entry in entries)


@check(
    "fs/write-and-read",
    "What was written is on the disk and is read back byte by byte; writing again replaces it.",
    _FACTS,
    methods=["fs/writeFile", "fs/readFile"],
)
def write_and_read(server: Server) -> None:
    client = server.connect()
    path = server.workspace / "bytes.bin"
    for content in (_BYTES, b"", b"other"):
        _write(client, path, content)
        found = _read(client, path)
        require(found == content, f"written was {content[:20]!r}, read {found[:20]!r}")
        require(path.read_bytes() == content, "the file on the disk holds something else")


@check(
    "fs/no-base64",
    "Content that is no base64 is refused with -32600, and nothing is written.",
    _FACTS,
    methods=["fs/writeFile"],
)
def no_base64(server: Server) -> None:
    client = server.connect()
    path = server.workspace / "none.txt"
    error = client.refused("fs/writeFile", {"path": str(path), "dataBase64": "no base64"})
    require(error.get("code") == -32600, f"the code is {error.get('code')}, not -32600")
    require(not path.exists(), "a file was written all the same")


@check(
    "fs/metadata",
    "Files, directories and links are told apart; the time of the change is in milliseconds.",
    _FACTS,
    methods=["fs/getMetadata", "fs/createDirectory", "fs/writeFile"],
)
def metadata(server: Server) -> None:
    client = server.connect()
    folder, file = server.workspace / "folder", server.workspace / "folder" / "file"
    client.request("fs/createDirectory", {"path": str(folder), "recursive": True})
    _write(client, file)
    for path, kind in ((folder, "isDirectory"), (file, "isFile")):
        found = client.request("fs/getMetadata", {"path": str(path)})
        told = [key for key in ("isDirectory", "isFile", "isSymlink") if found.get(key)]
        require(told == [kind], f"a {kind[2:].lower()} is told as {told}")
        changed = found.get("modifiedAtMs")
        require(isinstance(changed, int) and changed > 0, f"modifiedAtMs is {changed!r}")


@check(
    "fs/directories",
    "Directories are made with their parents if asked, and list what is in them.",
    _FACTS,
    methods=["fs/createDirectory", "fs/readDirectory"],
)
def directories(server: Server) -> None:
    client = server.connect()
    deep = server.workspace / "a" / "b"
    error = client.refused("fs/createDirectory", {"path": str(deep), "recursive": False})
    require(error.get("code") == -32603, f"without its parent: code {error.get('code')}")
    client.request("fs/createDirectory", {"path": str(deep), "recursive": True})
    _write(client, deep / "one")
    _write(client, deep / "two")
    found = _names(client, deep)
    require(found == ["one", "two"], f"the directory lists {found}")


@check(
    "fs/copy-and-remove",
    "Files are copied and removed; directories only with recursive.",
    _FACTS,
    methods=["fs/copy", "fs/remove", "fs/readDirectory"],
)
def copy_and_remove(server: Server) -> None:
    client = server.connect()
    folder = server.workspace / "folder"
    client.request("fs/createDirectory", {"path": str(folder), "recursive": True})
    _write(client, folder / "one", b"first")
    source, target = str(folder / "one"), str(folder / "two")
    client.request("fs/copy", {"sourcePath": source, "destinationPath": target, "recursive": False})
    require(_read(client, folder / "two") == b"first", "the copy holds something else")
    other = str(server.workspace / "other")
    asked = {"sourcePath": str(folder), "destinationPath": other}
    client.refused("fs/copy", {**asked, "recursive": False})
    client.request("fs/copy", {**asked, "recursive": True})
    require(_names(client, server.workspace / "other") == ["one", "two"], "the copy is not whole")
    given = {"path": str(folder), "force": False}
    client.refused("fs/remove", {**given, "recursive": False})
    client.request("fs/remove", {**given, "recursive": True})
    require(not folder.exists(), "a removed directory is there")


@check(
    "fs/remove-nothing",
    "Removing what is not there is refused, unless force is set.",
    _FACTS,
    methods=["fs/remove"],
)
def remove_nothing(server: Server) -> None:
    client = server.connect()
    given = {"path": str(server.workspace / "nothing"), "recursive": False}
    error = client.refused("fs/remove", {**given, "force": False})
    require(error.get("code") == -32603, f"the code is {error.get('code')}, not -32603")
    client.request("fs/remove", {**given, "force": True})


@check(
    "fs/watch",
    "A watched directory tells what changes in it, until it is no longer watched.",
    _FACTS,
    methods=["fs/watch", "fs/unwatch", "fs/writeFile"],
    notifications=["fs/changed"],
)
def watch(server: Server) -> None:
    client = server.connect()
    place = str(server.workspace)
    told = client.request("fs/watch", {"watchId": "a-watch", "path": place})["path"]
    require(told == place, f"watched is {told}, asked was {place}")
    path = server.workspace / "changed.txt"
    _write(client, path)
    client.wait(
        lambda m: (
            m.get("method") == "fs/changed"
            and m["params"]["watchId"] == "a-watch"
            and str(path) in m["params"]["changedPaths"]
        ),
        "fs/changed of the file that was written",
    )
    client.request("fs/unwatch", {"watchId": "a-watch"})
    client.request("fs/unwatch", {"watchId": "a-watch"})


@check(
    "fs/watch-twice",
    "A watchId that is in use is refused.",
    _FACTS,
    methods=["fs/watch", "fs/unwatch"],
)
def watch_twice(server: Server) -> None:
    client = server.connect()
    asked = {"watchId": "a-watch", "path": str(server.workspace)}
    client.request("fs/watch", asked)
    error = client.refused("fs/watch", asked)
    require(error.get("code") == -32600, f"the code is {error.get('code')}, not -32600")
    client.request("fs/unwatch", {"watchId": "a-watch"})
    client.request("fs/watch", asked)
