"""
The boundary, tried by the real agent.
"""

from __future__ import annotations

import os
import pwd
import re
from typing import TYPE_CHECKING

import pytest

from pytest_codex.errors import BoundaryError

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

BOT = """
import os
from openai_codex import Sandbox, Thread
from openai_codex.client import CodexClient

USER = {"approvalPolicy": "on-request", "approvalsReviewer": "user"}

def work(codex, codex_model, *commands, sandbox="workspace-write"):
    for command in commands:
        codex_model.run(command)
    codex_model.say("Done.")
    return codex.thread_start(sandbox=Sandbox(sandbox)).run("Work.")
"""


@pytest.fixture
def bot(project: Project) -> Project:
    """
    A project whose tests have an agent to order about.
    """
    project.write("pytest.ini", "[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    return project


NOT_ALLOWED = r"not allowed by src/\*\*"
OUTSIDE = r"\s+added\s+\.\./x\.txt\s+outside of the workspace"
BREACHES = {
    "shell": ("echo x > notes.txt", rf"\s+added\s+notes.txt\s+{NOT_ALLOWED}"),
    "denied": ("echo x > src/uv.lock", r"\s+added\s+src/uv.lock\s+denied by \*\*/\*\.lock"),
    "symlink": (
        "ln -s ../README.md src/r; echo x >> src/r",
        rf"\s+modified\s+README.md\s+{NOT_ALLOWED}",
    ),
    "link out": (
        "ln -s ../.. src/up",
        r"\s+added\s+src/up\s+a symlink that leads out, to \.\./\.\.",
    ),
    "through a link out": ("ln -s ../.. src/up; echo x > src/up/x.txt", OUTSIDE),
    "rename": ("mv README.md src/README.md", rf"\s+deleted\s+README.md\s+{NOT_ALLOWED}"),
    "mode": ("chmod +x README.md", rf"\s+modified\s+README.md\s+{NOT_ALLOWED}"),
    "dots": ("echo x > src/../../x.txt", OUTSIDE),
    "more dots": (
        "echo x > ../../x.txt",
        r"\s+added\s+\.\./\.\./x\.txt\s+outside of the workspace",
    ),
    "absolute path": ('echo x > "$(dirname "$PWD")/x.txt"', OUTSIDE),
    "delete": ("rm README.md", rf"\s+deleted\s+README.md\s+{NOT_ALLOWED}"),
}


@pytest.mark.parametrize("kind", BREACHES)
def test_a_breach_in_the_sandbox_fails_the_test(bot: Project, kind: str) -> None:
    """
    What the sandbox lets happen and the boundary does not is told, reported or not.
    """
    command, told = BREACHES[kind]
    bot.test(
        BOT + "@pytest.mark.codex(allow=['src/**'], deny=['**/*.lock'])\n"
        "def test_hello(codex_workspace, codex_model, request):\n"
        "    codex_workspace.write({'README.md': '# x\\n', 'src/a.py': '1\\n'})\n"
        f"    work(request.getfixturevalue('codex'), codex_model, {command!r})\n"
    )

    result = bot.run("--codex-tier=scripted")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["BoundaryError: * that the boundary does not allow", "How to*"])
    result.stdout.re_match_lines([told])


GIT = {
    "a hook is installed": (
        ["printf '#!/bin/sh\\n' > .git/hooks/pre-commit"],
        r"\s+added\s+\.git/hooks/pre-commit\s+hooks and settings",
    ),
    "git is reconfigured": (
        ["git config core.pager 'touch x'"],
        r"\s+modified\s+\.git/config\s+hooks and settings",
    ),
    "the settings that ours include": (
        ["printf '[core]\\n\\thooksPath = x\\n' >> .git/identity"],
        r"\s+modified\s+\.git/identity\s+hooks and settings",
    ),
    "git is reconfigured for all repositories": (
        ["git config --global core.hooksPath x"],
        r"\s+modified\s+~/\.gitconfig\s+outside of the workspace",
    ),
    "another git, in the home": (
        ["mkdir -p ~/bin; touch ~/bin/git"],
        r"\s+added\s+~/bin/git\s+outside of the workspace",
    ),
    "a hook writes during a commit": (
        ["echo 2 > src/a.py", "git commit -qam Two"],
        r"\s+added\s+hooked.txt\s+not allowed by src/",
    ),
    "a commit that is taken back on disk": (
        ["echo x > README.md", "git commit -qnam Sly", "git checkout -q HEAD~ -- README.md"],
        r"\s+committed\s+README.md\s+not allowed by src/\*\*; \w{10} by Codex Test <user@",
    ),
    "a commit on another branch": (
        [
            "git checkout -qb other",
            "echo x > R.md; git add R.md; git commit -qnm Sly",
            "git checkout -q main",
        ],
        r"\s+committed\s+R.md\s+not allowed by src/\*\*; \w{10} by Codex Test <user@",
    ),
}


@pytest.mark.parametrize("kind", GIT)
def test_what_git_can_hide_is_found(bot: Project, kind: str) -> None:
    """
    Hooks, settings and commits are looked at where the sandbox does not protect them.
    """
    commands, told = GIT[kind]
    bot.test(
        BOT + "@pytest.mark.codex(allow=['src/**'])\n"
        "def test_hello(codex_workspace, codex_model, request):\n"
        "    codex_workspace.write({'README.md': '# x\\n', 'src/a.py': '1\\n'})\n"
        "    codex_workspace.commit()\n"
        "    hooks = codex_workspace.path / '.git/hooks'\n"
        "    hooks.mkdir()\n"
        "    (hooks / 'post-commit').write_text('#!/bin/sh\\necho x > hooked.txt\\n')\n"
        "    (hooks / 'post-commit').chmod(0o755)\n"
        "    codex = request.getfixturevalue('codex')\n"
        f"    work(codex, codex_model, *{commands!r}, sandbox='full-access')\n"
    )

    result = bot.run("--codex-tier=scripted")

    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines([told])


def test_each_kind_of_breach_has_a_remedy_that_helps(bot: Project) -> None:
    """
    What stands under "How to fix" is about what happened, and whoever does it has peace.
    """
    body = (
        "    codex = request.getfixturevalue('codex')\n"
        "    work(codex, codex_model, 'mkdir src; touch src/uv.lock ../gate; ln -s ../.. src/up',\n"
        "         'git config core.pager less', sandbox='full-access')\n"
    )
    head = "(codex_workspace, codex_model, codex_boundary, request):\n"
    bot.test(
        BOT
        + f"@pytest.mark.codex(allow=['src/**'], deny=['**/*.lock'])\ndef test_hello{head}{body}"
    )
    result = bot.run("--codex-tier=scripted")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "BoundaryError: 4 things happened *",
            "How to fix:",
            "  [*] it may lead out         codex_boundary.allow(links_out=True)",
            "  [*] it is meant             take it out of deny, which wins over allow",
            '  [*] git\'s files are meant   codex_boundary.allow(".git/config" or *',
            '  [*] it is meant outside     codex_boundary.allow("../x", *',
        ]
    )
    result.stdout.no_fnmatch_line("*it is meant * codex_boundary.allow*...*")

    bot.test(
        BOT + f"@pytest.mark.codex(allow=['src/**'])\ndef test_hello{head}"
        "    codex_boundary.allow('.git/config', '../gate', links_out=True)\n" + body
    )
    bot.run("--codex-tier=scripted").assert_outcomes(passed=1)


def test_a_boundary_that_is_kept(bot: Project) -> None:
    """
    Allowed work passes in every tier; so does what the test itself writes, at any time.
    """
    bot.test(
        BOT + "def test_hello(codex, codex_workspace, codex_boundary, codex_model):\n"
        "    codex_boundary.allow('src/**', '../gate', '~/note')\n"
        "    codex_boundary.deny('**/*.lock')\n"
        "    codex_workspace.write({'README.md': '# x\\n'})\n"
        "    work(codex, codex_model, 'mkdir src; echo 1 > src/a.py; git status')\n"
        "    codex_workspace.write({'later.txt': '1', 'uv.lock': '1'})\n"
        "    codex_workspace.commit('By the test')\n"
        "    (codex_workspace.path.parent / 'gate').write_text('open')\n"
        "    assert codex_boundary.changes == {'src/a.py': 'added'}\n"
        "    assert codex_boundary.unreported == {'src/a.py': 'added'}\n"
        "    assert codex_boundary.commits == []\n"
        "    codex_boundary.check()\n"
    )

    bot.run("--codex-record-mode=once").assert_outcomes(passed=1)
    bot.run().assert_outcomes(passed=1)


RESTORED = """
@pytest.mark.codex(allow=["src/**"])
def test_hello(codex_model, codex_workspace, request):
    codex_workspace.write({"in.txt": "1\\n"})
    codex_model.run(COMMAND).say("Oh.").run("mkdir src; echo 1 > src/a.py").say("Better.")
    thread = request.getfixturevalue("codex").thread_start()
    thread.run("Try.")
    codex_workspace.restore()
    thread.run("Try again.")
"""


@pytest.mark.parametrize("command", ["echo x > src.txt", "cat in.txt"])
def test_what_a_restore_takes_back_has_happened(bot: Project, command: str) -> None:
    """
    A breach before the workspace is put back fails the test; putting it back is none.
    """
    broken = ">" in command
    bot.test(BOT + RESTORED.replace("COMMAND", repr(command)))

    result = bot.run("--codex-tier=scripted")

    result.assert_outcomes(passed=not broken, failed=broken)
    if broken:
        result.stdout.re_match_lines([rf"\s+added\s+src.txt\s+{NOT_ALLOWED}"])


REPLAYED = ("shell", "denied", "symlink", "link out", "rename", "mode", "delete")
REPLAYED_GIT = tuple(GIT)[5:]
"""What a recording holds, so that its replay breaks the boundary again."""

TWICE = """
COMMANDS = {commands!r}

@pytest.fixture
def project(codex_workspace):
    codex_workspace.write({{"README.md": "# x\\n", "src/a.py": "1\\n"}})
    codex_workspace.commit()
    hooks = codex_workspace.path / ".git/hooks"
    hooks.mkdir()
    (hooks / "post-commit").write_text("#!/bin/sh\\necho x > hooked.txt\\n")
    (hooks / "post-commit").chmod(0o755)

{marker}
@pytest.mark.parametrize("kind", COMMANDS)
def test_hello(project, codex_model, request, kind):
    sandbox = "full-access" if kind in {git!r} else "workspace-write"
    work(request.getfixturevalue("codex"), codex_model, *COMMANDS[kind], sandbox=sandbox)
"""


def test_breaches_are_found_in_replay_too(bot: Project) -> None:
    """
    A boundary drawn after the recording judges the replay: files, modes, links and commits.
    """
    commands = {kind: [BREACHES[kind][0]] for kind in REPLAYED}
    commands |= {kind: GIT[kind][0] for kind in REPLAYED_GIT}
    told = {kind: BREACHES[kind][1] for kind in REPLAYED} | {k: GIT[k][1] for k in REPLAYED_GIT}
    text = {"commands": commands, "git": REPLAYED_GIT}
    bot.test(BOT + TWICE.format(marker="", **text))
    bot.run("--codex-record-mode=once").assert_outcomes(passed=len(commands))
    marker = "@pytest.mark.codex(allow=['src/**'], deny=['**/*.lock'])"
    bot.test(BOT + TWICE.format(marker=marker, **text))

    result = bot.run()

    result.assert_outcomes(failed=len(commands))
    _, *parts = re.split(r"^_+ test_hello\[(.+?)\] _+$", result.stdout.str(), flags=re.MULTILINE)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    assert [] == [kind for kind in told if not re.search(told[kind], sections[kind])]


def test_a_failure_of_the_tests_own_is_not_hidden(bot: Project) -> None:
    """
    When the test fails by itself that is told, and the breach in a section.
    """
    bot.test(
        BOT + "@pytest.mark.codex(allow=['src/**'])\n"
        "def test_hello(codex, codex_model):\n"
        "    work(codex, codex_model, 'echo 1 > a.txt')\n"
        "    assert 1 == 2\n"
    )

    result = bot.run("--codex-tier=scripted")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * assert 1 == 2", "*codex boundary*", "*added  a.txt*"])


ACCEPT = """
def ask(session, model, **handler):
    model.run("echo hi > x", escalate=True).say("Done.")
    with CodexClient(session.config, **handler) as client:
        client.initialize()
        return Thread(client, client.thread_start(USER).thread.id).run("Work.")
"""


def test_an_approval_that_nobody_looked_at_fails(bot: Project) -> None:
    """
    The SDK accepts when there is no handler; the test fails, when recording and in replay.
    """
    body = "def test_hello(codex_session, codex_model):\n    ask(codex_session, codex_model)\n"
    told = [r"\s+accepted\s+/bin/bash -lc 'echo hi > x'\s+by the SDK's default"]
    bot.test(BOT + ACCEPT + body)
    result = bot.run("--codex-record-mode=once")
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines(told)

    bot.test(BOT + ACCEPT + "@pytest.mark.codex(approvals='any')\n" + body)
    bot.run("--codex-record-mode=once").assert_outcomes(passed=1)
    bot.run().assert_outcomes(passed=1)
    bot.test(BOT + ACCEPT + body)
    result = bot.run()

    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines(told)


def test_a_question_that_nobody_answers_fails(bot: Project) -> None:
    """
    A client that leaves while the agent waits for its word has decided nothing.
    """
    bot.test(
        BOT + "import threading\n"
        "def test_hello(codex_session, codex_model):\n"
        "    codex_model.run('echo hi > x', escalate=True).say('Done.')\n"
        "    asked, over = threading.Event(), threading.Event()\n"
        "    def think(method, params):\n"
        "        asked.set()\n"
        "        over.wait(30)\n"
        "        raise RuntimeError('too late')\n"
        "    client = CodexClient(codex_session.config, approval_handler=think)\n"
        "    client.start()\n"
        "    client.initialize()\n"
        "    client.turn_start(client.thread_start(USER).thread.id, 'Work.')\n"
        "    assert asked.wait(30)\n"
        "    client._proc.kill()\n"
        "    client._proc.wait(30)\n"
        "    over.set()\n"
        "    client.close()\n"
    )

    result = bot.run("--codex-tier=scripted", "-p", "no:threadexception")

    assert 1 == sum(result.parseoutcomes().get(word, 0) for word in ("failed", "errors", "error"))
    result.stdout.re_match_lines([r"\s+unanswered\s+.*echo hi > x'\s+nobody answered the question"])


WIDER = {
    "than asked for": (
        "ignore=['params.sandbox']",
        "sandbox=Sandbox.read_only",
        r"\s+wider\s+thread/start #1\s+sandbox workspaceWrite, asked for readOnly",
        r".*the client changed\s+--codex-record-mode=rewrite",
    ),
    "than the test allows": (
        "sandbox='read-only'",
        "",
        r"\s+wider\s+workspaceWrite\s+the test allows read-only",
        r".*it is meant\s+@pytest.mark.codex\(sandbox=",
    ),
}


@pytest.mark.parametrize("kind", WIDER)
def test_a_sandbox_that_is_too_wide_fails(bot: Project, kind: str) -> None:
    """
    What the server says is in force is compared with what was asked for, and with the marker.
    """
    marker, asked, *told = WIDER[kind]
    bot.record()
    bot.test(
        BOT + f"@pytest.mark.codex({marker})\n"
        "def test_hello(codex):\n"
        f"    codex.thread_start({asked}).run('hi')\n"
    )

    result = bot.run()

    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines(told)


def test_a_handler_of_ones_own_is_a_decision(bot: Project) -> None:
    """
    Whoever answers by a handler has decided, whatever the answer; declared ones are counted.
    """
    bot.test(
        BOT + ACCEPT + "def test_hello(codex_session, codex_model, codex_boundary):\n"
        "    codex_boundary.expect_approval('*echo hi*', 'accept')\n"
        "    yes = lambda method, params: {'decision': 'accept'}\n"
        "    ask(codex_session, codex_model, approval_handler=yes)\n"
        "    (one,) = codex_boundary.approvals\n"
        "    assert (one.kind, one.decision) == ('commandExecution', 'accept')\n"
        "    assert one.by == 'the client'\n"
        "    assert 'by the client' in codex_boundary.report()\n"
    )

    bot.run("--codex-record-mode=once").assert_outcomes(passed=1)
    bot.run().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "declared", "told", "remedy"),
    [
        (
            "approvals='forbid'",
            "",
            r"\s+asked\s+.*echo hi > x'\s+this test forbids approvals",
            r".*it is meant\s+leave out approvals=\"forbid\"",
        ),
        (
            "",
            "'*rm*'",
            r"\s+asked\s+.*echo hi > x'\s+not declared; accept by the client",
            r".*it is meant\s+codex_boundary.expect_approval\(",
        ),
        (
            "",
            "'*', 'decline'",
            r"\s+asked\s+.*echo hi > x'\s+not declared; accept by the client",
            r".*it is meant\s+codex_boundary.expect_approval\(",
        ),
        (
            "",
            "'*rm*'",
            r"\s+not asked\s+\*rm\*\s+declared, never asked",
            r".*it need not be asked\s+leave out codex_boundary.expect_approval",
        ),
    ],
)
def test_unexpected_approvals_fail(
    bot: Project, marker: str, declared: str, told: str, remedy: str
) -> None:
    """
    Forbidden and undeclared approvals are breaches, and so is a declared one nobody asks for.
    """
    expected = f"    codex_boundary.expect_approval({declared})\n" if declared else ""
    other = "rm" in declared and "never" in told
    asking = "    ask(codex_session, codex_model, approval_handler=yes)\n"
    bot.test(
        BOT + ACCEPT + f"@pytest.mark.codex({marker})\n"
        "def test_hello(codex_session, codex_model, codex_boundary):\n"
        f"{expected}    yes = lambda method, params: {{'decision': 'accept'}}\n"
        f"{'' if other else asking}"
    )

    result = bot.run("--codex-tier=scripted")

    assert 1 == sum(result.parseoutcomes().get(word, 0) for word in ("failed", "errors", "error"))
    result.stdout.re_match_lines([told, remedy])


def test_probes_tell_what_the_sandbox_stops(bot: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What is in force is tried, recorded, and told again in replay, byte for byte.
    """
    # The home of this run is a temporary directory, where a sandbox lets everybody write.
    monkeypatch.setenv("XDG_CACHE_HOME", f"{pwd.getpwuid(os.getuid()).pw_dir}/.cache")
    bot.test(
        BOT + "@pytest.mark.codex(allow=['src/**'])\n"
        "@pytest.mark.parametrize('sandbox', ['read-only', 'workspace-write', 'full-access'])\n"
        "def test_hello(codex, codex_boundary, sandbox):\n"
        "    codex.thread_start(sandbox=Sandbox(sandbox))\n"
        "    probes = codex_boundary.probe()\n"
        "    here = ['write in the workspace', 'write beside the workspace', 'write in /tmp']\n"
        "    rest = ['write in .git', 'write in the home', 'connect to the network']\n"
        "    allowed = {'read-only': [], 'workspace-write': here, 'full-access': here + rest}\n"
        "    secret = ['read a secret in the home']\n"
        "    assert sorted(probes.allowed) == sorted(allowed[sandbox] + secret)\n"
        "    assert len(probes.allowed + probes.stopped) == 7\n"
        "    assert all(bool(one.detail) == (one.outcome == 'stopped') for one in probes)\n"
        "    assert f'probes    {probes.title}' in codex_boundary.report()\n"
    )

    bot.run("--codex-record-mode=once").assert_outcomes(passed=3)
    bot.run("--codex-record-mode=verify").assert_outcomes(passed=3)
    bot.run().assert_outcomes(passed=3)


def test_a_policy_can_be_probed_without_a_thread(bot: Project) -> None:
    """
    A policy can be named; without thread and name the configured one is tried.
    """
    bot.test(
        BOT + "def test_hello(codex_boundary):\n"
        "    assert 'write in .git' in codex_boundary.probe({'type': 'dangerFullAccess'}).allowed\n"
        "    assert codex_boundary.probe().title == 'as configured'\n"
    )

    bot.run("--codex-tier=scripted").assert_outcomes(passed=1)


def test_wrong_patterns_are_told(bot: Project) -> None:
    """
    A pattern that can match nothing is the test's mistake, in the marker and in the fixture.
    """
    bot.test(
        "def test_hello(codex_boundary):\n"
        "    with pytest.raises(ValueError, match='leaves the workspace'):\n"
        "        codex_boundary.deny('../x')\n"
        "    with pytest.raises(ValueError, match='is not relative to the workspace'):\n"
        "        codex_boundary.allow('/x')\n"
    )
    bot.run("--codex-tier=scripted").assert_outcomes(passed=1)


def test_a_breach_can_be_asked_for_early(bot: Project) -> None:
    """
    ``check`` raises what the end of the test would.
    """
    assert issubclass(BoundaryError, Exception)
    bot.test(
        "from pytest_codex import errors\n"
        + BOT
        + "def test_hello(codex, codex_boundary, codex_workspace, codex_model):\n"
        "    codex_boundary.allow()\n"
        "    work(codex, codex_model, 'echo 1 > a.txt')\n"
        "    with pytest.raises(errors.BoundaryError, match='not allowed by anything'):\n"
        "        codex_boundary.check()\n"
        "    codex_workspace.restore()\n"
        "    codex_boundary.check()\n"
    )

    bot.run("--codex-tier=scripted").assert_outcomes(passed=1)
