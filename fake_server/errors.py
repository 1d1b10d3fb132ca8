"""
Every error of this project, in one tree.

A name ends in ``Error`` and says whose fault it is: the cassette's, the client's,
the server's or the test's. Messages name the file, the line, the field and the fix.
"""

from __future__ import annotations


class HarnessError(Exception):
    """
    Base of all errors raised by ``fake_server`` and ``pytest_codex``.
    """


class CassetteError(HarnessError):
    """
    A cassette cannot be used.
    """


class CassetteNotFoundError(CassetteError):
    """
    There is no cassette where one was expected.
    """


class CassetteFormatError(CassetteError):
    """
    A cassette is damaged: unreadable, edited without sealing, or not a cassette at all.

    Args:
        path: The file, as the user would name it.
        line: 1-based line number, 0 when no single line can be blamed.
        reason: One sentence that says what is wrong and how to mend it.
    """

    def __init__(self, path: str, line: int, reason: str) -> None:
        self.path = path
        self.line = line
        self.reason = reason
        where = f"{path}:{line}" if line else path
        super().__init__(f"{where}: {reason}")


class CassetteVersionError(CassetteError):
    """
    A cassette is of another time: its format is newer than what is understood here, or, where
    that is refused, the Codex it was recorded with is older than the installed one.
    """


class RecordingRefusedError(HarnessError):
    """
    A recording was asked for where none may be made.
    """


class SecretError(HarnessError):
    """
    A file was not written because something in it looks like a secret.
    """


class MismatchError(HarnessError):
    """
    The client did something else than the recording.
    """


class LeftoverError(HarnessError):
    """
    The recording holds client messages that the test did not send.
    """


class StalledError(HarnessError):
    """
    A wait reached its deadline: nobody owed the next message.
    """


class ClientProtocolError(HarnessError):
    """
    The client broke the protocol.
    """


class ServerProtocolError(HarnessError):
    """
    The server, or the cassette in its place, broke the protocol.
    """


class BoundaryError(HarnessError):
    """
    Something would have been written outside the directories it may be written in.
    """


class BudgetError(HarnessError):
    """
    A session used more turns, commands or tokens than its test allows.
    """


class LoginError(HarnessError):
    """
    The live tier has no login it could use.
    """


class PassRateError(HarnessError):
    """
    Fewer attempts of a repeated test passed than it asks for.
    """
