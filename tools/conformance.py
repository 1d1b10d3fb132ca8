"""
Run the conformance suite against the real app-server of every supported version, and against the
fake that replays the newest one's recordings; write what was found as docs/conformance-results.md.

Nothing on the page depends on the day or the machine: running it again changes nothing.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_codex.conformance import schemas
from pytest_codex.conformance.command import Options, examine_server, suite
from pytest_codex.conformance.expectations import KNOWN_DEVIATIONS, expected_for, load
from pytest_codex.conformance.reports import terminal, write
from pytest_codex.conformance.reports.facts import EXPECTED, STALE
from pytest_codex.conformance.runs import Run
from pytest_codex.conformance.unreachable import UNREACHABLE
from pytest_codex.errors import HarnessError
from pytest_codex.runtime import binary_version, find_binary

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/conformance-results.md"
KEPT = ROOT / "build/conformance"
RECORDINGS = ROOT / "cassettes/conformance"
VERSIONS = ("0.147.0", "0.155.1", "0.160.1", "0.163.0")
FAKE = "fake"

GOOD = ("passed", "warning", "skipped", EXPECTED)
"""How a check may end."""

_HEAD = """\
# Conformance results

What `make conformance` found: the [conformance suite](conformance.md) against the real app-server
of four versions, and against our fake that replays recordings of the same checks. This page is
generated; a test holds it against the suite.

A number is a deviation: the server does otherwise than the check says, and the note says what is
known of it. *absent* means that the version does not have what the check is about; *live* that a
recording cannot show it. A check that warned has passed: some warnings depend on how fast the
machine is, and this page does not.
"""


def binary_of(version: str) -> Path:
    """
    The real binary of a version, which ``make conformance`` has fetched.

    Raises:
        HarnessError: It is not there.
    """
    found = ROOT / ".venvs" / f"codex-{version}" / "codex_cli_bin/bin/codex"
    if found.exists():
        return found
    installed = find_binary()
    if binary_version(installed) == version:
        return installed
    raise HarnessError(f"there is no binary of Codex {version}: run make conformance")


def options_for(subject: str) -> Options:
    """
    How a subject is tested.
    """
    if subject == FAKE:
        fake = [sys.executable, "-I", "-S", str(ROOT / "fake_server/__main__.py")]
        recording = f"--cassette={RECORDINGS}/{{check}}.codex.jsonl"
        places = ["--connection={connection}", "--root=tmp_path={directory}"]
        command = shlex.join([*fake, *places, recording])
        return Options(command, expected=KNOWN_DEVIATIONS, timeout=60.0)
    binary = binary_of(subject)
    return Options(
        shlex.join([str(binary), "app-server"]),
        binary=str(binary),
        expected=KNOWN_DEVIATIONS,
        timeout=60.0,
    )


def run(subject: str, only: Sequence[str] = ()) -> None:
    """
    Test one subject, print what was found, and keep it as JSON.

    Args:
        subject: A version, or the fake.
        only: The checks to run; what was kept of the others stays.
    """
    print(f"== {subject}", flush=True)
    options = replace(options_for(subject), only=only)
    found = examine_server(options)
    for line in terminal(found):
        print(line, flush=True)
    kept = KEPT / f"{subject}.json"
    before = _load(subject) if only else None
    write(found, {"json": kept})
    if before is not None:
        after = _load(subject)
        # Of a few checks the schema says little: only what is wrong is news.
        news = [
            one
            for one in after["checks"]
            if not one["id"].startswith("schema/") or one["outcome"] == "failed"
        ]
        names = {one["id"] for one in news}
        after["checks"] = news + [one for one in before["checks"] if one["id"] not in names]
        after["coverage"] = [_joined(found, one) for one in before["coverage"]]
        kept.write_text(json.dumps(after), encoding="utf-8")


def _joined(found: Run, before: dict[str, Any]) -> dict[str, Any]:
    """
    What was exercised before, and what a run of a few checks adds to it.
    """
    said = {message.method for result in found.results for message in result.said}
    now = said & {*before["missing"], *before["unreachable"]}
    return {
        **before,
        "covered": sorted({*before["covered"], *now}),
        "missing": [method for method in before["missing"] if method not in now],
        "unreachable": {k: v for k, v in before["unreachable"].items() if k not in now},
    }


def _load(subject: str) -> dict[str, Any]:
    """
    What was kept of a subject, judged by what is known now.
    """
    kept = KEPT / f"{subject}.json"
    if not kept.exists():
        raise HarnessError(f"{subject} was not run yet: {kept} is not there")
    told: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    known = schemas.names(schemas.choose(None, None, None)) | {check.id for check in suite()}
    names = [one["id"] for one in told["checks"]]
    facts = expected_for(load(KNOWN_DEVIATIONS, known.union(names)), told["version"], names)
    for one in told["coverage"]:
        excused = {name: UNREACHABLE[name] for name in one["missing"] if name in UNREACHABLE}
        one["unreachable"].update(excused)
        one["missing"] = [name for name in one["missing"] if name not in excused]
    for one in told["checks"]:
        one["expected"] = facts.get(one["id"])
        one["verdict"] = one["outcome"]
        if one["expected"] is not None and one["outcome"] in ("failed", "passed"):
            one["verdict"] = EXPECTED if one["outcome"] == "failed" else STALE
    return told


def lacking(subject: str) -> list[str]:
    """
    The checks of which nothing was kept, or no good end.
    """
    there = {one["id"] for one in _load(subject)["checks"] if one["verdict"] in GOOD}
    return [check.id for check in suite() if check.id not in there]


def page(runs: dict[str, Any]) -> Iterator[str]:
    """
    The lines of the page.

    Args:
        runs: What was kept of each subject.
    """
    notes = _Notes()
    yield _HEAD
    yield from _summary(runs)
    areas: dict[str, list[str]] = {}
    for check in suite():
        areas.setdefault(check.area, []).append(check.id)
    titles = {check.id: check.title for check in suite()}
    results = {
        subject: {one["id"]: one for one in told["checks"]} for subject, told in runs.items()
    }
    for area, names in areas.items():
        yield f"\n## {area}\n"
        yield from _row("check", *runs)
        yield from _row("---", *("---" for _ in runs))
        for name in names:
            cells = [notes.cell(results[subject].get(name)) for subject in runs]
            yield from _row(f"`{name}`<br>{_escaped(titles[name])}", *cells)
    yield from _messages(results, notes)
    yield from notes.lines()
    yield from _unreached(runs)


def _messages(results: dict[str, dict[str, Any]], notes: _Notes) -> Iterator[str]:
    """
    What the schema of each version says of its own server's messages.
    """
    found = {name for told in results.values() for name in told if name.startswith("schema/")}
    if len(found) > 1:
        found.discard(schemas.ALL_VALID)
    yield "\n## schema\n\nEvery message of every check, held against the schema of its version.\n"
    yield from _row("messages", *results)
    yield from _row("---", *("---" for _ in results))
    for name in sorted(found):
        cells = [notes.cell(told[name]) if name in told else "passed" for told in results.values()]
        yield from _row(f"`{name}`", *cells)


class _Notes:
    """
    What is known of deviations, numbered in the order in which they are met.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def cell(self, result: dict[str, Any] | None) -> str:
        """
        One result in a word, or the number of its note.
        """
        if result is None:
            return ""
        outcome = result["verdict"]
        if outcome == "skipped":
            return "live" if "only a live server" in result["text"] else "absent"
        if outcome == EXPECTED:
            return f"[{self._number(result['expected'])}]"
        return _settled(str(outcome))

    def _number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers) + 1)

    def lines(self) -> Iterator[str]:
        """
        The notes.
        """
        if self._numbers:
            yield "\n## Deviations\n"
        for text, number in self._numbers.items():
            yield f"{number}. {_escaped(text)}"


def _summary(runs: dict[str, Any]) -> Iterator[str]:
    counts = {
        subject: Counter(_settled(one["verdict"]) for one in told["checks"])
        for subject, told in runs.items()
    }
    yield from _row("", *(told["version"] if s != FAKE else FAKE for s, told in runs.items()))
    yield from _row("---", *("---" for _ in runs))
    names = ["passed", EXPECTED, "failed", "harness error", "skipped"]
    for name in names:
        if any(counts[subject][name] for subject in runs):
            yield from _row(name, *(str(counts[subject][name]) for subject in runs))
    for kind in ("client requests", "server requests", "notifications"):
        cells = []
        for told in runs.values():
            one = next((each for each in told["coverage"] if each["kind"] == kind), None)
            cells.append(f"{len(one['covered'])} of {one['total']}" if one else "")
        yield from _row(f"{kind} exercised", *cells)


def _unreached(runs: dict[str, Any]) -> Iterator[str]:
    """
    What the newest version has and no check exercises, with the reason.
    """
    yield "\n## Not exercised\n"
    newest = runs[VERSIONS[-1]]
    for one in newest["coverage"]:
        for method, reason in sorted(one["unreachable"].items()):
            yield f"- `{method}`: {reason}"
        for method in one["missing"]:
            yield f"- `{method}`"


def _settled(verdict: str) -> str:
    """
    A verdict as it is on every machine.
    """
    return "passed" if verdict == "warning" else verdict


def _row(*cells: str) -> Iterator[str]:
    yield f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run what was asked for, then write the page from what was kept of all subjects.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="versions, or fake; none means all")
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--lacking", action="store_true", help="only what has no good end yet")
    arguments = parser.parse_args(argv)
    subjects = (*VERSIONS, FAKE)
    for subject in () if arguments.page else arguments.only or subjects:
        only = lacking(subject) if arguments.lacking else []
        if only or not arguments.lacking:
            run(subject, only)
    runs = {subject: _load(subject) for subject in subjects}
    PAGE.write_text("\n".join(page(runs)) + "\n", encoding="utf-8")
    print(f"the page is {PAGE.relative_to(ROOT)}")
    bad = [
        f"{subject}: {one['verdict']}: {one['id']}"
        for subject, told in runs.items()
        for one in told["checks"]
        if one["verdict"] not in GOOD
    ]
    print("\n".join(bad))
    return min(len(bad), 1)


if __name__ == "__main__":
    sys.exit(main())
