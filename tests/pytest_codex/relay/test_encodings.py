"""
Compressed bodies, whole and piece by piece.
"""

from __future__ import annotations

import gzip
import zlib
from importlib import import_module

import pytest

from pytest_codex.relay.encodings import Decoder, UndecodableError

TEXT = b"a conversation " * 50


@pytest.mark.parametrize("encoding", ["", "identity", "GZIP", "x-gzip", "deflate", "zstd"])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_pieces(encoding: str, size: int) -> None:
    """
    A body comes out whole, however it is cut.
    """
    packed = TEXT
    if "gzip" in encoding.lower():
        packed = gzip.compress(TEXT)
    elif encoding == "deflate":
        packed = zlib.compress(TEXT)
    elif encoding == "zstd":
        packed = import_module("backports.zstd").compress(TEXT)
    made = Decoder(encoding)

    assert TEXT == b"".join(
        made.decode(packed[at : at + size]) for at in range(0, len(packed), size)
    )
    assert made.idle == (encoding in ("", "identity"))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_damage(encoding: str) -> None:
    """
    What is not compressed as it says is one clear error.
    """
    with pytest.raises(UndecodableError, match=f"the body is no {encoding}: "):
        Decoder(encoding).decode(b"something else entirely")


def test_an_unknown_encoding() -> None:
    """
    An encoding nobody here knows is named.
    """
    with pytest.raises(UndecodableError, match="content-encoding 'br' is not understood here"):
        Decoder("br")
