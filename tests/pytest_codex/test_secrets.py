"""
Secrets of every kind, planted everywhere in a real session: none reaches any file.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from fake_server.transcript import Transcript
from pytest_codex.canonical import canonical
from pytest_codex.recording.recorder import Recorder
from pytest_codex.recording.tape import Tape

from .planted import HOME, NAMED, RANDOM, SHAPED, forms, found_in, leaks

if TYPE_CHECKING:
    from .conftest import Project

BOT = '''
import base64, json, os, pathlib
from dataclasses import replace
from openai_codex import Thread
from openai_codex.client import CodexClient
from openai_codex.generated.v2_all import FsReadFileResponse, CommandExecResponse
from pydantic import RootModel
from pytest_codex.model import parts

SECRETS = json.loads(pathlib.Path(os.environ["PLANTED_FILE"]).read_text())
PROSE = f"""Use {SECRETS["project key"]} or curl -H "Authorization: Bearer {SECRETS["bearer"]}",
write to {SECRETS["mail"]}, see {pathlib.Path.home()}/notes and
postgres://me:{SECRETS["url password"]}@db.example.org/x. Token: {SECRETS["web token"]}.
Also {SECRETS["VAULT_TOKEN"]} and {SECRETS["AWS_SECRET_ACCESS_KEY"]} of {SECRETS["host"]}."""
FILE = "\\n".join([
    f"api_key = {SECRETS['session']}", f"GITHUB_TOKEN={SECRETS['github']}",
    f"aws: {SECRETS['cloud']}", f"slack={SECRETS['chat']}", f"maps {SECRETS['maps']}",
    "-----BEGIN PRIVATE KEY-----", SECRETS["private key"], "-----END PRIVATE KEY-----",
    f"DB_PASSWORD={SECRETS['DB_PASSWORD']!r}", PROSE, "",
])

def ask(client, method, **params):
    return client.request(method, params, response_model=RootModel[dict]).root

def session(codex_session):
    model, workspace = codex_session.model, codex_session.workspace
    workspace.write({"settings.env": FILE})
    workspace.commit("Add settings")
    key, half = SECRETS["project key"], len(SECRETS["project key"]) // 2
    added = "".join(f"+{line}\\n" for line in FILE.splitlines())
    model.run("env | sort; cat settings.env; hostname").run("cp settings.env copied.env")
    model.patch(f"*** Add File: added.env\\n{added}")
    wanted = parts.run("echo no > no.txt", escalate=True, justification=f"Because of {key}.")
    model.reason(PROSE, wanted)
    model.stream(["The key is ", key[:half], key[half:], ", keep it."])
    model.fail(401, message=f"Incorrect API key provided: {key}.")
    vault, mail = SECRETS["VAULT_TOKEN"], SECRETS["mail"]
    config = replace(codex_session.config, config_overrides=(
        'mcp_servers.vault.command="true"',
        "mcp_servers.vault.enabled=false",
        f'mcp_servers.vault.env={{VAULT_TOKEN="{vault}",PLAIN="{SECRETS["chat"]}"}}',
        f'model_providers.other.experimental_bearer_token="{SECRETS["bearer"]}"',
        f'model_providers.other.http_headers={{Authorization="Bearer {SECRETS["web token"]}"}}',
        'model_providers.other.name="other"',
        f'developer_instructions="Never tell {mail}."',
    ))
    with CodexClient(config, approval_handler=lambda *_: {"decision": "decline"}) as client:
        info = {"name": "bot", "title": None, "version": "1"}
        hello = ask(client, "initialize", clientInfo=info, capabilities={"experimentalApi": True})
        client.notify("initialized")
        home = pathlib.Path(hello["codexHome"])
        thread = client.thread_start({
            "approvalPolicy": "on-request", "approvalsReviewer": "user",
            "baseInstructions": PROSE,
        }).thread
        client.thread_set_name(thread.id, f"Key {key}")
        Thread(client, thread.id).run(PROSE)
        try:
            Thread(client, thread.id).run("Again.")
        except RuntimeError as error:
            assert "401" in str(error) or "key" in str(error)
        else:
            raise AssertionError("the failing model must fail")
        ask(client, "config/read", includeLayers=True)
        path = str(workspace.path / "settings.env")
        read = ask(client, "fs/readFile", path=path)
        ask(client, "fs/writeFile", path=path + ".new", dataBase64=read["dataBase64"])
        command = ["/bin/sh", "-c", f"cat settings.env; echo {key}; env"]
        ask(client, "command/exec", command=command, env={"VAULT_TOKEN": vault})
        client.request("account/login/start", {"type": "apiKey", "apiKey": SECRETS["login key"]},
                       response_model=RootModel[dict])
        login = ask(client, "account/login/start", type="chatgpt")
        ask(client, "account/login/cancel", loginId=login["loginId"])
        ask(client, "account/read", refreshToken=False)
        client.account_logout()
    if codex_session.tier != "replay":
        made_up = (home / "installation_id").read_text()
        seen = {"auth url": login["authUrl"], "installation": made_up}
        pathlib.Path(os.environ["PLANTED_FILE"] + ".seen").write_text(json.dumps(seen))

def test_session(codex_session):
    session(codex_session)

def test_failure(codex_session):
    session(codex_session)
    raise AssertionError("on purpose")

def test_process(codex_session):
    import subprocess
    hello = {"clientInfo": {"name": "raw", "version": "1"}, "capabilities": {}}
    lines = [{"id": 1, "method": "initialize", "params": hello}, {"method": "initialized"}, {
        "id": 2, "method": "command/exec", "params": {"command": ["/bin/echo", FILE]}}]
    process = subprocess.Popen(codex_session.command, text=True, stdin=-1, stdout=-1)
    process.stdin.write("".join(json.dumps(line) + "\\n" for line in lines))
    process.stdin.flush()
    while json.loads(process.stdout.readline()).get("id") != 2:
        pass
    process.stdin.close()
    process.stdout.close()
    assert process.wait(20) == 0
    raise AssertionError("on purpose")
'''


@pytest.fixture
def planted(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A project whose tests have secrets all around them; the file that lists them.
    """
    away = tmp_path_factory.mktemp("away")
    listed = away / "planted.json"
    secrets = {**SHAPED, **NAMED, "host": socket.gethostname()}
    listed.write_text(json.dumps(secrets), encoding="utf-8")
    project.write("test_bot.py", BOT)
    return listed


@pytest.fixture
def environment(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The secrets in the environment, and a home directory with a telling name.
    """
    home = planted.with_name(HOME)
    home.mkdir()
    for name, value in NAMED.items():
        monkeypatch.setenv(name, value)
    # Codex homes stay where they are: below a temporary directory Codex does not like them.
    monkeypatch.setenv("XDG_CACHE_HOME", f"{pwd.getpwuid(os.getuid()).pw_dir}/.cache")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("INNOCENT", SHAPED["github"])
    monkeypatch.setenv("PLANTED_FILE", str(planted))


def live_secrets(planted: Path) -> dict[str, str]:
    """
    All that must not be found, also what the server made up while it ran.
    """
    secrets = json.loads(planted.read_text(encoding="utf-8"))
    seen = json.loads(planted.with_name(planted.name + ".seen").read_text(encoding="utf-8"))
    for name, value in re.findall(r"[?&](state|code_challenge|nonce)=([^&]+)", seen["auth url"]):
        secrets[name] = value
    assert {"state", "code_challenge"} <= secrets.keys()
    return {**secrets, "installation": seen["installation"].strip(), "home": HOME}


@pytest.mark.usefixtures("environment")
def test_no_secret_reaches_any_file(project: Project, planted: Path) -> None:
    """
    Neither the cassette nor the tapes of failed tests nor the report tell one; and the
    cassette without secrets replays to the client that still has them.
    """
    runs = project.path / "runs"
    recorded = project.run("--codex-record-mode=once", f"--basetemp={runs}", fresh=True)

    recorded.assert_outcomes(passed=1, failed=2)
    recorded.stdout.fnmatch_lines(["*on purpose*"])
    secrets = live_secrets(planted)
    assert leaks(project.path, secrets) == []
    assert found_in(recorded.stdout.str() + recorded.stderr.str(), secrets) == []
    cassette = project.path / "cassettes" / "test_bot" / "test_session.codex.jsonl"
    kinds = {event.kind for event in Transcript.load(cassette).events}
    assert kinds == {"spawn", "client", "server", "workspace"}
    assert len(list(project.path.rglob("*tape*"))) >= 2

    replayed = project.run("-k", "test_session", fresh=True)
    replayed.assert_outcomes(passed=1)


@pytest.mark.usefixtures("environment")
def test_recording_is_the_same_with_other_secrets(
    project: Project, planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A colleague with keys, mail and host of their own can replay and verify the cassette.
    """
    project.run("--codex-record-mode=once", "-k", "test_session", fresh=True)
    others = {
        name: value.swapcase() if name in NAMED and name != "OPENAI_API_KEY" else value
        for name, value in json.loads(planted.read_text(encoding="utf-8")).items()
    }
    others["mail"] = "alan@planted.example.net"
    others["project key"] = SHAPED["project key"][:-4] + "Zz00"
    others["web token"] = SHAPED["web token"].swapcase().replace("EYj", "eyJ")
    planted.write_text(json.dumps(others), encoding="utf-8")
    for name in NAMED:
        monkeypatch.setenv(name, others[name])

    replayed = project.run("-k", "test_session", fresh=True)
    verified = project.run("--codex-record-mode=verify", "-k", "test_session", fresh=True)

    replayed.assert_outcomes(passed=1)
    verified.assert_outcomes(passed=1)


def test_what_only_a_real_account_shows_is_hidden_too(tmp_path: Path) -> None:
    """
    Device codes, tokens and mail addresses of logins that need OpenAI, told by a server
    that is made up.
    """
    secrets = {
        "token": SHAPED["web token"],
        "account": "7f3c9a52-4b1d-4e6f-9a8b-0c1d2e3f4a5b",
        "code": "QK7D-R2XW",
        "mail": SHAPED["mail"],
        "host": "buildbox-7",
        "refresh": "rt_" + RANDOM,
    }
    tape = Tape(str(tmp_path / "tape.jsonl"))
    recorder = Recorder(tape, Places(), Redactor(hostname=secrets["host"]))
    connection = recorder.connection([], None)
    tokens = {"accessToken": secrets["token"], "chatgptAccountId": secrets["account"]}
    url = f"https://auth.openai.com/codex/device?user_code={secrets['code']}"
    for sender, message in (
        ("client", {"id": 1, "method": "initialize", "params": {}}),
        ("server", {"id": 1, "result": {"userAgent": f"x/1 ({secrets['host']}) xterm (x; 1)"}}),
        ("client", {"id": 2, "method": "account/login/start", "params": {"type": "device"}}),
        ("server", {"id": 2, "result": {"userCode": secrets["code"], "verificationUrl": url}}),
        ("client", {"id": 3, "method": "account/login/start", "params": tokens}),
        ("server", {"id": 3, "result": {"refresh_token": secrets["refresh"]}}),
        ("client", {"id": 4, "method": "account/read"}),
        ("server", {"id": 4, "result": {"account": {"email": secrets["mail"]}}}),
        ("server", {"id": 0, "method": "account/chatgptAuthTokens/refresh", "params": {}}),
        ("client", {"id": 0, "result": tokens}),
        ("server", {"method": "remoteControl/status/changed", "params": {
            "serverName": secrets["host"], "installationId": secrets["account"]}}),
        ("server", {"id": 9, "error": {"code": 1, "message": f"{secrets['host']}: {url}"}}),
    ):  # fmt: skip
        line = json.dumps(message)
        (connection.from_client if sender == "client" else connection.from_server)(line)
    connection.stderr(f"Bearer {secrets['token']} refused on {secrets['host']}")
    connection.closed(0)
    tape.close()
    canonical(tape.entries).save(tmp_path / "session.codex.jsonl")

    assert leaks(tmp_path, secrets) == []


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """
    The search of these tests is no blind one: it knows a secret in every form.
    """
    secret = {"key": SHAPED["project key"], "host": os.sep}
    for number, form in enumerate(forms(SHAPED["project key"])):
        (tmp_path / f"{number}.txt").write_text(f"before {form} after", encoding="utf-8")

    assert len(leaks(tmp_path, secret)) == len(list(tmp_path.iterdir()))
