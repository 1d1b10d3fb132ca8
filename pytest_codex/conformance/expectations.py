"""
Files of expected failures: the checks that are known to fail, in which versions, and why.

One line each: the check's id, the versions, the reason. ``#`` begins a comment line.::

    turns/steer-completes-the-open-item  0.163.0..  a steer cuts the model's stream
    errors/unknown-method                *          answers -32600, not -32601

Versions are ``*``, or a list without spaces of versions and ranges whose ends count, each of
which may be left out: ``0.147.0,0.155.0..0.160.1``, ``..0.155.1``, ``0.163.0..``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_codex.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

KNOWN_DEVIATIONS = Path(__file__).with_name("known_deviations.txt")
"""What the real server does otherwise, by version: facts, for our own matrix only."""

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_EXACT = re.compile(r"\d+\.\d+\.\d+")
_RANGE = re.compile(rf"({_EXACT.pattern})?\.\.({_EXACT.pattern})?")
_OF_THE_SCHEMA = "schema/"
_EXAMPLE = "write it as: area/check-id  *  why it fails"


@dataclass(frozen=True)
class Expectation:
    """
    One line of the file.

    Attributes:
        check: The id of the check that fails.
        versions: In which versions, as it was written.
        reason: Why.
        place: The file and the line, for messages.
    """

    check: str
    versions: str
    reason: str
    place: str

    def holds_for(self, version: str | None) -> bool:
        """
        Whether it speaks of a version; of an unknown one only ``*`` does.
        """
        if self.versions == "*":
            return True
        numbers = _numbers(version or "")
        return numbers is not None and any(
            _within(part, numbers) for part in self.versions.split(",")
        )


def load(path: Path, known: Collection[str], *, methods: bool = True) -> list[Expectation]:
    """
    Read a file of expected failures.

    Args:
        path: The file.
        known: The ids of all checks there are.
        methods: Whether ``schema/METHOD`` is an id, too, whatever the method: as for servers.

    Raises:
        HarnessError: The file cannot be read, or a line is wrong; the message names it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HarnessError(f"--expected-failures: {path} cannot be read: {error}") from error
    found: list[Expectation] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            found.append(_expectation(line, f"{path}:{number}", known, methods=methods))
    return found


def about_methods(expectations: Sequence[Expectation]) -> set[str]:
    """
    The ids of the lines that speak of a method.

    A server of one's own may send methods that no schema has: their ids are in no list.
    """
    return {one.check for one in expectations if one.check.startswith(_OF_THE_SCHEMA)}


def expected_for(
    expectations: Sequence[Expectation], version: str | None, chosen: Collection[str]
) -> dict[str, str]:
    """
    The reasons of the checks that are expected to fail in this run, by id.

    Args:
        expectations: The whole file.
        version: The version of the peer, None when it does not tell.
        chosen: The ids of the checks that are run.

    Raises:
        HarnessError: Two lines speak of one check in this version.
    """
    found: dict[str, Expectation] = {}
    for one in expectations:
        if one.check not in chosen or not one.holds_for(version):
            continue
        if one.check in found:
            raise HarnessError(
                f"{one.place}: {one.check} is expected to fail in {version or 'any version'} "
                f"by {found[one.check].place} already; keep one of the two lines"
            )
        found[one.check] = one
    return {name: one.reason for name, one in found.items()}


def _expectation(line: str, place: str, known: Collection[str], *, methods: bool) -> Expectation:
    words = line.split(None, 2)
    if len(words) < 3:
        missing = ("the versions and the reason are", "the reason is")[len(words) - 1]
        raise HarnessError(f"{place}: {missing} missing; {_EXAMPLE}")
    check, versions, reason = words
    # Which methods the schema has depends on the version: what is not there now may be elsewhere.
    if check not in known and not (methods and check.startswith(_OF_THE_SCHEMA)):
        raise HarnessError(
            f"{place}: there is no check {check!r}{_similar(check, known)}; --list prints all ids"
        )
    if versions != "*":
        for part in versions.split(","):
            if part == ".." or not (_EXACT.fullmatch(part) or _RANGE.fullmatch(part)):
                raise HarnessError(
                    f"{place}: {part!r} is no version: say *, 0.163.0, 0.155.0..0.160.1, "
                    "..0.155.1 or 0.163.0.., several with commas and no spaces"
                )
    return Expectation(check, versions, reason.strip(), place)


def _similar(name: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _within(part: str, numbers: tuple[int, ...]) -> bool:
    if ".." not in part:
        return _numbers(part) == numbers
    low, high = (_numbers(end) for end in part.split("..", 1))
    return (low is None or low <= numbers) and (high is None or numbers <= high)


def _numbers(version: str) -> tuple[int, ...] | None:
    found = _VERSION.match(version)
    return tuple(map(int, found.groups())) if found else None
