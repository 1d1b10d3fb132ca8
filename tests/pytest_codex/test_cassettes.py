"""
Where cassettes lie and what the record mode makes of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fake_server.errors import CassetteNotFoundError, RecordingRefusedError
from pytest_codex.cassettes import LONGEST, find_collisions, find_path, make_plan, safe_name
from pytest_codex.settings import Settings, resolve

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project


def items_of(pytester: pytest.Pytester, text: str, name: str = "test_bot") -> list[pytest.Item]:
    """
    The items of a test file.
    """
    path = pytester.makepyfile(**{name: f"import pytest\n{text}"})
    config = pytester.parseconfigure("-p", "pytest_codex.plugin", "-p", "no:cacheprovider")
    try:
        session = pytest.Session.from_config(config)
        config.hook.pytest_sessionstart(session=session)
        return list(session.perform_collect([str(path)]))
    finally:
        config._ensure_unconfigure()


@pytest.fixture
def item(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Item:
    """
    A plain test, and no CI around it.
    """
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return items_of(pytester, "def test_edit(): pass")[0]


def test_the_default_place(item: pytest.Item, pytester: pytest.Pytester) -> None:
    """
    A cassette lies beside the tests, in a folder per test module.
    """
    expected = pytester.path / "cassettes" / "test_bot" / "test_edit.codex.jsonl"

    assert find_path(item, Settings()) == expected


def test_a_directory_of_its_own(item: pytest.Item, tmp_path: Path) -> None:
    """
    All cassettes can lie in one directory, still with a folder per test module.
    """
    settings = Settings(cassette_dir=tmp_path)

    assert find_path(item, settings) == tmp_path / "test_bot" / "test_edit.codex.jsonl"


@pytest.mark.parametrize("name", ["shared/fix", "shared/fix.codex.jsonl"])
def test_a_named_cassette(item: pytest.Item, pytester: pytest.Pytester, name: str) -> None:
    """
    The marker names a cassette, with or without its extension.
    """
    expected = pytester.path / "cassettes" / "shared" / "fix.codex.jsonl"

    assert find_path(item, Settings(cassette=name)) == expected


def test_the_hook_chooses(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A conftest may choose the place; a relative one starts at the root directory.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest("def pytest_codex_cassette_path(item): return f'tapes/{item.name}'")
    (item,) = items_of(pytester, "def test_edit(): pass")

    assert find_path(item, Settings()) == pytester.path / "tapes" / "test_edit.codex.jsonl"


def test_parameters_become_safe_names(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Names made from parameters are short, plain and different from each other.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    ids = ["fast", "a/b", "a-b", "a b", "ö", "../up", "x" * 300, "[0]", "-"]
    items = items_of(
        pytester, f"@pytest.mark.parametrize('x', {ids!r}, ids={ids!r})\ndef test_it(x): pass"
    )

    names = [safe_name(item) for item in items]

    assert names[0] == "test_it-fast"
    assert names[2] == "test_it-a-b"
    assert len(set(names)) == len(ids)
    for name in names:
        assert len(name) <= LONGEST + 7
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-.")


def test_a_class_is_part_of_the_name(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Methods of two classes have cassettes of their own, unittest's included.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    items = items_of(
        pytester,
        "import unittest\n"
        "class TestA:\n    class TestB:\n        def test_it(self): pass\n"
        "class TestC(unittest.TestCase):\n    def test_it(self): pass",
    )

    assert [safe_name(item) for item in items] == ["TestA.TestB.test_it", "TestC.test_it"]


def test_two_tests_do_not_share_a_cassette_by_chance(project: Project) -> None:
    """
    Equal names in two folders stop the run once both would use one file.
    """
    project.test("def test_it(codex_session): pass", "a/test_bot.py")
    project.test("def test_it(codex_session): pass", "b/test_bot.py")

    result = project.run("--import-mode=importlib", "--codex-cassette-dir=tapes")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: a/*::test_it and b/*::test_it would both use*tapes*"])


def test_two_tests_may_share_a_cassette_on_purpose(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whoever names a cassette knows what they do.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    items = items_of(
        pytester,
        "pytestmark = pytest.mark.codex(cassette='one')\ndef test_a(): pass\ndef test_b(): pass",
    )

    assert find_collisions((one, resolve(one.config, one)) for one in items) is None


def existing(item: pytest.Item) -> None:
    """
    Let the item's cassette exist.
    """
    path = find_path(item, Settings())
    path.parent.mkdir(parents=True)
    path.touch()


@pytest.mark.parametrize(
    ("tier", "mode", "exists", "expected"),
    [
        ("replay", "none", True, ("replay", "replay")),
        ("scripted", "none", True, ("scripted", "run")),
        ("live", "none", False, ("live", "run")),
        ("replay", "once", True, ("replay", "replay")),
        ("scripted", "once", True, ("replay", "replay")),
        ("replay", "once", False, ("scripted", "record")),
        ("live", "once", False, ("live", "record")),
        ("replay", "rewrite", True, ("scripted", "record")),
        ("replay", "rewrite", False, ("scripted", "record")),
        ("live", "rewrite", True, ("live", "record")),
        ("replay", "verify", True, ("scripted", "verify")),
    ],
)
def test_tier_and_mode_make_the_plan(
    item: pytest.Item, tier: str, mode: str, exists: bool, expected: tuple[str, str]
) -> None:
    """
    Only the live tier ever calls a real model, and only rewrite and once ever write.
    """
    if exists:
        existing(item)

    plan = make_plan(item, Settings(tier=tier, record_mode=mode))

    assert (plan.tier, plan.action) == expected


@pytest.mark.parametrize("mode", ["none", "verify"])
def test_a_missing_cassette_is_told_with_its_cure(item: pytest.Item, mode: str) -> None:
    """
    Without a cassette nothing real is called; the message has the command that records it.
    """
    with pytest.raises(CassetteNotFoundError) as caught:
        make_plan(item, Settings(record_mode=mode))

    text = str(caught.value)
    assert "no cassette at cassettes/test_bot/test_edit.codex.jsonl" in text
    assert "pytest --codex-record-mode=once test_bot.py::test_edit" in text


@pytest.mark.parametrize(
    ("mode", "exists", "refused"),
    [
        ("none", True, False),
        ("once", True, False),
        ("once", False, True),
        ("rewrite", True, True),
        ("verify", True, False),
    ],
)
def test_nothing_is_recorded_in_ci(
    item: pytest.Item, monkeypatch: pytest.MonkeyPatch, mode: str, exists: bool, refused: bool
) -> None:
    """
    Where CI is set, what would write a cassette is refused, and nothing else.
    """
    monkeypatch.setenv("CI", "true")
    if exists:
        existing(item)

    settings = Settings(record_mode=mode)
    if refused:
        with pytest.raises(RecordingRefusedError, match="--codex-allow-record-in-ci"):
            make_plan(item, settings)
    else:
        make_plan(item, settings)


def test_recording_in_ci_can_be_allowed(item: pytest.Item, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A job whose purpose is to record says so.
    """
    monkeypatch.setenv("CI", "1")

    plan = make_plan(item, Settings(record_mode="rewrite", allow_record_in_ci=True))

    assert plan.action == "record"
