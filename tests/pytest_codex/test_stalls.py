"""
Whether somebody waits is read off the threads' stacks.
"""

from __future__ import annotations

import asyncio
import threading
from types import FunctionType
from typing import Any

import pytest

from pytest_codex.stalls import being_debugged, client_waits


def as_sdk(function: Any, name: str = "wait_for_login_completed") -> Any:
    """
    The function as if it stood in the SDK.
    """
    return FunctionType(
        function.__code__.replace(co_name=name),
        {**function.__globals__, "__name__": "openai_codex.client"},
        name,
        function.__defaults__,
        function.__closure__,
    )


def from_thread() -> str | None:
    """
    Ask from another thread, as a reader does.
    """
    found: list[str | None] = []
    thread = threading.Thread(target=lambda: found.append(client_waits()))
    thread.start()
    thread.join(10)
    return found[0]


def test_a_test_that_works_does_not_wait() -> None:
    """
    Outside the SDK nobody waits for a message.
    """
    assert from_thread() is None


def test_the_main_thread_inside_the_sdk_waits() -> None:
    """
    The outermost SDK function is named.
    """
    told = as_sdk(from_thread)()

    assert told is not None
    assert "openai_codex.client.wait_for_login_completed" in told


@pytest.mark.parametrize("name", ["_reader_loop", "_drain"])
def test_the_readers_of_the_sdk_do_not_count(name: str) -> None:
    """
    The SDK's own readers always wait, and mean nothing by it.
    """
    assert as_sdk(from_thread, name)() is None


def blocked(function: Any) -> tuple[threading.Thread, threading.Event]:
    """
    A thread that stands inside the function until the event is set.
    """
    release = threading.Event()
    thread = threading.Thread(target=function, args=(release,), daemon=True)
    thread.start()
    return thread, release


def stand(release: threading.Event) -> None:
    """
    Wait as a worker of ``asyncio.to_thread`` waits for the SDK.
    """
    release.wait(10)


def ask_from_loop(timer: float | None) -> str | None:
    """
    Let an event loop stand still, with or without a timer, and ask from another thread.
    """

    async def main() -> str | None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[str | None] = loop.create_future()

        def ask() -> None:
            # Ask again until the loop stands in select, where it goes at once.
            told = None
            for _ in range(200):
                told = client_waits()
                if told or timer is not None:
                    break
            loop.call_soon_threadsafe(done.set_result, told)

        threading.Timer(0.05, ask).start()
        if timer is not None:
            loop.call_later(timer, lambda: None)
        return await done

    return asyncio.run(main())


def test_a_loop_without_timer_waits_for_its_workers() -> None:
    """
    An asynchronous test waits when its loop stands still and a worker is inside the SDK.
    """
    thread, release = blocked(as_sdk(stand))
    try:
        told = ask_from_loop(None)
    finally:
        release.set()
        thread.join(10)

    assert told is not None
    assert "openai_codex.client" in told


def test_a_loop_with_a_timer_does_something_else() -> None:
    """
    A test that sleeps in its loop is not waiting for the SDK.
    """
    thread, release = blocked(as_sdk(stand))
    try:
        told = ask_from_loop(10.0)
    finally:
        release.set()
        thread.join(10)

    assert told is None


def test_a_debugger_is_noticed() -> None:
    """
    While the main thread stands in the debugger, nobody is waiting in vain.
    """

    def stand_still() -> list[bool]:
        found: list[bool] = []
        thread = threading.Thread(target=lambda: found.append(being_debugged()))
        thread.start()
        thread.join(10)
        return found

    in_pdb: Any = FunctionType(
        stand_still.__code__, {**stand_still.__globals__, "__name__": "pdb"}, "interaction"
    )

    assert stand_still() == [False]
    assert in_pdb() == [True]
