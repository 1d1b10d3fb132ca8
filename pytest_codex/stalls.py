"""
Telling a client that waits in vain from one that merely has nothing to say.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SDK = "openai_codex."
_READERS = frozenset({"_reader_loop", "_drain"})


def client_waits() -> str | None:
    """
    What the test waits for when nothing is owed, None when it does something else.

    The engine knows requests and turns that are under way. Someone who waits for a
    notification that never comes is seen only by where the threads stand: the main thread
    inside the SDK, or in an event loop without a timer while a worker thread is inside it.
    """
    frames = sys._current_frames()
    main = frames.pop(threading.main_thread().ident or 0, None)
    if main is None:
        return None
    where = _inside_sdk(main)
    if where is None and _waits_without_timer(main):
        where = next(filter(None, map(_inside_sdk, frames.values())), None)
    return f"the test waits in {where}, and nothing more is owed to it" if where else None


def being_debugged() -> bool:
    """
    Whether a human has stopped the test, who may think for as long as they like.
    """
    if "pydevd" in sys.modules:
        return True
    main = sys._current_frames().get(threading.main_thread().ident or 0)
    return any(frame.f_globals.get("__name__") in ("pdb", "bdb") for frame in _stack(main))


def _inside_sdk(frame: FrameType) -> str | None:
    """
    The outermost SDK function a thread is in, unless it is one of the SDK's own readers.
    """
    found = None
    for caller in _stack(frame):
        module = caller.f_globals.get("__name__", "")
        if isinstance(module, str) and module.startswith(SDK):
            if caller.f_code.co_name in _READERS:
                return None
            found = f"{module}.{caller.f_code.co_name}"
    return found


def _waits_without_timer(frame: FrameType) -> bool:
    """
    Whether an event loop stands still until somebody outside wakes it.
    """
    module = frame.f_globals.get("__name__")
    if module != "selectors" or frame.f_code.co_name != "select":
        return False
    return frame.f_locals.get("timeout") in (None, -1)


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
