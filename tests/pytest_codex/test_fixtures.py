"""
Fixtures that users override.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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


def test_a_wrong_template_is_an_error_of_its_own(project: Project) -> None:
    """
    A folder that is not there is told before anything starts.
    """
    project.test(TEMPLATE + "    return 'nowhere'\ndef test_hello(codex_workspace): pass\n")

    result = project.run("--codex-tier=scripted")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["HarnessError: there is no folder 'nowhere' *"])
