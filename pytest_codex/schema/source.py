"""
Where a version's schema comes from: the binary itself, a folder, or the cache of earlier runs.

The schema is part of the binary, which writes it in about 50 ms. Written schemas are kept
in the user's cache directory by version and hash, so that a version can be named long
after its binary is gone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError
from pytest_codex import homes
from pytest_codex.runtime import binary_version, find_binary

from .bundle import Bundle, prepared

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = "codex_app_server_protocol.schemas.json"
"""The file of ``generate-json-schema`` that holds everything."""

DEADLINE = 30.0
"""Seconds a binary may take to write its schema."""

FORMAT = 1
"""Number of the form in which schemas are kept; others are made anew."""

_VERSION = re.compile(r"\d+\.\d+\.\d+[\w.+-]*")
_SAMPLES = 64
_SAMPLE = 64 * 1024


@dataclass(frozen=True)
class Protocol:
    """
    What one version of Codex understands and says.

    Attributes:
        version: The version, or the folder when a folder of schemas does not tell it.
        stable: The document without what only clients with ``experimentalApi`` may use.
        experimental: The document with it.
    """

    version: str
    stable: dict[str, Any]
    experimental: dict[str, Any]

    @cached_property
    def bundle(self) -> Bundle:
        """
        Everything this version knows.
        """
        return Bundle(self.experimental)

    @cached_property
    def stable_bundle(self) -> Bundle:
        """
        What every client may use.
        """
        return Bundle(self.stable)


def directory() -> Path:
    """
    Where schemas are kept, beside the homes of the real server.
    """
    return homes.directory().parent / "schemas"


def find(wanted: str | None = None, *, binary: str | None = None) -> Protocol:
    """
    The protocol of a version.

    Args:
        wanted: A version such as ``0.163.0``, a folder (of schemas, or with a binary in it as
            pip installs one), or a binary; None is the installed one.
        binary: A binary; wins over `wanted`.

    Raises:
        HarnessError: There is none; the message says how to get it.
    """
    if binary is not None:
        return of_binary(find_binary(binary))
    if wanted is None:
        return of_binary(find_binary())
    path = Path(wanted).expanduser()
    if path.is_dir():
        return _of_folder(path)
    if path.is_file():
        return of_binary(find_binary(wanted))
    if not _VERSION.fullmatch(wanted):
        raise HarnessError(f"{wanted!r} is no version, no folder and no binary of Codex")
    with suppress(HarnessError):  # none installed, or none that answers: perhaps it is kept
        installed = find_binary()
        if binary_version(installed) == wanted:
            return of_binary(installed)
    kept = sorted(directory().glob(f"{wanted}-*.json"), key=lambda one: one.stat().st_mtime)
    for one in reversed(kept):
        protocol = _read(one)
        if protocol is not None:
            return protocol
    raise HarnessError(
        f"the schema of Codex {wanted} is not here. Get its binary and name the folder:\n"
        f"  pip install --no-deps --target codex-{wanted} openai-codex-cli-bin=={wanted}\n"
        f"  and codex-{wanted} in place of {wanted}, once; from then on the version is enough"
    )


def kept() -> list[str]:
    """
    The versions whose schema is kept, oldest first: each was found once as a binary.
    """
    found = {path.name.rpartition("-")[0] for path in directory().glob("*-*.json")}
    numbered = (one for one in found if _VERSION.fullmatch(one))
    return sorted(numbered, key=lambda one: [int(part) for part in re.findall(r"\d+", one)])


def of_binary(binary: Path) -> Protocol:
    """
    The protocol a binary speaks; asked once, then kept.

    Raises:
        HarnessError: It does not write its schema.
    """
    mark = _fingerprint(binary)
    for path in directory().glob(f"*-{mark}.json"):
        protocol = _read(path)
        if protocol is not None:
            return protocol
    version = binary_version(binary)
    protocol = Protocol(version, _generate(binary), _generate(binary, "--experimental"))
    _keep(protocol, directory() / f"{version}-{mark}.json")
    return protocol


def _of_folder(folder: Path) -> Protocol:
    if (folder / DOCUMENT).is_file():
        document = _load(folder / DOCUMENT)
        return Protocol(str(folder), document, document)
    for inside in ("codex_cli_bin/bin/codex", "bin/codex", "codex"):
        if (folder / inside).is_file():
            return of_binary(find_binary(str(folder / inside)))
    raise HarnessError(
        f"{folder} holds neither {DOCUMENT} nor a binary of Codex. Make the first with "
        f"`codex app-server generate-json-schema --out {folder}`"
    )


def _generate(binary: Path, *options: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="codex-schema-") as place:
        # A home of its own: the user's configuration has no say, and nothing is written there.
        env = {"PATH": os.environ.get("PATH", ""), "HOME": place, "CODEX_HOME": place}
        out = Path(place, "out")
        words = [str(binary), "app-server", "generate-json-schema", *options, "--out", str(out)]
        try:
            done = subprocess.run(
                words, env=env, capture_output=True, text=True, timeout=DEADLINE, check=False
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise HarnessError(f"{binary} does not write its schema: {error}") from error
        if done.returncode or not (out / DOCUMENT).is_file():
            raise HarnessError(
                f"{binary} does not write its schema (exit status {done.returncode}): "
                f"{done.stderr.strip()[-500:]}"
            )
        return _load(out / DOCUMENT)


def _load(path: Path) -> dict[str, Any]:
    try:
        document = prepared(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path} is not the schema of an app-server: {error}") from error
    if not isinstance(document, dict) or "ClientRequest" not in document.get("definitions", {}):
        raise HarnessError(f"{path} is not the schema of an app-server: it has no ClientRequest")
    return document


def _fingerprint(binary: Path) -> str:
    """
    A hash that tells binaries apart.

    All of it would take a second for 300 MB, twenty times what the schema itself takes:
    size and samples from end to end do.
    """
    found = hashlib.sha256()
    with binary.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        found.update(str(size).encode())
        for offset in _offsets(size):
            file.seek(offset)
            found.update(file.read(_SAMPLE))
    return found.hexdigest()[:16]


def _offsets(size: int) -> Iterator[int]:
    last = max(0, size - _SAMPLE)
    yield from sorted({last * number // (_SAMPLES - 1) for number in range(_SAMPLES)})


def _keep(protocol: Protocol, path: Path) -> None:
    """
    Write a schema down for later, whole or not at all; a cache that cannot be written is none.
    """
    kept = {
        "format": FORMAT,
        "version": protocol.version,
        "stable": protocol.stable,
        "experimental": protocol.experimental,
    }
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
        try:
            with open(handle, "w", encoding="utf-8") as file:
                json.dump(kept, file, separators=(",", ":"))
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise


def _read(path: Path) -> Protocol | None:
    """
    A kept schema; None when it cannot be read, so that it is made anew.
    """
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["format"] != FORMAT:
            return None
        return Protocol(kept["version"], kept["stable"], kept["experimental"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
