"""
Running many checks at once; what they found is told in the order of the suite.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from typing import TYPE_CHECKING, Generic

from .checks import Subject
from .outcomes import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .checks import Check

POLL = 0.2
"""Seconds between two looks at whether a check takes too long."""


def default_workers() -> int:
    """
    How many checks run at once unless the user says so: a check waits half of its time.
    """
    return 2 * (os.cpu_count() or 1) + 1


def run_checks(
    checks: Sequence[Check[Subject]],
    judge: Callable[[Check[Subject]], Result],
    *,
    workers: int,
    limit: float,
    tell: Callable[[Result], None] = lambda _result: None,
) -> list[Result]:
    """
    Run checks in threads.

    Args:
        checks: What to run.
        judge: Runs one check; it has to end on its own, and `limit` is for when it does not.
        workers: How many run at once.
        limit: Seconds after which a check is given up. Its thread is left behind; what it
            started is its judge's to end.
        tell: Told each result as it comes, from the caller's thread.

    Returns:
        The results in the order of the checks.
    """
    crew = _Crew(checks, judge, limit)
    results: dict[str, Result] = {}
    for _ in range(min(workers, len(checks))):
        crew.hire()
    for result in crew.results():
        results[result.check] = result
        tell(result)
    return [results[check.id] for check in checks]


class _Crew(Generic[Subject]):
    """
    The threads that run checks; one that is stuck is replaced.
    """

    def __init__(
        self,
        checks: Iterable[Check[Subject]],
        judge: Callable[[Check[Subject]], Result],
        limit: float,
    ) -> None:
        self._waiting: queue.SimpleQueue[Check[Subject]] = queue.SimpleQueue()
        self._open: set[str] = set()
        for check in checks:
            self._waiting.put(check)
            self._open.add(check.id)
        self._judge = judge
        self._limit = limit
        self._done: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._begun: dict[str, float] = {}

    def hire(self) -> None:
        """
        Start one more thread.
        """
        threading.Thread(target=self._work, name="conformance", daemon=True).start()

    def results(self) -> Iterator[Result]:
        """
        Every check's result as it comes.
        """
        while self._open:
            try:
                found = [self._done.get(timeout=POLL)]
            except queue.Empty:
                found = self._given_up()
            for result in found:
                if result.check in self._open:  # else it had been given up
                    self._open.discard(result.check)
                    yield result

    def _work(self) -> None:
        while True:
            try:
                check = self._waiting.get_nowait()
            except queue.Empty:
                return
            self._begun[check.id] = time.monotonic()
            self._done.put(self._judged(check))
            del self._begun[check.id]

    def _judged(self, check: Check[Subject]) -> Result:
        try:
            return self._judge(check)
        except Exception as error:  # noqa: BLE001 - one broken check must not end the run
            return Result(check.id, Outcome.ERROR, f"{type(error).__name__}: {error}")

    def _given_up(self) -> list[Result]:
        now = time.monotonic()
        late = [
            check
            for check, begun in list(self._begun.items())
            if now - begun > self._limit and check in self._open
        ]
        for _ in late:
            self.hire()
        text = f"the check did not end within {self._limit:g} s and was given up"
        return [Result(check, Outcome.ERROR, text, self._limit) for check in late]
