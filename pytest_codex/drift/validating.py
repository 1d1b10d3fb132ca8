"""
Checking cassettes against a version: what in them is no longer valid, each thing once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pytest_codex.schema import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fake_server.transcript import Transcript
    from pytest_codex.schema import Fault, Role, Said


class Finding(NamedTuple):
    """
    What is not valid in one cassette.

    Attributes:
        path: The cassette.
        line: The first line it is on.
        role: Who says it, and what it is.
        method: Its method; for an answer that of the request.
        fault: Where in the message, and what.
        times: In how many messages.
    """

    path: str
    line: int
    role: Role
    method: str
    fault: Fault
    times: int = 1

    @property
    def text(self) -> str:
        """
        The finding without its place.
        """
        return f"{self.role} {self.method}: {self.fault}"

    def __str__(self) -> str:
        times = f" ({self.times} times)" if self.times > 1 else ""
        return f"{self.path}:{self.line}: {self.text}{times}"


@dataclass
class Validation:
    """
    What came of checking cassettes against one version.

    Attributes:
        against: The version, in words.
        cassettes: How many were checked.
        messages: How many messages they have.
        findings: What is not valid.
    """

    against: str
    cassettes: int = 0
    messages: int = 0
    findings: list[Finding] = field(default_factory=list)

    def summary(self) -> Iterator[str]:
        """
        The findings once for all cassettes, the most frequent first.
        """
        concerned = {finding.path for finding in self.findings}
        many = "" if self.cassettes == 1 else "s"
        what = f"{self.cassettes} cassette{many}, {self.messages} messages against {self.against}"
        yield f"{what}: {f'{len(concerned)} not valid' if concerned else 'all valid'}"
        by_text: dict[str, set[str]] = {}
        for finding in self.findings:
            by_text.setdefault(finding.text, set()).add(finding.path)
        for text, paths in sorted(by_text.items(), key=lambda one: (-len(one[1]), one[0])):
            yield f"{len(paths):5}  {text}"


class AnyChecker(Protocol):
    """
    What a schema's checker and that of the SDK's models have in common.
    """

    def fault(self, role: Role, method: str, message: Any) -> Fault | None:
        """
        The first thing that is wrong with a message.
        """


def validate(transcripts: Iterable[Transcript], checker: AnyChecker, against: str) -> Validation:
    """
    Check what was said in recordings.

    A request that was refused when it was recorded is not held against it: to be refused is
    what it was sent for.
    """
    found = Validation(against)
    for transcript in transcripts:
        found.cassettes += 1
        seen: dict[tuple[str, str, str], Finding] = {}
        for one in said(transcript):
            found.messages += 1
            fault = None if one.refused else checker.fault(one.role, one.method, one.message)
            if fault is not None:
                _note(seen, transcript.path, one, fault)
        found.findings += seen.values()
    return found


def _note(seen: dict[tuple[str, str, str], Finding], path: str, one: Said, fault: Fault) -> None:
    key = (one.role, one.method, str(fault))
    known = seen.get(key)
    if known is None:
        seen[key] = Finding(path, one.event.line, one.role, one.method, fault)
    else:
        seen[key] = known._replace(times=known.times + 1)
