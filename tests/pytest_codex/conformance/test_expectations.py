"""
Files of expected failures.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_codex.conformance.expectations import (
    KNOWN_DEVIATIONS,
    Expectation,
    expected_for,
    load,
)
from pytest_codex.errors import HarnessError

KNOWN = ("turns/steer", "turns/base", "errors/code")


def write(tmp_path: Path, text: str) -> Path:
    """
    A file of expected failures.
    """
    path = tmp_path / "expected.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_line_is_a_check_versions_and_a_reason(tmp_path: Path) -> None:
    """
    Comments and empty lines say nothing; a reason may have spaces.
    """
    path = write(tmp_path, "# all of them\n\n  turns/steer  0.163.0   it cuts # the stream \n")

    assert [Expectation("turns/steer", "0.163.0", "it cuts # the stream", f"{path}:3")] == load(
        path, KNOWN
    )


@pytest.mark.parametrize(
    ("versions", "version", "holds"),
    [
        ("*", "0.163.0", True),
        ("*", None, True),
        ("0.163.0", "0.163.0", True),
        ("0.163.0", "0.163.1", False),
        ("0.163.0", None, False),
        ("0.147.0,0.163.0", "0.163.0", True),
        ("0.147.0,0.163.0", "0.155.1", False),
        ("0.155.0..0.160.1", "0.160.1", True),
        ("0.155.0..0.160.1", "0.155.0", True),
        ("0.155.0..0.160.1", "0.160.2", False),
        ("0.155.0..0.160.1", "0.99.0", False),
        ("..0.155.1", "0.147.0", True),
        ("..0.155.1", "0.160.1", False),
        ("0.160.0..", "1.0.0", True),
        ("0.160.0..", "0.155.1", False),
        ("0.160.0..", "0.164.0-alpha.2", True),
    ],
)
def test_versions(versions: str, version: str | None, holds: bool) -> None:
    """
    Versions are compared number by number, and a range includes its ends.
    """
    assert holds == Expectation("turns/steer", versions, "why", "f:1").holds_for(version)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("turns/ster * why", r"there is no check 'turns/ster' \(did you mean 'turns/steer'\?\)"),
        ("zzzz * why", "there is no check 'zzzz'; --list"),
        ("turns/steer", "the versions and the reason are missing"),
        ("turns/steer *", "the reason is missing"),
        ("turns/steer >=0.160 why", "'>=0.160' is no version"),
        ("turns/steer .. why", "'..' is no version"),
        ("turns/steer 0.160 why", "'0.160' is no version"),
        ("turns/steer 0.160.1, 0.163.0 why", "'' is no version"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    """
    An error tells the file, the line, what is wrong and how it is written.
    """
    path = write(tmp_path, f"# first\n{line}\n")

    with pytest.raises(HarnessError, match=said) as caught:
        load(path, KNOWN)

    assert str(caught.value).startswith(f"{path}:2: ")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """
    A misspelt name must not mean that nothing is expected.
    """
    with pytest.raises(HarnessError, match=r"--expected-failures: .*none\.txt cannot be read"):
        load(tmp_path / "none.txt", KNOWN)


def test_only_what_is_run_is_expected(tmp_path: Path) -> None:
    """
    Checks that were not chosen, and other versions, are left out.
    """
    lines = "turns/steer * one\nturns/base 0.147.0 two\nerrors/code * three\n"
    expectations = load(write(tmp_path, lines), KNOWN)

    assert {"turns/steer": "one"} == expected_for(
        expectations, "0.163.0", ("turns/steer", "turns/base")
    )


def test_two_lines_about_one_check_are_an_error(tmp_path: Path) -> None:
    """
    Of two reasons for one version only one can be kept.
    """
    path = write(tmp_path, "turns/steer ..0.163.0 one\nturns/steer 0.160.0.. two\n")
    expectations = load(path, KNOWN)

    assert {"turns/steer": "one"} == expected_for(expectations, "0.147.0", KNOWN)
    with pytest.raises(HarnessError, match=r"txt:2: turns/steer is expected .* by .*txt:1 already"):
        expected_for(expectations, "0.163.0", KNOWN)


def test_a_method_of_another_version_may_be_named(tmp_path: Path) -> None:
    """
    The checks of the schema depend on the version: those of others are no mistakes.
    """
    path = write(tmp_path, "schema/thread/gone ..0.147.0 it is gone now\n")

    assert {} == expected_for(load(path, KNOWN), "0.163.0", KNOWN)


def test_the_known_deviations_can_be_read() -> None:
    """
    The packaged file names checks that exist, with versions and a fact each.
    """
    from pytest_codex.conformance import schemas, server_checks

    server_checks.load()
    known = schemas.names(schemas.choose(None, None, None))

    found = load(KNOWN_DEVIATIONS, known | {check.id for check in server_checks.SUITE})

    assert {"schema/thread/timeline/list", "steering/second-turn-joins-the-first"} <= {
        each.check for each in found
    }
    assert all(each.reason for each in found)
