"""
Cassettes that nobody uses are found, and none is called so that somebody might use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

HELLO = """
def test_hello(codex):
    assert codex.thread_start().run("hi").final_response == "Hello."
"""

TESTS = """
def test_hello(codex):
    assert codex.thread_start().run("hi").final_response == "Hello."
@pytest.mark.codex(runs=2)
def test_twice(codex):
    assert codex.thread_start().run("hi").final_response == "Hello."
def test_other(): pass
"""

ORPHANS = [
    "codex: 3 orphans, cassettes that no collected test uses",
    "  cassettes/test_bot/test_gone.codex.jsonl",
    "  cassettes/test_bot/test_gone.model.yaml",
    "  cassettes/test_old/test_it.codex.jsonl",
]


@pytest.fixture
def cluttered(project: Project) -> Project:
    """
    A project with cassettes that are used, and three files that are not.
    """
    project.test(TESTS)
    for name in ("test_hello", "test_twice.run-1", "test_twice.run-2", "test_gone"):
        project.record(name)
    for name in ("test_hello", "test_gone"):
        project.write(f"cassettes/test_bot/{name}.model.yaml", "")
    project.write("cassettes/test_old/test_it.codex.jsonl", "")
    project.write("cassettes/notes.txt", "")
    return project


def told(result: pytest.RunResult) -> list[str]:
    """
    What a run says of orphans.
    """
    lines = result.stdout.lines
    first = next(
        i for i, line in enumerate(lines) if line.startswith("codex:") and "orphan" in line
    )
    return [
        lines[first],
        *(line for line in lines[first + 1 :] if line.startswith("  cassettes/")),
    ]


@pytest.mark.parametrize("spread", [(), ("-p", "xdist", "-n2")])
def test_orphans_are_named(cluttered: Project, spread: tuple[str, ...]) -> None:
    """
    A whole run finds cassettes of tests that are gone, of whole files that are gone, and models.
    """
    result = cluttered.run("--codex-orphans", *spread, fresh=bool(spread))

    result.assert_outcomes(passed=3)
    assert told(result) == ORPHANS


def test_they_are_not_looked_for_unasked(cluttered: Project) -> None:
    """
    Without the option nobody hears of orphans.
    """
    cluttered.run().stdout.no_fnmatch_line("*orphan*")


def test_a_single_file_judges_its_own(cluttered: Project) -> None:
    """
    Of a run of one file only that file's folder of cassettes can be judged.
    """
    assert told(cluttered.run("--codex-orphans", "test_bot.py")) == [
        ORPHANS[0].replace("3", "2"),
        *ORPHANS[1:3],
    ]


@pytest.mark.parametrize(
    ("narrow", "why"),
    [
        (["-k", "hello"], "-k leaves tests out"),
        (["-m", "not codex"], "-m leaves tests out"),
        (["test_bot.py::test_hello"], "only test_bot.py::test_hello was asked for"),
        (["--deselect", "test_bot.py::test_other"], "--deselect leaves tests out"),
    ],
)
@pytest.mark.parametrize("spread", [(), ("-p", "xdist", "-n2")])
def test_a_narrowed_run_judges_nothing(
    cluttered: Project, narrow: list[str], why: str, spread: tuple[str, ...]
) -> None:
    """
    Where tests were left out, nobody can tell what they use.
    """
    result = cluttered.run("--codex-orphans", *narrow, *spread, fresh=bool(spread))

    assert told(result) == [f"codex: orphans were not looked for: {why}"]


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("raise ValueError", "could not be collected"),
        ("pytest.skip('no', allow_module_level=True)", "was skipped"),
    ],
)
def test_a_file_that_is_not_known_judges_nothing(cluttered: Project, body: str, how: str) -> None:
    """
    The tests of a file that was not read might use any cassette.
    """
    cluttered.test(body, "test_new.py")

    result = cluttered.run("--codex-orphans", "--continue-on-collection-errors")

    assert told(result) == [f"codex: orphans were not looked for: test_new.py {how}"]


def test_a_common_folder_is_judged_as_a_whole(cluttered: Project) -> None:
    """
    A folder that all tests share is judged only by a run of all of them.
    """
    options = ("--codex-orphans", "--codex-cassette-dir=cassettes")

    assert told(cluttered.run(*options)) == ORPHANS
    assert told(cluttered.run(*options, "test_bot.py")) == [
        "codex: orphans were not looked for: only a part of the tests was asked for"
    ]


def test_tests_that_a_plugin_takes_out_count_as_left_out(cluttered: Project) -> None:
    """
    Also a user's own hook may deselect tests.
    """
    cluttered.write(
        "conftest.py",
        "def pytest_collection_modifyitems(config, items):\n"
        "    config.hook.pytest_deselected(items=[items.pop()])\n",
    )

    assert told(cluttered.run("--codex-orphans")) == [
        "codex: orphans were not looked for: tests were deselected"
    ]


@pytest.mark.parametrize("spread", [(), ("-p", "xdist", "-n2")])
def test_folders_that_a_hook_chose_are_judged(project: Project, spread: tuple[str, ...]) -> None:
    """
    A run of all tests looks where a hook puts cassettes, and beside that; one of a part does not.
    """
    project.write(
        "conftest.py",
        "def pytest_codex_cassette_path(item):\n"
        "    return f'recordings/{item.path.stem}/{item.name}'\n",
    )
    for name in ("test_one", "test_two"):
        project.test(HELLO, f"{name}.py")
        place = project.path / "recordings" / name
        place.mkdir(parents=True)
        project.record().replace(place / "test_hello.codex.jsonl")
    for name in ("test_one/test_gone", "test_old/test_it"):
        project.write(f"recordings/{name}.codex.jsonl", "")
    project.write("elsewhere/data.codex.jsonl", "")

    whole = project.run("--codex-orphans", *spread, fresh=bool(spread))
    part = project.run("--codex-orphans", "test_one.py", *spread, fresh=bool(spread))

    whole.assert_outcomes(passed=2)
    lines = [line for line in whole.stdout.lines if "orphan" in line or line.startswith("  rec")]
    assert lines == [
        "codex: 2 orphans, cassettes that no collected test uses",
        "  recordings/test_old/test_it.codex.jsonl",
        "  recordings/test_one/test_gone.codex.jsonl",
    ]
    part.stdout.fnmatch_lines(["codex: 0 orphans, every cassette is used"])
