"""
Which recorded connections are taken, told between the processes of one session.

Each process has an engine of its own and sees only what its own client does. A file per
connection, made by whoever plays it, keeps two from playing the same one. Which one that is may
turn out late, and ids are told before: whose ids a process tells is kept apart by files as well.
"""

from __future__ import annotations

import os


class Claims:
    """
    The connections that are taken, and those that are taken by this process.

    Args:
        directory: Where the files are made; it exists.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._mine: set[int] = set()

    def is_free(self, number: int) -> bool:
        """
        Whether nobody else has taken a connection.
        """
        return number in self._mine or not os.path.exists(self._path(number))

    def is_mine(self, number: int) -> bool:
        """
        Whether this process has taken a connection.
        """
        return number in self._mine

    def take(self, number: int) -> bool:
        """
        Take a connection, unless somebody else was quicker.
        """
        if number not in self._mine:
            if not self._make(str(number)):
                return False
            self._mine.add(number)
        return True

    def release(self, number: int) -> None:
        """
        Let others take a connection that this process took for another one.
        """
        if number in self._mine:
            self._mine.remove(number)
            os.unlink(self._path(number))

    def take_ids(self, number: int) -> bool:
        """
        Take the ids of a connection's threads, to tell them to a client of ours.
        """
        return self._make(f"ids-{number}")

    def _path(self, number: int) -> str:
        return os.path.join(self._directory, str(number))

    def _make(self, name: str) -> bool:
        path = os.path.join(self._directory, name)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return False
        return True
