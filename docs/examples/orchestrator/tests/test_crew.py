"""
Three agents at once, each in the sandbox of its role, and one answer.
"""

from __future__ import annotations

import re

import pytest

from crew import work

TASK = "release 1.1"
# Where it may not write, the shell says so; the agent goes on.
TRY = "touch {0} 2>&- && echo wrote {0} || echo kept out"


@pytest.fixture
def project(codex_workspace):
    """A project that is about to be released."""
    codex_workspace.write({"version.txt": "1.0\n", "NEWS": "1.1: faster\n"})
    codex_workspace.commit()
    return codex_workspace


@pytest.fixture(autouse=True)
def closed_network(codex_boundary):
    """Whatever a test is about: the scout, the builder and the lead have no way out."""
    yield
    networks = [one.effective for one in codex_boundary.policies if one.setting == "network"]
    assert networks == ["closed"] * 3


def role_of(thread):
    """Who works in a thread, by what it was told: threads that race have no order."""
    return re.match(r"You are the (\w+)", thread.messages[0].text)[1]


@pytest.mark.asyncio
async def test_reports_are_merged(codex_boundary, codex_model, codex_session, project):
    """All three work at once; the lead hears all of them and has the last word."""
    codex_boundary.allow("version.txt", "delivery.txt")
    codex_model.script("the scout").run("cat NEWS").say("It is faster.")
    codex_model.script("the builder").patch("*** Update File: version.txt\n@@\n-1.0\n+1.1\n").say(
        "Now it is 1.1."
    )
    codex_model.script("the packer").run("echo 1.1 > delivery.txt").say("Packed.")
    codex_model.script("Merge the reports").say("1.1 is out.")

    outcome = await work(TASK, str(project.path))

    assert outcome.answer == "1.1 is out."
    assert outcome.reports == {
        "scout": "It is faster.",
        "builder": "Now it is 1.1.",
        "packer": "Packed.",
    }
    assert codex_session.ran("cat NEWS", ok=True)
    [change] = codex_session.changed("version.txt")
    assert change.kind == "update"
    assert project.changes() == {"version.txt": "modified", "delivery.txt": "added"}
    merging = codex_session.transcript.threads[-1].messages[0].text
    assert "scout: It is faster.\nbuilder: Now it is 1.1.\npacker: Packed." in merging


@pytest.mark.asyncio
async def test_each_role_keeps_to_its_sandbox(codex_boundary, codex_model, codex_session, project):
    """The scout cannot write at all; the builder cannot touch git; the packer can do both."""
    codex_boundary.allow("builder.txt", "packer.txt")
    for name in ("scout", "builder", "packer"):
        script = codex_model.script(f"the {name}")
        script.run(TRY.format(f"{name}.txt")).run(TRY.format(f".git/{name}")).say("Tried.")
    codex_model.script("Merge the reports").say("All tried.")

    await work(TASK, str(project.path))

    said = {
        role_of(thread): [command.output for command in thread.commands]
        for thread in codex_session.transcript.threads
        if thread.commands
    }
    assert said == {
        "scout": ["kept out\n", "kept out\n"],
        "builder": ["wrote builder.txt\n", "kept out\n"],
        "packer": ["wrote packer.txt\n", "wrote .git/packer\n"],
    }
    assert project.changes() == {"builder.txt": "added", "packer.txt": "added"}
    sandboxes = [one for one in codex_boundary.policies if one.setting == "sandbox"]
    assert sorted(one.effective for one in sandboxes) == [
        *("dangerFullAccess", "readOnly", "readOnly", "workspaceWrite")
    ]
    assert not any(one.differs for one in sandboxes)


@pytest.mark.asyncio
async def test_one_member_fails(codex_boundary, codex_model, project):
    """The lead is told who failed, and the others' work counts."""
    codex_boundary.allow()
    codex_model.script("the scout").say("It is faster.")
    codex_model.script("the builder").fail(429)
    codex_model.script("the packer").say("Nothing to pack.")
    codex_model.script("Merge the reports").say("The builder failed.")

    outcome = await work(TASK, str(project.path))

    assert outcome.answer == "The builder failed."
    assert list(outcome.reports) == ["scout", "packer"]
    assert "429" in outcome.failures["builder"]
    assert project.changes() == {}
