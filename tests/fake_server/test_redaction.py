from __future__ import annotations

import base64
import json
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server.redaction import Redactor
from fake_server.secret_shapes import EMAIL_MASK, JWT_MASK, PEM_MASK, UUID_MASK

# Put together at run time, so that no scanner stumbles over this file.
OPENAI = "sk-" + "proj-Ab3dEf6hIj9kLm2nOp5qRs8t"
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
PEM = (
    "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEA1\nabc+/=\n-----END RSA PRIVATE KEY-----"
)

SECRETS = {
    "openai": OPENAI,
    "openai short": "sk-" + "FAKEKEY-0123456789",
    "anthropic": "sk-" + "ant-api03-Zz9Yy8Xx7Ww6Vv5Uu4Tt3Ss2",
    "session": "sess-" + "a1B2c3D4e5F6g7H8i9J0",
    "github": GITHUB,
    "github oauth": "gho_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "github fine": "github_pat_" + "11ABCDEFG0123456789_abcdefghijk",
    "aws": "AKIA" + "IOSFODNN7EXAMPLE",
    "slack": "xoxb-" + "123456789012-abcdefABCDEF",
    "google": "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "hugging face": "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYz012345",
    "gitlab": "glpat-" + "a1b2c3d4e5f6g7h8i9j0",
    "stripe": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "npm": "npm_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "jwt": JWT,
    "email": "jane.doe+x@corp.example.org",
}


@pytest.fixture(name="redactor")
def plain_redactor() -> Redactor:
    """
    A redactor that knows shapes only.
    """
    return Redactor()


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize(
    "around",
    ["{}", "use {} now", '"{}"', "({})", "x={}\n", r"a\n{}\nb", "%3D{}", "\x1b[31m{}", "key:{},"],
)
def test_shapes_are_masked_wherever_they_stand(
    redactor: Redactor, secret: str, around: str
) -> None:
    """
    A secret with a shape of its own is found in prose, quotes, escapes and colours.
    """
    clean = redactor.text(around.format(secret))

    assert secret not in clean
    assert secret[-8:] not in clean
    assert redactor.text(clean) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"key {OPENAI}.", "key sk-REDACTED."),
        (f"token {GITHUB}", "token ghp_REDACTED"),
        (JWT, JWT_MASK),
        (PEM, PEM_MASK),
        (f"a\n{PEM}\nb", f"a\n{PEM_MASK}\nb"),
        (json.dumps(PEM), f'"{PEM_MASK}"'),
        (PEM[:60] + "\nMIIEowIBAAKCAQEA1", PEM_MASK),
        ("mail jane@corp.org, please", f"mail {EMAIL_MASK}, please"),
        ("Author: Jane <jane@corp.org>", f"Author: Jane <{EMAIL_MASK}>"),
        ("Authorization: Bearer abc", "Authorization: Bearer abc"),
        ("Authorization: Bearer abcdef", "Authorization: Bearer REDACTED"),
        ("Authorization: Basic dXNlcjpwdw==", "Authorization: Basic REDACTED"),
        ('"authorization": "token abc-def"', '"authorization": "token REDACTED"'),
        ("with bearer a1b2c3d4e5", "with bearer REDACTED"),
        ("Set-Cookie: session=abc; Path=/", "Set-Cookie: REDACTED"),
        ("postgres://app:s3cr3t@db.host/x", "postgres://app:REDACTED@db.host/x"),
        ("https://:pw@corp.org", "https://:REDACTED@corp.org"),
        (
            "https://a.b/callback?code=xy&state=zz&n=1",
            "https://a.b/callback?code=REDACTED&state=REDACTED&n=1",
        ),
        ("GET /x?access_token=abc HTTP/1.1", "GET /x?access_token=REDACTED HTTP/1.1"),
        ("code: enter this one-time code\n  ABCD-EFGHI", None),
        ("your device code: ABCD-1234.", "your device code: XXXX-XXXX."),
        ("FOO_API_KEY=abc", "FOO_API_KEY=REDACTED"),
        ("export DB_PASSWORD=hunter2; run", "export DB_PASSWORD=REDACTED; run"),
        ('MY_SECRET="correct horse"\nA=1', 'MY_SECRET="REDACTED"\nA=1'),
        ("env X_TOKEN=a&b|c run", "env X_TOKEN=REDACTED run"),
        (r"{\"x_token\": \"abc-def1\"}", r"{\"x_token\": \"REDACTED\"}"),
        ('{"password": "hunter2"}', '{"password": "REDACTED"}'),
        ("password = 'swordfish'", "password = 'REDACTED'"),
        ("password: str = 'swordfish'", "password: str = 'REDACTED'"),
        ("api_key: a1b2c3d4", "api_key: REDACTED"),
        ("password=swordfish", "password=REDACTED"),
        ("client_secret=abc123def)", "client_secret=REDACTED)"),
        ("--token a1b2c3d4", "--token REDACTED"),
        ("--api-key=a1b2c3d4", "--api-key=REDACTED"),
        (
            'model_providers.x.experimental_bearer_token="abc"',
            'model_providers.x.experimental_bearer_token="REDACTED"',
        ),
    ],
)
def test_text(redactor: Redactor, text: str, clean: str | None) -> None:
    """
    What is around a secret stays, and a second pass changes nothing.
    """
    result = redactor.text(text)

    if clean is None:
        assert result != text
    else:
        assert result == clean
    assert redactor.text(result) == result


@pytest.mark.parametrize(
    "text",
    [
        "task-force-0123456789-abcdef",
        "desk-1f2e3d4c5b6a7988",
        "a risk-based approach",
        "sk-learn-contrib-package",
        "call_1 msg_1 rs_1 exec-019a8b7c-6d5e-7f01-8a9b-0c1d2e3f4a5b",
        "019a8b7c-6d5e-7f01-8a9b-0c1d2e3f4a5b-plan",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "the token count is 12; tokens: 30, total_tokens=4096, tokenUsage=5",
        "inputTokens: 100 maxTokens=20000 max_output_tokens=abc123",
        "MAX_TOKENS=4096 TOKENIZERS_PARALLELISM=false",
        "the secret of good tests: patience; password: required",
        "def f(token=None, password=password, api_key=settings.key): ...",
        "token = get_token2(x)",
        '"github_token": "GitHubTokenReader"',
        'token = "the one of page 2"',
        "api_key: str",
        'token = os.environ["X_TOKEN"]',
        "curl -H 'X-Api-Key: $API_KEY' https://$USER:$PASS@host.org",
        "FOO_TOKEN=${TOKEN} BAR_SECRET=<secret> A_TOKEN=",
        "--token option",
        "bearer authentication with authorization: required",
        "git@github.com:openai/codex.git",
        "ssh://git@github.com/openai/codex",
        "pkg@1.2.3 @pytest.mark.codex a@b",
        "http://127.0.0.1:3000/npm/@scope/x",
        "https://api.github.com/issues?state=open&code=404",
        "eyJ is how a token starts",
        "-----BEGIN PRIVATE KEY----- is the first line",
        "from '-----BEGIN PRIVATE KEY-----' to '-----END PRIVATE KEY-----'",
        "cookie: the session holds it",
        "user code review: DONE",
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-print('hi')\n",
    ],
)
def test_ordinary_text_survives(redactor: Redactor, text: str) -> None:
    """
    Words, ids, hashes, counts, code and places that only resemble secrets are kept.
    """
    assert redactor.text(text) == text


@pytest.mark.parametrize(
    ("message", "clean"),
    [
        (
            {"id": 1, "method": "account/login/start", "params": {"apiKey": "x"}},
            {"id": 1, "method": "account/login/start", "params": {"apiKey": "REDACTED"}},
        ),
        (
            {"params": {"accessToken": "t", "chatgptAccountId": "acc", "refreshToken": False}},
            {
                "params": {
                    "accessToken": "REDACTED",
                    "chatgptAccountId": UUID_MASK,
                    "refreshToken": False,
                }
            },
        ),
        (
            {"result": {"userCode": "ABCD-1", "verificationUrl": "https://x.org/device"}},
            {"result": {"userCode": "XXXX-XXXX", "verificationUrl": "https://x.org/device"}},
        ),
        (
            {
                "method": "remoteControl/status/changed",
                "params": {"serverName": "box", "installationId": "1-2", "environmentId": None},
            },
            {
                "method": "remoteControl/status/changed",
                "params": {
                    "serverName": "host",
                    "installationId": UUID_MASK,
                    "environmentId": None,
                },
            },
        ),
        (
            {"method": "remoteControl/status/changed", "params": {"serverName": "box"}},
            {"method": "remoteControl/status/changed", "params": {"serverName": "host"}},
        ),
        (
            {"method": "mcpServer/elicitation/request", "params": {"serverName": "tools"}},
            {"method": "mcpServer/elicitation/request", "params": {"serverName": "tools"}},
        ),
        (
            {"params": {"config": {"model_providers.x.experimental_bearer_token": "abc"}}},
            {"params": {"config": {"model_providers.x.experimental_bearer_token": "REDACTED"}}},
        ),
        (
            {"env": {"FOO_API_KEY": "v", "PATH": "/bin", "TOKEN_FILE": "/x"}},
            {"env": {"FOO_API_KEY": "REDACTED", "PATH": "/bin", "TOKEN_FILE": "/x"}},
        ),
        (
            {"env": [{"name": "FOO_TOKEN", "value": "v"}, {"name": "A", "value": "v"}]},
            {"env": [{"name": "FOO_TOKEN", "value": "REDACTED"}, {"name": "A", "value": "v"}]},
        ),
        (
            {"command": ["run", "--token", "abc", "--token", "--x"]},
            {"command": ["run", "--token", "REDACTED", "--token", "--x"]},
        ),
        (
            {"headers": {"Authorization": "Bearer abc", "X-Api-Key": "k"}},
            {"headers": {"Authorization": "REDACTED", "X-Api-Key": "REDACTED"}},
        ),
        (
            {"outputSchema": {"properties": {"password": {"type": "string"}}, "secret": True}},
            {"outputSchema": {"properties": {"password": {"type": "string"}}, "secret": True}},
        ),
        (
            {"cli_auth_credentials_store": "file", "userAuthorization": "high", "password": ""},
            {"cli_auth_credentials_store": "file", "userAuthorization": "high", "password": ""},
        ),
        (
            {"db_password": "hunter2", "apiToken": "string", "cancellationToken": "c1"},
            {"db_password": "REDACTED", "apiToken": "string", "cancellationToken": "c1"},
        ),
        ({OPENAI: [OPENAI]}, {"sk-REDACTED": ["sk-REDACTED"]}),
        ([OPENAI], ["sk-REDACTED"]),
        ({"id": OPENAI, "method": GITHUB}, {"id": OPENAI, "method": GITHUB}),
    ],
)
def test_message(redactor: Redactor, message: Any, clean: Any) -> None:
    """
    Fields that are secret by their name are masked, their neighbours are not.
    """
    assert redactor.message(message) == clean
    assert redactor.message(clean) == clean


@pytest.mark.parametrize("prefix", [b"", b"\xff\x00"])
def test_base64_fields_are_looked_into(redactor: Redactor, prefix: bytes) -> None:
    """
    Output and files that travel as base64 are masked too, also when they are not text.
    """
    value = base64.b64encode(prefix + f"key {OPENAI}\n".encode()).decode()

    clean = redactor.message({"params": {"deltaBase64": value}})

    assert base64.b64decode(clean["params"]["deltaBase64"]) == prefix + b"key sk-REDACTED\n"
    assert redactor.message(clean) == clean


def test_clean_base64_is_kept(redactor: Redactor) -> None:
    """
    Base64 without a secret stays as it is, odd base64 is treated as text.
    """
    message = {"dataBase64": "aGVs\nbG8=", "base64": "no base64 \u00e9"}

    assert redactor.message(message) == message


SECRET = 'pa55 w/rd+\u00e9"x'


@pytest.mark.parametrize("shift", range(3))
def test_given_secrets_are_found_in_every_form(shift: int) -> None:
    """
    A given secret is found plain, JSON-escaped, URL-quoted and inside base64.
    """
    redactor = Redactor([SECRET])
    hidden = base64.b64encode(b"x" * shift + SECRET.encode() + b"tail").decode()
    forms = [SECRET, json.dumps(SECRET)[1:-1], "pa55%20w%2Frd%2B%C3%A9%22x", hidden]

    for form in forms:
        clean = redactor.text(f"<{form}>")
        assert form not in clean
        assert "REDACTED" in clean
        assert redactor.text(clean) == clean


def test_given_word_is_not_taken_out_of_longer_words() -> None:
    """
    A password that is a word leaves longer words alone.
    """
    redactor = Redactor(["fishing"])

    assert redactor.text("fishing overfishing fishing-rod") == "REDACTED overfishing REDACTED-rod"


def test_given_secret_with_a_shape_gets_the_mask_of_its_shape() -> None:
    """
    The mask is the same whether or not the environment holds the key.
    """
    text = f"key {OPENAI}"

    assert Redactor([OPENAI]).text(text) == Redactor().text(text)


def test_secrets_that_are_masks_are_ignored() -> None:
    """
    A secret that is part of a mask could never settle, so it is left out.
    """
    redactor = Redactor(["example.com", "", "abc"])

    assert redactor.text("jane@corp.org abc") == f"{EMAIL_MASK} abc"


def test_environment() -> None:
    """
    Variables named like secrets give their values, unless short, a file or a plain word.
    """
    redactor = Redactor.for_environment(
        {
            "MY_TOKEN": "quite-long-value",
            "A_SECRET": "short",
            "X_PASSWORD_FILE": "/run/secrets/x",
            "Y_TOKEN": "/",
            "Z_SECRET": "/" + "base64looking/value",
            "GOOGLE_APPLICATION_CREDENTIALS": "/home/x/key.json",
            "A_CREDENTIAL": "required",
            "HOME": "/home/somebody",
        }
    )

    text = "quite-long-value short /run/secrets/x / /home/x/key.json required /home/somebody"
    assert redactor.text(text) == text.replace("quite-long-value", "REDACTED")
    assert redactor.text("is /base64looking/value") == "is REDACTED"


def test_environment_takes_the_host_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The name of this machine is redacted where the system tells it.
    """

    class Name:
        nodename = "zeppelin7"

    monkeypatch.setattr(os, "uname", Name, raising=False)
    assert Redactor.for_environment({}).text("on zeppelin7") == "on host"

    monkeypatch.delattr(os, "uname")
    assert Redactor.for_environment({"COMPUTERNAME": "PC-7"}).text("on PC-7") == "on host"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("on zeppelin.", "on host."),
        ("zeppelin.corp.lan", "host.corp.lan"),
        ("root@zeppelin:~#", "root@host:~#"),
        ("http://zeppelin:80/x", "http://host:80/x"),
        ("http://zeppelin/x", "http://host/x"),
        ("/home/zeppelin/x", "/home/zeppelin/x"),
        ("zeppelins my-zeppelin", "zeppelins my-zeppelin"),
    ],
)
def test_host_name(text: str, clean: str) -> None:
    """
    The host name is taken out as a word, but never out of a path.
    """
    assert Redactor(hostname="zeppelin").text(text) == clean


@pytest.mark.parametrize("hostname", ["", None, "vm", "localhost", "ubuntu"])
def test_common_host_names_are_kept(hostname: str | None) -> None:
    """
    A host name that says nothing about a machine is not taken out of ordinary text.
    """
    text = "vm localhost ubuntu"

    assert Redactor(hostname=hostname).text(text) == text


def test_memory_is_bounded() -> None:
    """
    What was seen is remembered only up to a limit.
    """
    redactor = Redactor()

    for number in range(5000):
        redactor.message({f"key{number}": f"text{number}"})

    assert redactor.text("text1") == "text1"


WORDS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            *SECRETS.values(),
            PEM,
            "password",
            "API_KEY",
            "token",
            "--token ",
            "bearer ",
            "authorization: ",
            "cookie: ",
            "zeppelin",
            SECRET,
            "https://u:",
            "?state=",
            "&code=",
            "device code: ",
            "ABCD-EFGH",
            *"=:@\"'\\ \n/-.?&{}$,;)",
            "abc123def",
            "REDACTED",
            EMAIL_MASK,
            JWT_MASK,
        ]
    ),
)
TEXTS = st.lists(WORDS, max_size=8).map("".join)
KEYS = st.one_of(TEXTS, st.sampled_from(["apiKey", "base64", "X_TOKEN", "name", "value"]))
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.integers(),
        TEXTS,
        TEXTS.map(lambda text: base64.b64encode(text.encode("utf-8", "replace")).decode()),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


@given(TEXTS)
def test_redaction_of_text_is_idempotent(text: str) -> None:
    """
    Redacting what is already redacted changes nothing.
    """
    redactor = Redactor([SECRET], hostname="zeppelin")
    clean = redactor.text(text)

    assert redactor.text(clean) == clean


@given(VALUES)
def test_redaction_of_messages_is_idempotent(value: Any) -> None:
    """
    Redacting a redacted message changes nothing, and keeps what is not text.
    """
    redactor = Redactor([SECRET], hostname="zeppelin")
    clean = redactor.message({"params": value})

    assert redactor.message(clean) == clean


@given(TEXTS, st.sampled_from(sorted(SECRETS.values())), TEXTS)
def test_given_secret_never_survives(before: str, secret: str, after: str) -> None:
    """
    A secret that the environment holds is gone whatever stands around it.
    """
    redactor = Redactor([secret])

    assert secret not in redactor.text(before + secret + after)
