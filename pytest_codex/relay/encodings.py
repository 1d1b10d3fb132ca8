"""
Compressed bodies: Codex sends zstd to some services, and an upstream may compress unasked.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError

if TYPE_CHECKING:
    from types import ModuleType

_GZIP = 16 + zlib.MAX_WBITS


class UndecodableError(HarnessError):
    """
    A body is compressed in a way nobody here understands, or is damaged.
    """


class Decoder:
    """
    Decodes a body piece by piece.

    Args:
        encoding: A ``content-encoding``: gzip, deflate, zstd or identity.

    Raises:
        UndecodableError: It is another one.
    """

    def __init__(self, encoding: str) -> None:
        self._name = encoding.strip().lower()
        self._errors: tuple[type[Exception], ...] = (zlib.error, EOFError)
        self._machine: Any = None
        if self._name in ("gzip", "x-gzip"):
            self._machine = zlib.decompressobj(_GZIP)
        elif self._name == "deflate":
            self._machine = zlib.decompressobj()
        elif self._name == "zstd":
            zstd = _zstd()
            self._machine = zstd.ZstdDecompressor()
            self._errors = (zstd.ZstdError, EOFError)
        elif self._name not in ("", "identity"):
            raise UndecodableError(f"content-encoding {encoding!r} is not understood here")

    @property
    def idle(self) -> bool:
        """
        Whether there is nothing to decode.
        """
        return self._machine is None

    def decode(self, piece: bytes) -> bytes:
        """
        What is known after another piece.

        Raises:
            UndecodableError: It is not what the encoding says.
        """
        if self._machine is None:
            return piece
        try:
            plain: bytes = self._machine.decompress(piece)
        except self._errors as error:
            raise UndecodableError(f"the body is no {self._name}: {error}") from error
        return plain


def _zstd() -> ModuleType:
    """
    Python's own module, or its backport.
    """
    from importlib import import_module

    return import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
