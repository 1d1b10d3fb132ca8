"""
Show what an upgrade of Codex changes in this project's own scenarios, as tables.

Records every scenario with each older version, compares with the committed cassettes, and
prints Markdown: the tables of `docs/upgrading.md`. The binaries lie where `make
.venvs/codex-VERSION/.installed` puts them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from fake_server.transcript import Transcript
from pytest_codex.comparison import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_codex.comparison.changes import Change

ROOT = Path(__file__).resolve().parents[1]
CASSETTES = ROOT / "cassettes"
VERSIONS = ("0.147.0", "0.155.1", "0.160.1")
DEADLINE = 900
LEVELS = {
    "unchanged": "the same bytes, but for the version",
    "wire": "differ on the wire only",
    "behaviour": "change behaviour",
    "failed": "fail with the older version",
}
SHOWN = 2
"""How many scenarios are named per finding."""


def record(version: str, place: Path) -> None:
    """
    Record the scenarios with a version; one that fails with it leaves no cassette.
    """
    binary = ROOT / ".venvs" / f"codex-{version}" / "codex_cli_bin" / "bin" / "codex"
    if not binary.exists():
        sys.exit(f"no binary of Codex {version}: make .venvs/codex-{version}/.installed")
    options = ("--codex-record-mode=rewrite", f"--codex-bin={binary}")
    places = (f"--codex-cassette-dir={place}", f"--codex-artifacts={place / 'artifacts'}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/scenarios", *options, *places],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    print(version, (done.stdout.strip().splitlines() or ["?"])[-1], file=sys.stderr)


def describe(change: Change) -> Iterator[str]:
    """
    A change without what belongs to one scenario only: texts, lines, numbers of entries.
    """
    fact = change.fact
    name = f" `{fact.name}`" if fact.kind in ("request", "notice") else ""
    if change.old is None or change.new is None:
        yield f"{'new' if change.old is None else 'gone'}: {fact.kind}{name}"
    if change.moved:
        yield f"{fact.kind}{name}: order"
    for field, old, new in change.fields:
        place = re.sub(r"\[\d+\]", "[]", field).partition(",")[0] or "text"
        values = f" `{json.dumps(old)}` → `{json.dumps(new)}`" if field == "status" else ""
        yield f"{fact.kind}{name}: {place}{values}"


def findings(place: Path) -> tuple[Counter[str], dict[str, list[str]]]:
    """
    How many scenarios changed on which level, and for each finding where it shows.
    """
    found: dict[str, list[str]] = {}
    levels: Counter[str] = Counter()
    for path in sorted(CASSETTES.rglob("*.codex.jsonl")):
        scenario = path.name.partition(".codex")[0]
        other = place / path.relative_to(CASSETTES)
        if not other.exists():
            levels["failed"] += 1
            found.setdefault("the scenario fails with the older version", []).append(scenario)
            continue
        comparison = compare(Transcript.load(other), Transcript.load(path))
        levels[comparison.outcome] += 1
        for text in sorted({text for change in comparison.changes for text in describe(change)}):
            found.setdefault(text, []).append(scenario)
    return levels, found


def tables(results: dict[str, tuple[Counter[str], dict[str, list[str]]]]) -> Iterator[str]:
    """
    How many scenarios changed at all; then a row per finding, with where it shows.
    """
    columns = " | ".join(f"from {version}" for version in results)
    lines = f"|---|{'---|' * len(results)}"
    yield f"| scenarios, on the way to {newest()} | {columns} |"
    yield lines
    for level, text in LEVELS.items():
        yield f"| {text} | {' | '.join(str(levels[level]) for levels, _ in results.values())} |"
    yield ""
    yield f"| what changes | {columns} | seen in |"
    yield lines + "---|"
    rows: dict[str, list[list[str]]] = {}
    for place, (_, found) in enumerate(results.values()):
        for text, scenarios in found.items():
            rows.setdefault(text, [[] for _ in results])[place] = scenarios
    for text, row in sorted(rows.items(), key=lambda pair: [-len(one) for one in pair[1][::-1]]):
        names = [f"`{name}`" for name in dict.fromkeys(one for each in row for one in each)]
        more = [f"{len(names) - SHOWN} more"] if len(names) > SHOWN else []
        counts = " | ".join(str(len(one) or "") for one in row)
        yield f"| {text} | {counts} | {', '.join([*names[:SHOWN], *more])} |"


def newest() -> str:
    """
    The version of the committed cassettes.
    """
    path = CASSETTES / "test_turns" / "test_run.codex.jsonl"
    return str(Transcript.load(path).header["codex"])


def main() -> int:
    """
    Record where nothing is recorded yet, and print the tables.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", nargs="*", default=VERSIONS)
    parser.add_argument("--keep", type=Path, help="where recordings lie, and are used again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        results = {}
        for version in arguments.versions:
            place = (arguments.keep or Path(temporary)).resolve() / version
            if not place.exists():
                record(version, place)
            results[version] = findings(place)
    for line in tables(results):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
