"""
The collector rests while a cassette is read, and only then.
"""

from __future__ import annotations

import gc

import pytest

from fake_server.quiet import NoCollection


def test_the_collector_rests_and_comes_back() -> None:
    """
    It is on again afterwards, even after an error.
    """
    with NoCollection():
        assert not gc.isenabled()
    assert gc.isenabled()

    with pytest.raises(ZeroDivisionError), NoCollection():
        _ = 1 / 0
    assert gc.isenabled()


def test_who_switched_it_off_keeps_it_off() -> None:
    """
    A program that lives without the collector is left alone.
    """
    gc.disable()
    try:
        with NoCollection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
