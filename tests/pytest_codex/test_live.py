"""
The live tier against a local model: the user's login, the way through the relay, its failures.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fake_server.transcript import Transcript

from .local_model import BEARER, KEY, LocalModel, chatgpt_login, make_home
from .planted import leaks

if TYPE_CHECKING:
    from tests.pytest_codex.conftest import Project

pytest.importorskip("codex_cli_bin", reason="these tests run the real app-server")

HELLO = """
def test_hello(codex):
    assert codex.thread_start().run("hi").final_response == "Hello."
"""
LOGIN = {"auth_mode": "apikey", "OPENAI_API_KEY": KEY}


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalModel]:
    """
    A model in a machine without any login.
    """
    for name in ("OPENAI_API_KEY", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    with LocalModel() as model:
        yield model


class Own:
    """
    The home of a user who is logged in by key.

    Attributes:
        path: The directory.
    """

    def __init__(self, path: Path, url: str) -> None:
        config = f'model = "gpt-5.5"\nopenai_base_url = "{url}"\n'
        self.path = make_home(path, config, LOGIN)
        self._files = contents(path)

    def log_in(self, auth: Any) -> None:
        """
        Log in otherwise.
        """
        self._write("auth.json", json.dumps(auth))

    def configure(self, config: str) -> None:
        """
        Choose another model.
        """
        self._write("config.toml", config)

    def _write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")
        self._files = contents(self.path)

    def assert_untouched(self) -> None:
        """
        Nobody but the user wrote here.
        """
        assert contents(self.path) == self._files, "the user's own home was written to"


@pytest.fixture
def home(
    upstream: LocalModel, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Own]:
    """
    The user's home; it is as the user left it after the test.
    """
    own = Own(tmp_path_factory.mktemp("own") / "codex", upstream.url)
    monkeypatch.setenv("CODEX_HOME", str(own.path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)  # private homes are looked for in HOME
    yield own
    own.assert_untouched()


def contents(directory: Path) -> dict[str, bytes]:
    """
    Every file below a directory.
    """
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def homes() -> list[Path]:
    """
    Private homes that are left; the tests' own user has a cache of their own.
    """
    return sorted(Path.home().glob(".cache/pytest-codex/homes/*"))


LOOKING = """
import os, pathlib
from openai_codex.client import CodexClient

def test_hello(codex, codex_session):
    assert codex.thread_start().run("hi").final_response == "Hello."
    (home,) = pathlib.Path.home().glob(".cache/pytest-codex/homes/*/codex")
    found = {path.name for path in home.iterdir()}
    assert {"auth.json", "config.toml"} <= found
    assert not {"history.jsonl", "AGENTS.md"} & found
    assert (home / "auth.json").stat().st_mode & 0o077 == 0
    assert (home / "config.toml").stat().st_mode & 0o077 == 0
    assert not list(home.glob("sessions/old.jsonl"))
"""


def test_the_users_login_is_used_from_a_private_home(
    project: Project, upstream: LocalModel, home: Own
) -> None:
    """
    The key of the user's file reaches the user's model; nothing else of the home is taken, and
    the copy is gone at the end. The summary tells what it cost.
    """
    upstream.script.say("Hello.", usage={"input": 1200, "cached": 1000, "output": 34})
    project.test(LOOKING)

    result = project.run("--codex-tier=live")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "codex: 1 run (*)",
            "*: 1 call, 1,234 tokens (1,200 input, 1,000 cached, 34 output, 0 reasoning), 1 turn",
        ]
    )
    (call,) = [each for each in upstream.seen if each["path"] == "/v1/responses"]
    assert call["authorization"] == f"Bearer {KEY}"
    assert "whales" not in str(upstream.script.calls[0].body)
    assert homes() == []


def test_a_key_in_the_environment_is_used(
    project: Project, upstream: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Without any home a key is enough, and so is that of a provider of one's own.
    """
    project.write(
        "conftest.py",
        "import pytest\n@pytest.fixture\ndef codex_config(request):\n"
        f"    local = {{'name': 'L', 'base_url': '{upstream.url}', 'env_key': 'LOCAL_KEY'}}\n"
        "    if 'own' in request.node.name:\n"
        "        return {'model_provider': 'mine', 'model_providers': {'mine': local}}\n"
        f"    return 'openai_base_url = \"{upstream.url}\"'\n",
    )
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("LOCAL_KEY", BEARER)
    project.test(HELLO + HELLO.replace("test_hello", "test_own"))
    upstream.script.say("Hello.").say("Hello.")

    project.run("--codex-tier=live").assert_outcomes(passed=2)

    calls = [each for each in upstream.seen if each["path"] == "/v1/responses"]
    assert [call["authorization"] for call in calls] == [f"Bearer {KEY}", f"Bearer {BEARER}"]


def test_without_a_login_nothing_is_started(
    project: Project, upstream: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The error comes in set-up, and tells how to log in.
    """
    monkeypatch.setenv("CODEX_HOME", str(project.path / "nowhere"))
    project.test(HELLO)

    result = project.run("--codex-tier=live")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "LoginError: the live tier found no login: there is no */nowhere, and *",
            "  ? with an API key        export OPENAI_API_KEY=...",
        ]
    )
    assert upstream.seen == []
    assert homes() == []


def test_a_login_that_is_due_is_refused(project: Project, upstream: LocalModel, home: Own) -> None:
    """
    A login that Codex would refresh during the test is left alone, unless the test is shorter.
    """
    auth = chatgpt_login(time.time() + 600)
    home.log_in(auth)
    upstream.script.say("Hello.")
    project.test(HELLO)

    refused = project.run("--codex-tier=live")
    shorter = project.run("--codex-tier=live", "--codex-timeout=60")

    refused.assert_outcomes(errors=1)
    refused.stdout.fnmatch_lines(["LoginError: your ChatGPT login is due for a refresh in 4 min*"])
    shorter.assert_outcomes(passed=1)
    (call,) = [each for each in upstream.seen if each["path"] == "/v1/responses"]
    assert call["authorization"] == f"Bearer {auth['tokens']['access_token']}"
    assert call["chatgpt-account-id"] == "acc-1"


def test_a_refused_login_is_not_refreshed(
    project: Project, upstream: LocalModel, home: Own
) -> None:
    """
    At 401 Codex would refresh the login and so take it from the user; here it is told no, and
    the test fails even if nobody looked at the turn.
    """
    home.log_in(chatgpt_login(time.time() + 86400))
    upstream.trouble = 401
    project.test("def test_it(codex):\n    codex.thread_start().turn('hi').run\n" + LOOKED_AWAY)

    result = project.run("--codex-tier=live")

    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["LoginError: the model's provider refused your ChatGPT login, *"])


LOOKED_AWAY = """
def test_away(codex):
    try:
        codex.thread_start().run("hi")
    except RuntimeError as error:
        assert "403 Forbidden: the live tier never refreshes a login" in str(error)
    else:
        raise AssertionError("a refused login must fail the turn")
"""


def test_what_was_recorded_live_replays_without_the_model(
    project: Project, upstream: LocalModel, home: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Recording keeps the model, too: with the upstream gone, and without any login, the real agent
    does the same on the recorded model, byte for byte.
    """
    upstream.script.run("echo made > made.txt").say("Hello.")
    project.test(
        HELLO.replace("(codex)", "(codex, codex_workspace)")
        + "    assert codex_workspace.changes()\n"
    )
    live = project.run("--codex-tier=live", "--codex-record-mode=once")
    live.assert_outcomes(passed=1)
    live.stdout.fnmatch_lines(
        [
            "  wrote cassettes/test_bot/test_hello.codex.jsonl",
            "  wrote cassettes/test_bot/test_hello.model.yaml",
            "real model: 2 calls, *, 1 turn",
        ]
    )
    folder = project.path / "cassettes" / "test_bot"
    recorded = contents(folder)
    seen = len(upstream.seen)
    monkeypatch.setenv("CODEX_HOME", str(project.path / "nowhere"))
    upstream.trouble = 500

    for mode in ("--codex-record-mode=verify", "--codex-tier=scripted", "--codex-tier=replay"):
        result = project.run(mode)
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["model calls that were real: 0"])
    (folder / "test_hello.codex.jsonl").unlink()
    again = project.run("--codex-record-mode=rewrite")

    again.assert_outcomes(passed=1)
    wire = Transcript.load(folder / "test_hello.codex.jsonl")
    assert wire.dumps().splitlines()[1:] == lines(recorded["test_hello.codex.jsonl"])[1:]
    assert (folder / "test_hello.model.yaml").read_bytes() == recorded["test_hello.model.yaml"]
    assert len(upstream.seen) == seen


def lines(content: bytes) -> list[str]:
    """
    The lines of a file.
    """
    return content.decode().splitlines()


def test_a_provider_of_the_test_answers_in_the_live_tier_only(
    project: Project, upstream: LocalModel
) -> None:
    """
    The same fixture serves every tier: once recorded, its provider is asked no more.
    """
    table = {"name": "L", "base_url": upstream.url}
    config = {"model_provider": "mine", "model_providers": {"mine": table}}
    fixture = f"@pytest.fixture\ndef codex_config():\n    return {config!r}\n"
    project.test(fixture + HELLO)
    upstream.script.say("Hello.")
    project.run("--codex-tier=live", "--codex-record-mode=once").assert_outcomes(passed=1)
    seen = len(upstream.seen)
    upstream.trouble = 500

    project.run("--codex-tier=scripted").assert_outcomes(passed=1)

    assert len(upstream.seen) == seen


def test_what_is_scripted_wins_over_what_was_recorded(
    project: Project, upstream: LocalModel, home: Own
) -> None:
    """
    A test that begins to script its model no longer needs the recorded one.
    """
    upstream.script.say("Hello.")
    project.test(HELLO)
    project.run("--codex-tier=live", "--codex-record-mode=once").assert_outcomes(passed=1)
    project.test(
        "def test_hello(codex, codex_model):\n    codex_model.say('Scripted.')\n"
        "    assert codex.thread_start().run('other').final_response == 'Scripted.'\n"
    )

    project.run("--codex-tier=scripted").assert_outcomes(passed=1)


def test_a_call_that_was_not_recorded_fails(
    project: Project, upstream: LocalModel, home: Own
) -> None:
    """
    The first part of the conversation that differs is told.
    """
    upstream.script.say("Hello.")
    project.test(HELLO)
    project.run("--codex-tier=live", "--codex-record-mode=once").assert_outcomes(passed=1)
    project.test(HELLO.replace('"hi"', '"ho"'))

    result = project.run("--codex-tier=scripted")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*model call 1 matches no recording: *", '*received  user "ho"*'])


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (401, "*401 Unauthorized: no, says the upstream with 401*"),
        (401, "POST http://127.0.0.1:* was answered with 401 *"),
        (429, "*last status: 429 Too Many Requests*"),
        # Codex itself tells of "high demand" only.
        (500, "POST http://127.0.0.1:*/v1/responses was answered with 500 *"),
        ("cut", "model call 1: http://127.0.0.1:* hung up in the middle of an answer"),
        ("silent", "*model call 1: http://127.0.0.1:* did not answer within 3.2 s"),
        ("gone", "*model call 1: http://127.0.0.1:* cannot be reached: *"),
    ],
)
def test_a_model_that_fails_ends_the_test(
    project: Project, upstream: LocalModel, home: Own, trouble: int | str, told: str
) -> None:
    """
    Refused, broken off, silent or away: the test fails in time, and says what the model did.
    """
    upstream.script.say("Hello.")
    upstream.trouble = trouble
    if trouble == "gone":
        upstream.__exit__()
    home.configure(
        'model = "gpt-5.5"\nmodel_provider = "local"\n[model_providers.local]\nname = "local"\n'
        f'base_url = "{upstream.url}"\nrequires_openai_auth = true\n'
        "request_max_retries = 1\nstream_max_retries = 0\n"
    )
    project.test(HELLO)
    begun = time.monotonic()

    result = project.run("--codex-tier=live", "--codex-timeout=4", "--codex-record-mode=once")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([told])
    assert time.monotonic() - begun < 20
    assert not (project.path / "cassettes").exists()


def test_counts_are_right_on_several_workers(
    project: Project, upstream: LocalModel, home: Own
) -> None:
    """
    What the workers' sessions cost is summed up by the controller.
    """
    for _ in range(6):
        upstream.script.say("Hello.", usage={"input": 100, "output": 11})
    project.test(HELLO + HELLO.replace("test_hello", "test_two") + "    codex.thread_start()\n")
    repeated = HELLO.replace("def test_hello", "@pytest.mark.codex(runs=2)\ndef test_repeated")
    project.test(repeated, "test_more.py")

    result = project.run("-p", "xdist", "-n2", "--codex-tier=live", fresh=True)

    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["codex: 4 run (*)", "real model: 4 calls, 444 tokens (*, 4 turns"])


def test_attempts_are_recorded_live_each_with_its_model(
    project: Project, upstream: LocalModel, home: Own
) -> None:
    """
    Every attempt has both cassettes, none before the verdict; a failed one fails again.
    """
    for answer in ("Hello.", "Nope.", "Hello."):
        upstream.script.say(answer)
    marked = "@pytest.mark.codex(runs=3, pass_rate={})" + HELLO
    folder = project.path / "cassettes" / "test_bot"
    project.test(marked.format(0.9))
    recording = ("--codex-tier=live", "--codex-record-mode=once")
    project.run(*recording).assert_outcomes(failed=1)
    assert not folder.exists()
    for answer in ("Hello.", "Nope.", "Hello."):
        upstream.script.say(answer)
    project.test(marked.format(0.6))

    project.run(*recording).assert_outcomes(passed=1)

    assert len(list(folder.glob("test_hello.run-*.model.yaml"))) == 3
    assert len(list(folder.glob("test_hello.run-*.codex.jsonl"))) == 3
    assert len(list(folder.iterdir())) == 6
    for tier in ("replay", "scripted"):
        result = project.run(f"--codex-tier={tier}")
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["*: 2 of 3 attempts passed: 0.67 *", "  run 2   call: *Nope*"])


COMMAND = """
import json, subprocess

def ask(process, number, method, params):
    process.stdin.write(json.dumps({"id": number, "method": method, "params": params}) + "\\n")
    process.stdin.flush()
    for line in process.stdout:
        message = json.loads(line)
        if message.get("id") == number and "method" not in message:
            return message["result"]

def test_process(codex_session):
    with subprocess.Popen(codex_session.command, stdin=-1, stdout=-1, text=True) as process:
        hello = {"clientInfo": {"name": "raw", "version": "1"}, "capabilities": {}}
        ask(process, 1, "initialize", hello)
        thread = ask(process, 2, "thread/start", {})["thread"]["id"]
        prompt = [{"type": "text", "text": "hi"}]
        ask(process, 3, "turn/start", {"threadId": thread, "input": prompt})
        for line in process.stdout:
            if json.loads(line).get("method") == "turn/completed":
                break
        process.stdin.close()
"""


def test_no_secret_is_in_any_file(
    project: Project, upstream: LocalModel, home: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Keys in the login, the environment, headers and the configuration; on the wire, in tapes of
    failed tests and in what the model says: no file holds them when the run is over.
    """
    monkeypatch.setenv("LOCAL_KEY", BEARER)
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.path / "cache"))
    header = "v" + KEY[20:] + "H7"
    home.configure(
        f'model = "gpt-5.5"\nmodel_provider = "local"\n[model_providers.local]\nname = "local"\n'
        f'base_url = "{upstream.url}"\nrequires_openai_auth = true\n'
        f'http_headers = {{ "X-Api-Key" = "{header}" }}\n'
        'env_http_headers = { "X-Team-Token" = "LOCAL_KEY" }\n'
    )
    for _ in range(3):
        upstream.script.run("env").say(f"Your key is {KEY}.")
    asked = HELLO.replace("==", "!=")
    project.test(asked + asked.replace("test_hello", "test_fails") + "    assert 0\n" + COMMAND)

    result = project.run("--codex-tier=live", "--codex-record-mode=once", fresh=True)

    result.assert_outcomes(passed=2, failed=1)
    call = next(each for each in upstream.seen if each["path"] == "/v1/responses")
    assert (call["x-api-key"], call["x-team-token"]) == (header, BEARER)
    assert call["authorization"] == f"Bearer {KEY}"
    secrets = {"key": KEY, "bearer": BEARER, "header": header, "host": os.sep}
    names = {path.name for path in project.path.rglob("*") if path.is_file()}
    assert {"test_hello.codex.jsonl", "test_hello.model.yaml"} <= names
    assert any(name.endswith(".tape") for name in names)
    assert leaks(project.path, secrets) == []
    assert KEY not in result.stdout.str()
