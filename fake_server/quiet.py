"""
Keep the garbage collector out while many objects are made that all stay.

Reading a long cassette makes hundreds of thousands of objects and no garbage; looking for
some again and again would make every message of it dearer than those of a short one.
"""

from __future__ import annotations

import gc


class NoCollection:
    """
    A context in which no collection starts.
    """

    __slots__ = ("_was_on",)

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was_on:
            gc.enable()
