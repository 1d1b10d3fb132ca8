"""
What a user sees: tests that pass, fail and explain themselves.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex import plugin

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

HELLO = """
def test_hello(codex):
    assert codex.thread_start().run("hi").final_response == "Hello."
"""


# -- attaching ---------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_a_test_replays_its_cassette(project: Project, transport: str) -> None:
    """
    With a cassette in its place, the fixture is all a test needs.
    """
    project.record()
    project.test(HELLO)

    result = project.run(f"--codex-transport={transport}")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["codex: 1 played (* messages)"])


APPLICATION = """
from openai_codex import Codex, CodexConfig

def ask(prompt):
    with Codex(CodexConfig(codex_bin="/opt/nowhere/codex", client_name="my_app")) as codex:
        return codex.thread_start().run(prompt).final_response
"""


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_code_under_test_builds_its_own_client(project: Project, transport: str) -> None:
    """
    A client built deep inside application code, with its own binary, is served all the same.
    """
    project.record()
    project.write("app.py", APPLICATION)
    project.test(
        "import app\n"
        '@pytest.mark.codex(ignore=["initialize.params.clientInfo.name"])\n'
        'def test_hello(): assert app.ask("hi") == "Hello."\n'
    )
    project.write("pytest.ini", "[pytest]\npythonpath = .\n")

    project.run(f"--codex-transport={transport}").assert_outcomes(passed=1)


def test_clients_of_other_fixtures_belong_to_the_session(project: Project) -> None:
    """
    The session is attached before any other fixture of the test is made.
    """
    project.record()
    project.test(
        "@pytest.fixture\n"
        "def app():\n"
        "    with Codex() as codex:\n"
        "        yield codex\n"
        "def test_hello(app, codex_session):\n"
        '    assert app.thread_start().run("hi").final_response == "Hello."\n'
    )

    project.run().assert_outcomes(passed=1)


def test_other_tests_are_left_alone(project: Project) -> None:
    """
    A test without marker and fixtures sees the SDK as it is.
    """
    project.test(
        "import openai_codex.client, subprocess\n"
        "def test_it(): assert openai_codex.client.subprocess is subprocess\n"
    )

    result = project.run()

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("codex:*")


def test_the_seam_is_closed_after_the_test(project: Project) -> None:
    """
    The SDK is as it was as soon as the test is over.
    """
    project.record()
    project.test(
        "import openai_codex.client, subprocess\n"
        f"{HELLO}"
        "def test_later(): assert openai_codex.client.subprocess is subprocess\n"
    )

    project.run().assert_outcomes(passed=2)


def test_a_users_own_fixture_keeps_its_name(project: Project) -> None:
    """
    A fixture that a user calls ``codex`` overrides ours and attaches nothing.
    """
    project.test(
        "@pytest.fixture\ndef codex(): return 42\ndef test_it(codex): assert codex == 42\n"
    )

    project.run().assert_outcomes(passed=1)


def test_the_marker_is_known(project: Project) -> None:
    """
    The marker passes strict marker checks and explains itself.
    """
    result = project.run("--markers")

    result.stdout.fnmatch_lines(["@pytest.mark.codex(cassette=..., *): attach a Codex session*"])


def test_unittest_style_tests_are_served(project: Project) -> None:
    """
    A marked method of a unittest class is served, and fails for a swallowed mismatch.
    """
    project.record("TestBot.test_hello")
    project.record("TestBot.test_other")
    body = "with Codex() as codex: {}\n"
    hello = body.format("assert codex.thread_start().run('hi').final_response == 'Hello.'")
    swallowed = SWALLOWED.replace("codex.thread", "Codex().thread")
    project.test(
        "import unittest\n"
        "@pytest.mark.codex()\n"
        "class TestBot(unittest.TestCase):\n"
        f"    def test_hello(self):\n        {hello}"
        f"    def test_other(self):\n{swallowed}"
    )

    project.run().assert_outcomes(passed=1, failed=1)


def test_the_rival_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The distribution that owns a package of our name must not be installed beside us.
    """
    project.test("def test_it(): pass")
    found: Any = metadata.distribution
    monkeypatch.setattr(
        metadata, "distribution", lambda name: found("pytest" if name == plugin.RIVAL else name)
    )

    result = project.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: the distributions 'pytest-codex' and*pip uninstall*"])


# -- mismatches --------------------------------------------------------------------

SWALLOWED = """
        try:
            codex.thread_start().run("hey")
        except Exception:
            pass
"""


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_a_swallowed_mismatch_fails_the_test(project: Project, transport: str) -> None:
    """
    The test fails in its call phase although the code under test swallowed the error.
    """
    project.record()
    project.test(f"def test_hello(codex):\n    if True:{SWALLOWED}")

    result = project.run(f"--codex-transport={transport}")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "MismatchError: turn/start #1 matches no interaction: params.input?0?.text differs",
            '*received  "hey"',
            '*recorded  "hi" *line * of cassettes/test_bot/test_hello.codex.jsonl',
            "*How to fix:",
            "*pytest --codex-record-mode=rewrite test_bot.py::test_hello",
            "*codex wire tail*",
            "FAILED test_bot.py::test_hello - Failed: MismatchError: turn/start #1 *",
        ]
    )


def test_the_users_own_failure_is_shown_with_the_mismatch_beside_it(project: Project) -> None:
    """
    An exception of the test stays its failure; what parted from the recording is a section.
    """
    project.record()
    project.test(f"def test_hello(codex):\n    if True:{SWALLOWED}    assert 1 == 2\n")

    result = project.run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E       assert 1 == 2", "*codex mismatch*", "turn/start #1 matches no interaction*"]
    )
    result.stdout.fnmatch_lines(["FAILED test_bot.py::test_hello - assert 1 == 2"])


def test_an_error_that_is_not_swallowed_fails_once(project: Project) -> None:
    """
    The SDK's error is the failure, and teardown adds none.
    """
    project.record()
    project.test('def test_hello(codex): codex.thread_start().run("hey")')

    result = project.run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*InvalidRequestError*turn/start #1 matches no interaction*"])


def test_an_expected_failure_may_be_a_mismatch(project: Project) -> None:
    """
    A test marked xfail is xfailed by a mismatch, too.
    """
    project.record()
    project.test(f"@pytest.mark.xfail\ndef test_hello(codex):\n    if True:{SWALLOWED}")

    project.run().assert_outcomes(xfailed=1)


def test_a_skip_stays_a_skip(project: Project) -> None:
    """
    A test that skips itself leaves the recording unplayed, and that is no failure.
    """
    project.record()
    project.test('def test_hello(codex): pytest.skip("not today")')

    project.run().assert_outcomes(skipped=1)


# -- leftovers ---------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_leftovers_are_an_error_at_teardown(project: Project, transport: str) -> None:
    """
    A recorded request that the test did not send is told after the test passed.
    """
    project.record("test_hello", ("hi", "Hello."), ("more", "No."))
    project.test(HELLO)

    result = project.run(f"--codex-transport={transport}")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "LeftoverError: 1 recorded message was not played",
            "  turn/start *more*line * of cassettes/test_bot/test_hello.codex.jsonl",
            '*@pytest.mark.codex(optional=?"turn/start"?)',
        ]
    )


def test_leftovers_do_not_hide_a_failure(project: Project) -> None:
    """
    A test that failed has no second error for what it did not get to.
    """
    project.record("test_hello", ("hi", "Hello."), ("more", "No."))
    project.test(f"{HELLO}    assert 1 == 2\n")

    project.run().assert_outcomes(failed=1)


def test_leftovers_may_be_optional(project: Project) -> None:
    """
    Methods that are not always sent can be named.
    """
    project.record("test_hello", ("hi", "Hello."), ("more", "No."))
    project.test(f'@pytest.mark.codex(optional=["turn/start"]){HELLO}')

    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_a_session_that_was_never_used_is_left_over(project: Project, transport: str) -> None:
    """
    A test that opens no client at all has not replayed its recording.
    """
    project.record()
    project.test("def test_hello(codex_session): pass")

    result = project.run(f"--codex-transport={transport}")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["LeftoverError: * recorded messages were not played"])


# -- cassettes that cannot be used --------------------------------------------------


def test_a_missing_cassette_says_how_to_record_it(project: Project) -> None:
    """
    Without a cassette the test does not start, and calls nothing real.
    """
    project.test(HELLO)

    result = project.run()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "CassetteNotFoundError: no cassette at cassettes/test_bot/test_hello.codex.jsonl",
            "*record it * pytest --codex-record-mode=once test_bot.py::test_hello",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (
            lambda text: text.replace("Hello", "Hullo"),
            "*the checksum*pytest-codex seal cassettes/test_bot/*",
        ),
        (lambda text: text[:-20], "*the last line is cut off*"),
        (lambda text: text.replace('"codex_cassette": 1', '"codex_cassette": 9'), "*format 9*"),
        (lambda _text: "", "*is empty; record it again*"),
    ],
)
def test_a_damaged_cassette_is_refused(project: Project, damage: Any, complaint: str) -> None:
    """
    A cassette that is not whole stops the test with the file's name and the reason.
    """
    path = project.record()
    path.write_text(damage(path.read_text()))
    project.test(HELLO)

    result = project.run()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["Cassette*Error: *cassettes/test_bot/test_hello.codex.jsonl*"])
    result.stdout.fnmatch_lines([complaint])


# -- stalls -------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_a_stall_becomes_an_error(project: Project, transport: str) -> None:
    """
    A turn whose recording has no end does not hang; the report shows who waits for what.
    """
    path = project.record()
    from fake_server.transcript import Transcript

    transcript = Transcript.load(path)
    del transcript.events[-1]
    transcript.save(path)
    project.test(HELLO)

    result = project.run(f"--codex-transport={transport}", "--codex-timeout=0.3")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*TransportClosedError*"])
    result.stdout.fnmatch_lines(["*the turn begun at line 10 is not over*"])


def test_a_wait_for_a_notification_that_never_comes_is_a_stall(project: Project) -> None:
    """
    Where nothing is owed, the stack of the main thread tells that the test waits.
    """
    project.record()
    project.test(
        f"{HELLO}    codex._client.wait_for_login_completed('none')\n",
    )

    result = project.run("--codex-timeout=0.3")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*codex stalled*", "*the test waits in openai_codex.client.wait*"])
    result.stdout.fnmatch_lines(["*codex threads*", "thread MainThread"])


# -- asynchronous clients -----------------------------------------------------------

ASYNCIO = (
    *("-o", "asyncio_mode=auto"),
    *("-o", "asyncio_default_fixture_loop_scope=function"),
)

ASYNC = """
async def test_hello(async_codex):
    async with async_codex as codex:
        thread = await codex.thread_start()
        assert (await thread.run("hi")).final_response == "Hello."
"""

DIRECT = """
async def test_hello(async_codex):
    thread = await async_codex.thread_start()
    assert (await thread.run("hi")).final_response == "Hello."
"""


@pytest.mark.parametrize("body", [ASYNC, DIRECT])
def test_async_under_pytest_asyncio(project: Project, body: str) -> None:
    """
    The asynchronous client works entered or not; nobody has to close it.
    """
    project.record()
    project.test(body)

    result = project.run("-p", "pytest_asyncio.plugin", *ASYNCIO)

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("body", [ASYNC, DIRECT])
def test_async_under_anyio(project: Project, body: str) -> None:
    """
    The same test works under anyio's plugin.
    """
    project.record("test_hello-asyncio")
    project.test(
        "@pytest.fixture\ndef anyio_backend(): return 'asyncio'\n@pytest.mark.anyio" + body
    )
    project.record("test_hello")

    result = project.run("-p", "anyio")

    result.assert_outcomes(passed=1)


def test_an_asynchronous_wait_in_vain_is_a_stall(project: Project) -> None:
    """
    An event loop that stands still for a notification that never comes is woken by an error.
    """
    project.record()
    project.test(f"{ASYNC}        await codex._client.wait_for_login_completed('none')\n")

    result = project.run("-p", "pytest_asyncio.plugin", *ASYNCIO, "--codex-timeout=0.3")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*codex stalled*", "*the test waits in openai_codex.*"])


# -- workers ------------------------------------------------------------------------


def test_workers_merge_into_one_summary(project: Project) -> None:
    """
    Under xdist the terminal tells the sum of all workers.
    """
    names = [f"test_{number}" for number in range(6)]
    for name in names:
        project.record(name)
    project.test("\n".join(HELLO.replace("test_hello", name) for name in names))

    result = project.run("-p", "xdist", "-n2", fresh=True)

    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["codex: 6 played (* messages)"])


# -- hooks --------------------------------------------------------------------------


def test_hooks_see_the_session(project: Project) -> None:
    """
    A conftest hears of the session's start and of how it ended.
    """
    project.record()
    project.test(HELLO)
    project.write(
        "conftest.py",
        "def pytest_codex_session_started(session): print('STARTED', session.tier)\n"
        "def pytest_codex_session_finished(session, report):\n"
        "    print('FINISHED', report.action, report.passed, len(session.transcript.wire))\n",
    )

    result = project.run("-s")

    result.stdout.fnmatch_lines(["*STARTED replay", "*FINISHED replay True 10"])


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_the_scrub_hook_changes_what_is_matched(project: Project, transport: str) -> None:
    """
    What a recording left out by the hook is left out of live requests, too.
    """
    project.record("test_hello", ("build *", "Hello."))
    project.test(HELLO.replace('"hi"', '"build 4711"'))
    project.write(
        "conftest.py",
        "import json, re\n"
        "def pytest_codex_scrub(message, sender):\n"
        "    return json.loads(re.sub(r'build [0-9]+', 'build *', json.dumps(message)))\n",
    )

    project.run(f"--codex-transport={transport}").assert_outcomes(passed=1)


@pytest.mark.parametrize("transport", ["memory", "stdio"])
def test_the_marker_scrubs_what_changes(project: Project, transport: str) -> None:
    """
    A part of a text that the marker names does not count; the rest of it does.
    """
    project.record("test_hello", ("it took N s", "Hello."))
    marked = f'@pytest.mark.codex(scrub=[(r"[0-9.]+ s", "N s")]){HELLO}'

    project.test(marked.replace('"hi"', '"it took 47.11 s"'))
    project.run(f"--codex-transport={transport}").assert_outcomes(passed=1)

    project.test(marked.replace('"hi"', '"it lasted 47.11 s"'))
    project.run(f"--codex-transport={transport}").assert_outcomes(failed=1)


def test_the_matchers_hook_adds_a_matcher(project: Project) -> None:
    """
    A matcher of the user's own is named in the marker.
    """
    project.record("test_hello", ("HI", "Hello."))
    project.test(f'@pytest.mark.codex(match_on=["method", "loosely"]){HELLO}')
    project.write(
        "conftest.py",
        "def loosely(received, recorded):\n"
        "    if received['method'] != 'turn/start': return True\n"
        "    texts = [one['params']['input'][0]['text'].lower() for one in (received, recorded)]\n"
        "    return texts[0] == texts[1]\n"
        "def pytest_codex_matchers(registry): registry['loosely'] = loosely\n",
    )

    project.run().assert_outcomes(passed=1)


MATCHERS = "def pytest_codex_matchers(registry): registry['words'] = lambda one, two: False\n"


@pytest.mark.parametrize(
    ("name", "body", "args", "told"),
    [
        ("wrods", HELLO, (), "*match_on='wrods' is no matcher; there are method, params, words*"),
        ("wrods", HELLO, ("--codex-record-mode=rewrite",), "*match_on='wrods' is no matcher*"),
        ("words", HELLO, ("--codex-transport=stdio",), "*cannot call the matcher 'words'*"),
        (
            "words",
            "\ndef test_hello(codex_session): codex_session.command\n",
            (),
            "*cannot call the matcher 'words'*",
        ),
    ],
)
def test_a_matcher_that_nobody_would_ask_is_an_error(
    project: Project, name: str, body: str, args: tuple[str, ...], told: str
) -> None:
    """
    A name that is misspelt, or a matcher that another process cannot call, would let all pass.
    """
    project.record("test_hello", ("hi", "Hello."))
    project.test(f'@pytest.mark.codex(match_on=["method", "{name}"]){body}')
    project.write("conftest.py", MATCHERS)

    result = project.run(*args)

    assert 1 == sum(result.parseoutcomes().get(word, 0) for word in ("failed", "errors", "error"))
    result.stdout.fnmatch_lines([told])


def test_a_matcher_that_says_no_is_no_field_to_ignore(project: Project) -> None:
    """
    The failure names the matcher, and proposes nothing that would not help.
    """
    project.record("test_hello", ("hi", "Hello."))
    project.test(f'@pytest.mark.codex(match_on=["method", "words"]){HELLO}')
    project.write("conftest.py", MATCHERS)

    result = project.run()

    result.stdout.fnmatch_lines(["*initialize #1 matches no interaction: (matcher words) differs"])
    result.stdout.no_fnmatch_line("*ignore=*")


def test_a_scrub_that_returns_no_message_is_told(project: Project) -> None:
    """
    What a hook returns is looked at before it is sent on.
    """
    project.record("test_hello", ("hi", "Hello."))
    project.test(HELLO)
    project.write("conftest.py", "def pytest_codex_scrub(message, sender): return 'text'\n")

    result = project.run()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*hook pytest_codex_scrub returned 'text': edit the message*"])


def test_a_place_that_is_no_path_is_told(project: Project) -> None:
    """
    What the hook for the cassette's place returned is named, with the test.
    """
    project.test(HELLO)
    project.write("conftest.py", "def pytest_codex_cassette_path(item): return 3\n")

    result = project.run()

    result.stderr.fnmatch_lines(
        ["ERROR: *::test_hello: the hook pytest_codex_cassette_path returned 3, *"]
    )
