"""
Which schema is used, and what it says of a run.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_codex import schema
from pytest_codex.conformance import schemas
from pytest_codex.conformance.outcomes import Invalid, Message, Outcome, Result
from pytest_codex.errors import HarnessError
from tests.older import OLDEST, older_binary

UNKNOWN = "0.0.1"


def test_the_version_that_the_server_tells_comes_first() -> None:
    """
    It is what the server wants to be held against.
    """
    version = schema.find().version
    schema.of_binary(older_binary(OLDEST))

    held = schemas.choose(version, OLDEST, None)

    assert (held.version, held.why) == (version, "what the server says it is")


def test_else_the_one_asked_for() -> None:
    """
    The report says that it is another one than the server's.
    """
    binary = str(older_binary(OLDEST))

    assert schemas.choose(UNKNOWN, None, binary)[1:] == (
        OLDEST,
        f"asked for; the server says it is {UNKNOWN}, whose schema is not here",
    )
    assert (
        schemas.choose(None, None, binary).why == "asked for; the server does not tell its version"
    )
    with pytest.raises(HarnessError, match="'nonsense' is no version"):
        schemas.choose(None, "nonsense", None)


def test_else_the_installed_one() -> None:
    """
    Something is always better than nothing, as long as it is said.
    """
    held = schemas.choose(None, None, None)

    assert held.version == schema.find().version
    assert held.why == "the installed one; the server does not tell its version"


def test_without_the_library_nothing_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The reason names the extra, and the result is skipped, not passed.
    """
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)

    held = schemas.choose(None, None, None)

    assert held.checker is None
    (result,) = schemas.judge([], held)
    assert result.outcome is Outcome.SKIPPED
    assert "pip install 'pytest-codex-harness[conformance]'" in result.text


def test_without_any_schema_nothing_is_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    A server can be tested where no Codex is installed.
    """
    monkeypatch.setitem(sys.modules, "codex_cli_bin", None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    held = schemas.choose(UNKNOWN, None, None)

    assert (held.checker, held.version) == (None, None)
    assert held.why.startswith(f"the server says it is {UNKNOWN}, whose schema is not here; ")


def test_each_faulty_method_is_a_result_of_its_own() -> None:
    """
    It tells the path and where it came up; a method that is expected to be faulty and is not
    has one, too.
    """
    held = schemas.choose(None, None, None)
    fault = Invalid("server notification", "turn/started", "params.turn: is required")
    said = (Message("server notification", "turn/started"), Message("server response", "fs/copy"))
    results = [
        Result("a/1", Outcome.PASSED, said=said, invalid=(fault,)),
        Result("a/2", Outcome.PASSED, said=said, invalid=(fault,)),
    ]

    found = schemas.judge(results, held, {"schema/fs/copy", "schema/turn/started"})

    assert [(one.check, one.outcome) for one in found] == [
        ("schema/turn/started", Outcome.FAILED),
        ("schema/fs/copy", Outcome.PASSED),
    ]
    assert found[0].text == ("server notification: params.turn: is required (in a/1 and 1 more)")
    assert {one.check for one in found} < schemas.names(held)
    assert schemas.as_check(found[0]).area == "schema"


def test_without_faults_there_is_one_result() -> None:
    """
    All is well is said once.
    """
    held = schemas.choose(None, None, None)

    said = (Message("server response", "initialize"),)
    (result,) = schemas.judge([Result("a/1", Outcome.PASSED, said=said)], held)

    assert (result.check, result.outcome) == (schemas.ALL_VALID, Outcome.PASSED)


def test_a_server_that_said_nothing_has_said_nothing_right() -> None:
    """
    When every check was skipped there was nothing to look at.
    """
    held = schemas.choose(None, None, None)
    said = (Message("client request", "initialize"),)

    (result,) = schemas.judge([Result("a/1", Outcome.SKIPPED, said=said)], held)

    assert (result.check, result.outcome) == (schemas.ALL_VALID, Outcome.SKIPPED)
