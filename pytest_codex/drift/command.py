"""
``pytest-codex validate`` and ``pytest-codex drift``: what they check, print and return.
"""

from __future__ import annotations

import json
import sys
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from fake_server.errors import HarnessError
from pytest_codex import inspection, schema, sdk
from pytest_codex.versions import is_older

from .comparing import compare
from .report import Drift
from .validating import validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fake_server.transcript import Transcript

    from .validating import AnyChecker, Validation

SUFFIX = "*.codex.jsonl"
KEPT = "kept"


def run_validate(
    paths: Sequence[Path],
    *,
    against: Sequence[str] = (),
    binary: str | None = None,
    ignore: Sequence[str] = (),
    strict: bool = False,
) -> int:
    """
    Check that cassettes are whole, and that what was said in them is valid Codex.

    Without a version both the installed Codex and the installed SDK are asked, as far as they
    are there; what is not there is told.

    Args:
        paths: Cassettes, and directories of them.
        against: Versions, folders or binaries; see `schema.find`. ``kept`` is every version
            whose schema is here. Of several only the summaries are told.
        binary: A binary.
        ignore: Patterns of findings that are known, as ``fnmatch`` reads them.
        strict: Whether a cassette of an older Codex counts as a finding.

    Returns:
        0 when all are valid, 1 when one is not.

    Raises:
        HarnessError: The version asked for is not to be had.
    """
    transcripts, bad = _load(paths)
    wanted: Sequence[str | None] = _wanted(against)
    if binary is not None:
        wanted = [None]
    checks = (_schema_check(one, binary) for one in wanted) if wanted else _installed_checks()
    for version, name, checker in checks:
        found = validate(transcripts, checker, name)
        found.findings = [
            one for one in found.findings
            if not any(fnmatchcase(str(one), pattern) for pattern in ignore)
        ]  # fmt: skip
        if found.findings or wanted:
            _print(found, brief=len(wanted) > 1)
        older = _older(transcripts, version)
        if older:
            print(older, file=sys.stderr)
        bad = bad or bool(found.findings) or (strict and bool(older))
    return int(bad)


def run_drift(old: str, new: str, *, cassettes: Sequence[Path] = (), as_json: bool = False) -> int:
    """
    Tell what changed between two versions, and which cassettes it concerns.

    Args:
        old: A version, a folder or a binary; see `schema.find`.
        new: Another one.
        cassettes: Cassettes of the first, and directories of them.
        as_json: Print JSON.

    Returns:
        0 when all cassettes could be read, else 1.
    """
    before, after = schema.find(old), schema.find(new)
    transcripts, bad = _load(cassettes)
    drift = Drift(before, after, compare(before, after), transcripts)
    if as_json:
        print(json.dumps(drift.data(), indent=2))
    else:
        for line in drift.lines():
            print(line)
    return int(bad)


def _wanted(against: Sequence[str]) -> list[str]:
    """
    The versions that were named, each once; ``kept`` stands for all whose schema is here.

    Raises:
        HarnessError: None is here: to check against none is not what was asked for.
    """
    kept = schema.kept() if KEPT in against else []
    if KEPT in against and not kept:
        raise HarnessError(
            "--against kept: no schema is kept yet. A version's is kept the first time its binary, "
            "or a folder with it, is named: pytest-codex validate --against FOLDER ..."
        )
    named = (version for one in against for version in (kept if one == KEPT else [one]))
    return list(dict.fromkeys(named))


def _load(paths: Sequence[Path]) -> tuple[list[Transcript], bool]:
    """
    The cassettes that are whole, and whether any was not; those are told.
    """
    whole, bad = [], False
    for path in _files(paths):
        try:
            whole.append(inspection.validate(path))
        except HarnessError as error:
            bad = True
            print(error, file=sys.stderr)
    return whole, bad


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.rglob(SUFFIX))
        if not found:
            raise HarnessError(f"no cassette ({SUFFIX}) below {path}")
        yield from found


def _schema_check(against: str | None, binary: str | None) -> tuple[str, str, AnyChecker]:
    protocol = schema.find(against, binary=binary)
    return protocol.version, f"Codex {protocol.version}", schema.Checker(protocol.bundle)


def _installed_checks() -> Iterator[tuple[str, str, AnyChecker]]:
    from pytest_codex.schema.models import ModelChecker

    try:
        yield _schema_check(None, None)
    except HarnessError as error:
        print(f"checked against the SDK's models only: {error}", file=sys.stderr)
    yield sdk.version(), f"the SDK {sdk.version()}", ModelChecker()


def _older(transcripts: Sequence[Transcript], version: str) -> str | None:
    """
    One line on all cassettes that an older Codex recorded.
    """
    versions = [str(one.header.get("codex")) for one in transcripts]
    older = [one for one in versions if is_older(one, version)]
    if not older:
        return None
    return (
        f"{len(older)} of {len(versions)} cassettes were recorded with a Codex older than "
        f"{version} ({', '.join(sorted(set(older)))}); record them anew with "
        "--codex-record-mode=rewrite"
    )


def _print(found: Validation, *, brief: bool) -> None:
    for finding in () if brief else found.findings:
        print(finding)
    for line in found.summary():
        print(line)
