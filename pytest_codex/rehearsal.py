"""
Verifying: does the real server still do what was recorded, and does another version?

With the version that recorded the cassette any difference fails. With another one, which
is a rehearsal of an upgrade, only a change of behaviour does; the wire always differs, so
that is counted and summed up at the end of the run.
"""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fake_server.transcript import Transcript
    from pytest_codex.cassettes import Plan
    from pytest_codex.comparison import Comparison
    from pytest_codex.surroundings import Surroundings, Verdict

CHANGES = 12
"""How many changes of behaviour a failure shows."""

KINDS = 8
"""How many kinds of message are shown of what differs on the wire."""


def judge(old: Transcript, live: Transcript, around: Surroundings) -> Verdict:
    """
    Pass judgement on a run that is not byte for byte what was recorded.

    Args:
        old: The cassette.
        live: This run.
        around: The plan of the test, and where to keep this run when it fails.

    Raises:
        SecretError: It looks as if a secret were in this run; nothing was written.
    """
    from pytest_codex.comparison import compare
    from pytest_codex.recording.results import save
    from pytest_codex.surroundings import Verdict

    comparison = compare(old, live)
    rehearsed = comparison.across_versions
    facts = _facts(comparison) if rehearsed else None
    if rehearsed and not comparison.changes:
        return Verdict(rehearsal=facts)
    kept = around.artifacts / around.plan.path.name
    save(live, kept, around.plan.name)
    lines = [_headline(comparison, around.plan.name), *_body(comparison, old, live)]
    again = around.plan.rerecord
    if around.settings.bin:
        again += f" --codex-bin={shlex.quote(str(around.settings.bin))}"
    lines += [
        "How to fix:",
        f"  * {'accept it' if rehearsed else 'changed on purpose':<20} {again}",
        f"  * {'see all of it':<20} pytest-codex diff --wire {around.plan.name} {kept}",
    ]
    return Verdict("\n".join(lines), kept=[kept], rehearsal=facts)


def look_back(plan: Plan, live: Callable[[], Transcript]) -> tuple[dict[str, Any] | None, str]:
    """
    Compare what there is of a test that failed by itself.

    Args:
        plan: The plan of the test.
        live: Gives this run until now.

    Returns:
        The facts for the summary and what changed; None and nothing where the cassette is of
        the same version.
    """
    from pytest_codex import cassettes
    from pytest_codex.comparison import compare
    from pytest_codex.comparison.telling import tell_changes

    try:
        comparison = compare(cassettes.load(plan), live())
    except HarnessError:
        return None, ""  # there is a failure to tell already
    if not comparison.across_versions:
        return None, ""
    lines = tell_changes(comparison.changes, CHANGES)
    return {**_facts(comparison), "outcome": "failed", "wire": []}, "\n".join(lines)


class Rehearsals:
    """
    Adds up the rehearsals of a run, those of other processes included.
    """

    def __init__(self) -> None:
        self._outcomes: dict[tuple[str, str], Counter[str]] = {}
        self._wire: dict[tuple[str, str], Counter[tuple[str, str, str]]] = {}

    def add(self, facts: dict[str, Any] | None) -> None:
        """
        Count one test's; None for a test that rehearsed nothing.
        """
        if facts is None:
            return
        versions = (facts["recorded"], facts["run"])
        self._outcomes.setdefault(versions, Counter())[facts["outcome"]] += 1
        counts = self._wire.setdefault(versions, Counter())
        for kind, way, path, count in facts["wire"]:
            counts[kind, way, path] += count

    def lines(self) -> Iterator[str]:
        """
        What to say at the end of the run; nothing when nothing was rehearsed.
        """
        for (recorded, run), outcomes in sorted(self._outcomes.items()):
            from pytest_codex.comparison.telling import tell_kinds

            failed = outcomes["failed"]
            yield (
                f"codex: rehearsal of {run} with cassettes of {recorded}: "
                f"{outcomes['unchanged']} unchanged, {outcomes['behaviour']} changed behaviour, "
                f"{outcomes['wire']} differ on the wire only"
                + (f", {failed} failed by themselves" if failed else "")
            )
            yield from tell_kinds(self._wire[recorded, run], KINDS)


def _facts(comparison: Comparison) -> dict[str, Any]:
    """
    What the summary wants to know, as plain values that travel between processes.
    """
    return {
        "outcome": comparison.outcome,
        "recorded": comparison.old,
        "run": comparison.new,
        "wire": [[*key, count] for key, count in comparison.wire.counts.items()],
    }


def _headline(comparison: Comparison, name: str) -> str:
    if not comparison.across_versions:
        return f"MismatchError: this run differs from {name}"
    return (
        f"MismatchError: Codex {comparison.new} behaves otherwise than {name}, "
        f"recorded with {comparison.old}"
    )


def _body(comparison: Comparison, old: Transcript, live: Transcript) -> Iterator[str]:
    from pytest_codex.comparison.telling import tell_changes, tell_kinds
    from pytest_codex.recording.results import differences

    if comparison.changes:
        yield "behaviour (recorded -> this run, with their lines):"
        yield from tell_changes(comparison.changes, CHANGES)
    elif comparison.wire.counts:
        yield "behaviour: the same"
    if comparison.wire.counts:
        yield "wire:"
        yield from tell_kinds(comparison.wire.counts, KINDS)
    elif not comparison.changes:
        yield differences(old, live)
