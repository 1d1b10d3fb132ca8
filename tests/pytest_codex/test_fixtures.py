"""
Fixtures that users override.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_codex.cli import main

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

REPOSITORY = """\
    from pytest_codex.workspace import Workspace
    source = Workspace(tmp_path / 'source')
    source.start_from({'app.py': 'print(1)\\n'})
    return str(source.path)
"""
TEMPLATE = "@pytest.fixture\ndef codex_workspace_template(tmp_path):\n"


@pytest.mark.parametrize(
    "template",
    [
        "    return {'app.py': 'print(1)\\n'}\n",
        "    (tmp_path / 'app.py').write_text('print(1)\\n')\n    return tmp_path\n",
        REPOSITORY,
    ],
    ids=["files", "folder", "repository"],
)
def test_a_workspace_begins_with_a_template(project: Project, template: str) -> None:
    """
    What the template holds is there before the agent starts, committed, and no change.
    """
    project.test(
        TEMPLATE + template + "def test_hello(codex, codex_model, codex_workspace):\n"
        "    codex_model.run('python3 app.py > out; git log --format=%s').say('Done.')\n"
        "    codex.thread_start().run('hi')\n"
        "    assert codex_workspace.changes() == {'out': 'added'}\n"
        "    assert codex_workspace.read('out') == '1\\n'\n"
    )

    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_commits_are_replayed(project: Project, transport: str) -> None:
    """
    What the agent committed is in the repository of the replay, under the same names.
    """
    project.test(
        "from openai_codex import Sandbox\n"
        f"@pytest.mark.codex(transport={transport!r}, allow=['a.txt'])\n"
        "def test_hello(codex, codex_model, codex_workspace, codex_boundary):\n"
        "    codex_workspace.write({'a.txt': '1\\n'})\n"
        "    codex_workspace.commit()\n"
        "    codex_model.run('echo 2 > a.txt; git commit -qam Two; git log --format=%H')\n"
        "    codex_model.say('Done.')\n"
        "    codex.thread_start(sandbox=Sandbox.full_access).run('hi')\n"
        "    (commit,) = codex_workspace.commits()\n"
        "    assert (commit.subject, commit.files) == ('Two', {'a.txt': 'modified'})\n"
        "    assert str(commit.author) == 'Codex Test <user@example.com>'\n"
        "    assert commit.name[:10] in codex_boundary.report()\n"
    )

    project.run("--codex-record-mode=once").assert_outcomes(passed=1)
    project.run("--codex-record-mode=verify").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)
    [cassette] = project.path.rglob("*.codex.jsonl")
    assert 0 == main(["validate", str(cassette)])
    assert '"parents": ["refs/heads/main"]' in cassette.read_text()


def test_a_wrong_template_is_an_error_of_its_own(project: Project) -> None:
    """
    A folder that is not there is told before anything starts.
    """
    project.test(TEMPLATE + "    return 'nowhere'\ndef test_hello(codex_workspace): pass\n")

    result = project.run("--codex-tier=scripted")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["HarnessError: there is no folder 'nowhere' *"])
