"""
Run the client suite against every published version of the official Python SDK; write the page.

``make client-conformance`` writes docs/client-conformance-results.md. Each version gets a virtual
environment under `.venvs/`, kept between runs; of versions whose sources are the same but for the
version number, the first is tested for all. What a version is known to do otherwise is in
tools/python_sdk_deviations.txt; a failure that is not in it, and an entry that does not fail any
more, stop the run before the page is written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from pytest_codex.conformance.clients.command import ClientOptions, examine_client, suite
from pytest_codex.conformance.expectations import expected_for, load
from pytest_codex.conformance.outcomes import Outcome
from tools.published import published

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "openai-codex"
PAGE = ROOT / "docs" / "client-conformance-results.md"
DEVIATIONS = ROOT / "tools" / "python_sdk_deviations.txt"
DRIVER = "-m pytest_codex.conformance.clients.python_sdk"
Found = dict[str, list[str]]
"""Outcome and text of each check."""
INSTALL_DEADLINE = 600
HEAD = """\
# What the official Python SDK does

<!-- Written by `make client-conformance`; do not edit. -->

The [client suite](client-conformance.md) on the published versions of `openai-codex` from 0.147.0
on, each with the driver that comes with the suite:
`python -m pytest_codex.conformance.clients.python_sdk`. It uses the SDK as its users do. The server
is ours and plays the same scenes to every version; that it is newer than an old SDK is on purpose.
Versions that follow each other and end alike in every check share a column; of those whose sources
are the same but for the version number, the first was tested.
"""


def install(version: str) -> Path:
    """
    An interpreter that has the SDK in one version.
    """
    place = ROOT / ".venvs" / f"client-sdk{version}"
    python = place / "bin" / "python"
    done = place / ".installed"
    if not done.exists():
        print(f"installing openai-codex {version}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
        pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        # The SDK depends on its binary, 100 MB that nobody starts here.
        for wanted in (["pydantic>=2.7", "packaging"], ["--no-deps", f"openai-codex=={version}"]):
            subprocess.run([*pip, "--no-input", *wanted], check=True, timeout=INSTALL_DEADLINE)
        done.touch()
    return python


def measure(version: str, options: argparse.Namespace) -> Found:
    """
    What the suite finds about one version; it is kept beside the version's environment.
    """
    found: Found = {}
    if (options.reuse or options.only) and kept(version).exists():
        found = json.loads(kept(version).read_text(encoding="utf-8"))
        if not options.only:
            return found
    command = f"{install(version)} {DRIVER}"
    print(f"testing openai-codex {version}", flush=True)
    run = examine_client(
        ClientOptions(
            client=command, only=options.only, timeout=options.timeout, workers=options.workers
        )
    )
    if run.version != version:
        raise SystemExit(f"{command} tells the version {run.version}, not {version}")
    found |= {name: [one.outcome.value, one.text] for name, one in run.by_check.items()}
    kept(version).write_text(json.dumps(found), encoding="utf-8")
    return found


def sources(version: str) -> str:
    """
    A digest of the SDK's sources without version numbers: some are in its comments.
    """
    (package,) = install(version).parents[1].glob("lib/python*/site-packages/openai_codex")
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(re.sub(rb"\d+\.\d+\.\d+", b"", path.read_bytes()))
    return digest.hexdigest()


def kept(version: str) -> Path:
    """
    Where the results of a version are kept.
    """
    return ROOT / ".venvs" / f"client-sdk{version}.json"


def unexplained(found: dict[str, Found]) -> list[str]:
    """
    What the file of deviations does not say, or says and is not so.
    """
    known = load(DEVIATIONS, {check.id for check in suite()})
    wrong = []
    for version, results in found.items():
        reasons = expected_for(known, version, results)
        for name, (outcome, text) in results.items():
            failed = outcome in (Outcome.FAILED.value, Outcome.ERROR.value)
            if failed and (name not in reasons or outcome == Outcome.ERROR.value):
                wrong.append(f"{version} {name}: {outcome}: {text[:300]}")
            elif not failed and name in reasons:
                wrong.append(f"{version} {name}: {outcome}, and expected to fail")
    return wrong


def page(found: dict[str, Found]) -> str:
    """
    The page as Markdown.
    """
    columns = alike(found)
    results = [found[versions[-1]] for versions in columns]
    titles = [_title(versions) for versions in columns]
    line = _row(*["---"] * (len(columns) + 1))
    lines = [HEAD, f"Versions tried: {', '.join(found)}.", "", _row("", *titles), line]
    for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.WARNING, Outcome.SKIPPED):
        counts = [sum(one == outcome.value for one, _ in each.values()) for each in results]
        lines.append(_row(outcome.value, *map(str, counts)))
    lines += ["", "## What fails, and why", "", _row("check", "what has to hold", "in", "why")]
    lines += [_row("---", "---", "---", "---"), *_failures(columns, results)]
    lines += ["", "## Every check", "", _row("check", *titles), line]
    for check in suite():
        lines.append(_row(f"`{check.id}`", *(each[check.id][0] for each in results)))
    return "\n".join(lines) + "\n"


def alike(found: dict[str, Found]) -> list[list[str]]:
    """
    The versions in groups of neighbours that end alike in every check.
    """
    return [
        list(versions)
        for _, versions in groupby(
            found, lambda version: {name: outcome for name, (outcome, _) in found[version].items()}
        )
    ]


def _title(versions: Sequence[str]) -> str:
    first, last = versions[0], versions[-1]
    return first if first == last else f"{first} to {last}"


def _failures(columns: list[list[str]], results: list[Found]) -> Iterator[str]:
    known = load(DEVIATIONS, {check.id for check in suite()})
    for check in suite():
        failed = [
            versions
            for versions, found in zip(columns, results, strict=True)
            if found[check.id][0] == Outcome.FAILED.value
        ]
        reasons = dict.fromkeys(
            expected_for(known, one, {check.id})[check.id]
            for versions in failed
            for one in versions
        )
        where = "all" if failed == columns else ", ".join(map(_title, failed))
        if failed:
            yield _row(f"`{check.id}`", check.title, where, "; ".join(reasons))


def _row(*cells: str) -> str:
    escaped = [cell.replace("|", "\\|").replace("\n", " ") for cell in cells]
    return "| " + " | ".join(escaped) + " |"


def main() -> int:
    """
    Measure all versions, and write the page.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", nargs="*", default=[], help="only these; the page stays")
    parser.add_argument("--timeout", type=float, default=20.0, help="seconds a run may take")
    parser.add_argument("--workers", type=int, help="checks at once")
    parser.add_argument("--reuse", action="store_true", help="take results of earlier runs")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN",
                        help="run only these again, take the others from before")  # fmt: skip
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT)
    found: dict[str, Found] = {}
    tested: dict[str, str] = {}
    for version in options.versions or published(PACKAGE):
        same = tested.setdefault(sources(version), version)
        found[version] = found[same] if same in found else measure(version, options)
        counts = dict(Counter(outcome for outcome, _ in found[version].values()))
        print(version, counts, "" if same == version else f"(the sources of {same})", flush=True)
    wrong = unexplained(found)
    for line in wrong:
        print(line)
    if wrong:
        print(f"{len(wrong)} results are not what {DEVIATIONS.relative_to(ROOT)} says")
        return 1
    if not options.versions:
        PAGE.write_text(page(found), encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
