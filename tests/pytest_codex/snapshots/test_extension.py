"""
``codex_snapshot`` is a syrupy snapshot: filters, updates, unused ones, workers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

NO_PLUGINS = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
STORY = """
from pytest_codex import transcript_of

ITEM = {"type": "commandExecution", "id": "c1", "command": "/bin/bash -lc 'ls'",
        "status": "completed", "exitCode": 0, "aggregatedOutput": "a", "cwd": "/ws"}
TURN = "01a1fcb0-7e3d-73d0-b057-549bba9f65d3"

def told(**more):
    about = {"threadId": "t1", "turnId": TURN, "item": {**ITEM, **more}}
    return transcript_of([{"method": "item/completed", "params": about}])
"""


def run(project: Project, *args: str) -> pytest.RunResult:
    """
    Run the project's tests with syrupy, in an interpreter of their own.
    """
    return project.run("-p", "syrupy", "-q", *args, fresh=True)


def snapshots(project: Project, name: str = "test_bot") -> str:
    """
    The snapshot file of a test module.
    """
    return (project.path / "__snapshots__" / f"{name}.ambr").read_text(encoding="utf-8")


def test_update_and_failure(project: Project) -> None:
    """
    The usual flow: missing, written, passed; a change fails with its lines, and is accepted.
    """
    body = "\ndef test_it(codex_snapshot):\n    assert told({}).commands == codex_snapshot\n"
    project.test(STORY + body.format(""))

    missing = run(project)
    missing.assert_outcomes(failed=1)
    assert "does not exist!" in missing.stdout.str()
    assert "1 snapshot generated." in run(project, "--snapshot-update").stdout.str()
    assert "    command='ls'," in snapshots(project)
    assert "1 snapshot passed." in run(project).stdout.str()

    project.test(STORY + body.format("exitCode=3"))
    failed = run(project)
    failed.assert_outcomes(failed=1)
    failed.stdout.fnmatch_lines(["*-     exit_code=0,", "*+     exit_code=3,*"])
    assert "1 snapshot updated." in run(project, "--snapshot-update").stdout.str()
    run(project).assert_outcomes(passed=1)


FILTERS = """
from syrupy.filters import paths, props
from syrupy.matchers import path_type

def test_exclude(codex_snapshot):
    assert told().commands == codex_snapshot(exclude=props("output"))

def test_paths(codex_snapshot):
    assert told().commands == codex_snapshot(exclude=paths("0.status"))

def test_include(codex_snapshot):
    assert told().commands[0] == codex_snapshot(include=props("command"))

def test_matcher(codex_snapshot):
    assert told().commands[0] == codex_snapshot(matcher=path_type({"output": (str,)}))

def test_defaults(codex_snapshot, tmp_path):
    snapshot = codex_snapshot.with_defaults(exclude=props("status"))
    assert told(cwd=str(tmp_path)).commands[0] == snapshot
    assert told().commands[0] == snapshot(name="named")
"""


def test_filters(project: Project) -> None:
    """
    ``exclude``, ``include`` and matchers see the parts that the snapshot shows.
    """
    project.test(STORY + FILTERS)

    run(project, "--snapshot-update").assert_outcomes(passed=5)

    run(project).assert_outcomes(passed=5)
    parts = dict(part.split("\n", 1) for part in snapshots(project).split("# name: ")[1:])
    assert "output" not in parts["test_exclude"]
    assert "status='completed'" in parts["test_exclude"]
    assert "status" not in parts["test_paths"]
    assert parts["test_include"] == "  Command(\n    command='ls',\n  )\n# ---\n"
    assert "output=str," in parts["test_matcher"]
    assert "status" not in parts["test_defaults"]
    assert "cwd='{tmp_path}'" in parts["test_defaults"]
    assert "test_defaults[named]" in parts


TWO = (
    STORY
    + """
def test_one(codex_snapshot):
    assert told().commands == codex_snapshot
    assert told().items == codex_snapshot

def test_two(codex_snapshot):
    assert told().commands == codex_snapshot
"""
)


@pytest.mark.parametrize("workers", [(), *(("-p", "xdist", "-n", n) for n in ("2", "4"))])
def test_unused(project: Project, workers: tuple[str, ...]) -> None:
    """
    What no test used any more is told and removed; what ``-k`` left out is not unused.
    """
    project.test(TWO)
    assert "3 snapshots generated." in run(project, "--snapshot-update", *workers).stdout.str()

    chosen = run(project, "-k", "test_one", *workers)
    assert "2 snapshots passed." in chosen.stdout.str()
    assert "unused" not in chosen.stdout.str()

    project.test(TWO.replace("    assert told().items == codex_snapshot\n", ""))
    unused = run(project, *workers)
    assert unused.ret == 1
    assert "2 snapshots passed. 1 snapshot unused." in unused.stdout.str()
    removed = run(project, "--snapshot-update", *workers).stdout.str()
    assert "1 unused snapshot deleted." in removed
    assert run(project, *workers).ret == 0
    assert "test_one.1" not in snapshots(project)


def test_beside_a_plain_snapshot(project: Project) -> None:
    """
    A test may use ``snapshot``, too: neither overwrites the other's.
    """
    project.test(
        STORY + "\ndef test_it(snapshot, codex_snapshot):\n"
        "    assert told().commands == codex_snapshot\n"
        "    assert 'plain' == snapshot\n"
        "    assert 'second' == codex_snapshot\n"
    )

    assert "3 snapshots generated." in run(project, "--snapshot-update").stdout.str()

    again = run(project)
    again.assert_outcomes(passed=1)
    assert "3 snapshots passed." in again.stdout.str()
    names = [line for line in snapshots(project).splitlines() if line.startswith("# name")]
    assert names == ["# name: test_it", "# name: test_it codex", "# name: test_it.1 codex"]


def test_no_secret_is_stored(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What the environment calls a secret is masked in the file and in the diff that is shown.
    """
    secret = "s3cr3t-" + "q7w8e9r0t1y2"
    monkeypatch.setenv("MY_API_KEY", secret)
    body = (
        "\nimport os\ndef test_it(codex_snapshot):\n"
        "    text = os.environ['MY_API_KEY'] + '{}'\n"
        "    assert told(aggregatedOutput=text).commands == codex_snapshot\n"
    )
    project.test(STORY + body.format(""))

    run(project, "--snapshot-update").assert_outcomes(passed=1)
    run(project).assert_outcomes(passed=1)
    assert secret not in snapshots(project)
    assert "output='REDACTED'" in snapshots(project)

    project.test(STORY + body.format("!"))
    shown = run(project, "--tb=short", "--no-header").stdout.str()
    assert "output='REDACTED!'" in shown


def test_without_syrupy(project: Project) -> None:
    """
    Where syrupy's plugin is not loaded the fixture says how to load it.
    """
    project.test("def test_it(codex_snapshot):\n    assert 1 == codex_snapshot\n")

    result = project.run(fresh=True)

    result.assert_outcomes(errors=1)
    assert "codex_snapshot needs syrupy's pytest plugin" in result.stdout.str()
    assert "pytest -p syrupy" in result.stdout.str()


SESSION = """
def test_hello(codex, codex_session, codex_snapshot):
    result = codex.thread_start().run("hi")

    assert result == codex_snapshot
    assert codex_session == codex_snapshot
    assert {"where": codex_session.workspace.path / "x"} == codex_snapshot
"""


def test_a_session_and_its_directories(project: Project) -> None:
    """
    In another directory and with another session's ids the same snapshot holds.
    """
    project.test(SESSION)
    project.record()

    run(project, "--snapshot-update", f"--basetemp={project.path / 'one'}")

    assert "PosixPath('{workspace}/x')" in snapshots(project)
    assert "cwd='{workspace}'" in snapshots(project)
    elsewhere = run(project, f"--basetemp={project.path / 'two'}")
    elsewhere.assert_outcomes(passed=1)


REQUESTS = """
def test_hello(codex, codex_model, codex_session, codex_snapshot):
    codex_model.say("Hello.")
    codex.thread_start().run("hi")

    assert codex_session.requests() == codex_snapshot
    home = codex_session.requests("initialize")[0].result["codexHome"]
    assert f"It lies in {home}/skills." == codex_snapshot
"""


def test_what_the_real_agent_said_holds_in_replay(project: Project) -> None:
    """
    Requests with their answers, and Codex's own home, read alike in every tier.
    """
    project.test(REQUESTS)

    run(project, "--codex-record-mode=once", "--snapshot-update").assert_outcomes(passed=1)

    assert "'It lies in {codex_home}/skills.'" in snapshots(project)
    assert "'createdAt': 1700000000" in snapshots(project)
    run(project, "--codex-tier=scripted").assert_outcomes(passed=1)
    run(project).assert_outcomes(passed=1)
