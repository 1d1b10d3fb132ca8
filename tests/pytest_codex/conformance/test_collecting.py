"""
The suite as pytest tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import small

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

COLLECTION = ("--pyargs", "pytest_codex.conformance.collection", "--codex-conformance-server")
HANDS = "handshake/user-agent-tells-the-version"


def own(project: Project, body: str, attributes: str = "") -> None:
    """
    A test class of the user's, with one check that does this.
    """
    project.write(
        "test_mine.py",
        f"""
from pytest_codex.conformance import collecting
from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.collection import ServerConformance
from pytest_codex.conformance.outcomes import require, skip

def body(server):
    client = server.connect()
    {body}

collecting.suite = lambda: [Check("a/b", "What holds.", "facts", body)]

class TestMine(ServerConformance):
    command = {small.command()!r}
    deadline = 20.0
    {attributes}
""",
    )


def test_each_check_is_an_item(project: Project) -> None:
    """
    With its id, so that -k chooses among them.
    """
    result = project.run(*COLLECTION, "x", "--collect-only", "-q", "-k", "user-agent", fresh=True)

    result.stdout.fnmatch_lines([f"*::TestServer::test_server[[]{HANDS}]"])


def test_the_server_of_the_option_is_tested(project: Project) -> None:
    """
    In processes side by side, too.
    """
    words = (*COLLECTION, small.command(), "-k", HANDS)

    project.run(*words, fresh=True).assert_outcomes(passed=1)
    project.run(*words, "-p", "xdist", "-n", "2", fresh=True).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("pass", {"passed": 1}),
        ("require(False, 'blue')", {"failed": 1}),
        ("skip('not here')", {"skipped": 1}),
        ("server.warn('odd')", {"passed": 1, "warnings": 1}),
        ("{}['x']", {"errors": 1}),
    ],
)
def test_every_result_has_its_own_in_pytest(
    project: Project, body: str, outcome: dict[str, int]
) -> None:
    """
    A suite that breaks down is an error, not a failure of the server.
    """
    own(project, body)

    project.run("test_mine.py", fresh=True).assert_outcomes(**outcome)


def test_a_failure_tells_the_check_and_the_wire(project: Project) -> None:
    """
    And nothing of our own code.
    """
    own(project, "require(False, 'it has to be blue')")

    result = project.run("test_mine.py", fresh=True)

    result.stdout.fnmatch_lines(
        ["*a/b: it has to be blue", "*what has to hold: What holds.", "*wire, the last lines:"]
    )
    result.stdout.no_fnmatch_line("*judging.py*")


@pytest.mark.parametrize(
    ("body", "outcome"), [("require(False, 'x')", {"xfailed": 1}), ("pass", {"failed": 1})]
)
def test_known_failures_are_xfailed(project: Project, body: str, outcome: dict[str, int]) -> None:
    """
    One that is mended fails.
    """
    own(project, body, "expected_failures = 'known.txt'")
    project.write("known.txt", "a/b * known\n")

    project.run("test_mine.py", fresh=True).assert_outcomes(**outcome)


def test_what_the_schema_does_not_allow_fails_the_check(project: Project) -> None:
    """
    Here each test stands for itself: the fault is told where it came up.
    """
    own(project, "pass", f"command = {small.command('--break', 'schema')!r}")

    result = project.run("test_mine.py", fresh=True)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*server response initialize: result.platformOs: 5 is not string*"]
    )


def test_what_is_no_server_stops_the_run(project: Project) -> None:
    """
    One clear error, and not one for each check.
    """
    result = project.run(*COLLECTION, "no-such-program", fresh=True)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*--server: no-such-program cannot be started:*"])


def test_the_collection_wants_a_server(project: Project) -> None:
    """
    The error names the option.
    """
    result = project.run(*COLLECTION[:2], fresh=True)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["--codex-conformance-server: say which server to test"])
    result.stdout.no_fnmatch_line("*During handling*")


def test_wrong_options_are_told_by_processes_side_by_side(project: Project) -> None:
    """
    A process that leaves in the middle of a test would be an internal error of xdist.
    """
    side_by_side = ("-k", HANDS, "-p", "xdist", "-n", "1")
    nothing = project.run(*COLLECTION[:2], *side_by_side, fresh=True)
    never = project.run(
        *COLLECTION, "x", "--codex-conformance-timeout", "soon", *side_by_side, fresh=True
    )

    nothing.assert_outcomes(errors=1)
    nothing.stdout.fnmatch_lines(["--codex-conformance-server: say which server to test"])
    never.assert_outcomes(errors=1)
    never.stdout.fnmatch_lines(["--codex-conformance-timeout: 'soon' is no time in seconds"])


@pytest.mark.parametrize("without", ["'model'", "('model',)"])
def test_what_needs_a_model_can_be_left_out(project: Project, without: str) -> None:
    """
    One word is one word, and not its letters.
    """
    own(project, "pass", f"without = {without}")
    source = (project.path / "test_mine.py").read_text(encoding="utf-8")
    needs = '"facts", body, needs=frozenset({"model"}))'
    project.write("test_mine.py", source.replace('"facts", body)', needs))

    project.run("test_mine.py", fresh=True).assert_outcomes(skipped=1)


def test_what_nothing_needs_cannot_be_left_out(project: Project) -> None:
    """
    A word that is misspelt would leave nothing out, and nobody would know.
    """
    own(project, "pass", "without = ('modle',)")

    result = project.run("test_mine.py", fresh=True)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["without: no check needs 'modle'; say model"])
