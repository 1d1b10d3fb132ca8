from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server.redaction import Redactor
from fake_server.secret_shapes import (
    CODE_MASK,
    EMAIL_MASK,
    JWT_MASK,
    MASK,
    PEM_MASK,
    UUID_MASK,
)
from pytest_codex.errors import SecretError
from pytest_codex.scrub import assert_clean, mask_pieces

# Put together at run time, so that no scanner stumbles over this file.
RANDOM = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def lines(*values: Any) -> str:
    """
    A cassette-like text: a header, then each value on a line.
    """
    return "".join(json.dumps(value) + "\n" for value in ({"codex_cassette": 1}, *values))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("ghp_" + RANDOM, "GitHub Token"),
        ("x\nghp_" + RANDOM, "GitHub Token"),
        ("AKIA" + "IOSFODNN7EXAMPLE", "AWS Access Key"),
        ("glpat-" + RANDOM[:20], "GitLab Token"),
        ("SG." + RANDOM[:22] + "." + (RANDOM * 2)[:43], "SendGrid API Key"),
        ("12345678:" + RANDOM[:35], "Telegram Bot Token"),
        ("AC" + "0123456789abcdef" * 2, "Twilio API Key"),
        ('db_pass = "' + RANDOM + '"', "Secret Keyword"),
        ("postgres://app:s3cr3t@db.org/x", "Basic Auth Credentials"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----\n> " + RANDOM * 3, "Private Key"),
        ("sk-" + "FAKEKEY-0123456789", "an API key"),
        ("Authorization: Bearer abc.def-1", "an authorization header"),
        ("someone@corp.org", "an e-mail address"),
        ("FOO_TOKEN=abc", "a named secret"),
    ],
)
def test_secrets_are_refused(value: str, kind: str) -> None:
    """
    Line, field and kind are named, the secret is not.
    """
    text = lines({"client": {"params": {"input": [{"text": "fine"}, {"text": value}]}}})

    with pytest.raises(SecretError) as refusal:
        assert_clean(text, "cassettes/x.codex.jsonl")

    message = str(refusal.value)
    assert message.startswith("cassettes/x.codex.jsonl was not written: line 2 has ")
    assert kind in message
    assert "in client.params.input[1].text" in message
    assert value not in message
    assert value[-8:] not in message


def test_fields_with_a_secret_name_are_refused() -> None:
    """
    A field that is secret whatever it looks like is named.
    """
    with pytest.raises(SecretError, match=r"line 2 has a secret in client\.params\.apiKey\."):
        assert_clean(lines({"client": {"params": {"apiKey": "x"}}}), "x")


@pytest.mark.parametrize("key", ["ghp_" + RANDOM, "someone@corp.org"])
def test_keys_are_looked_at_and_not_shown(key: str) -> None:
    """
    A secret used as a key is found, and its field is named by what holds it.
    """
    with pytest.raises(SecretError, match=r"in server\.result") as refusal:
        assert_clean(lines({"server": {"result": {key: 1}}}), "x")

    assert key not in str(refusal.value)


def test_values_of_the_environment_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Whatever this process holds in a secret variable is not written.
    """
    monkeypatch.setenv("SOME_SECRET", "plain words only")

    with pytest.raises(SecretError, match="has a secret in server"):
        assert_clean(lines({"server": "here are plain words only"}), "x")


def test_text_that_is_no_json_is_looked_at() -> None:
    """
    Any text can be checked, line by line.
    """
    assert_clean("fine\nalso {fine\n", "x")
    with pytest.raises(SecretError, match="line 2 has what detect-secrets calls 'GitHub Token'"):
        assert_clean("fine\nghp_" + RANDOM, "x")
    with pytest.raises(SecretError, match=r"line 1 has an e-mail address\."):
        assert_clean("someone@corp.org", "x")


@pytest.mark.parametrize(
    "value",
    [
        *(MASK, EMAIL_MASK, CODE_MASK, UUID_MASK, JWT_MASK, PEM_MASK),
        f"password = '{MASK}', https://u:{MASK}@x.org, sk-{MASK}, Bearer {MASK}",
        "019a8b7c-6d5e-7f01-8a9b-0c1d2e3f4a5b",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "127.0.0.1 8.8.8.8 APACHE2LICENSE0",
        'password = "required", pwd = "{workspace}/a1", secret = "say it 2 me"',
        "if '-----BEGIN PRIVATE KEY-----' in text:",
        "the inputTokens and the token of call_1",
        "{base64}{workspace}/x\n",
        {"apiKey": MASK, "userCode": CODE_MASK, "installationId": UUID_MASK},
        {"deltaBase64": "{base64}{workspace}/x\n", "dataBase64": "ZGF0YQ=="},
        {"password": {"type": "string"}, "tokenUsage": {"total": 5}},
    ],
)
def test_masks_ids_and_code_are_clean(value: Any) -> None:
    """
    Our own masks, ids, hashes and ordinary code raise no alarm.
    """
    assert_clean(lines({"server": {"params": {"value": value}}}), "x")


def test_a_thousand_lines_are_quick() -> None:
    """
    A thousand different lines, long ones among them, are checked well within the deadline.
    """
    from time import perf_counter

    values = [
        {"server": {"method": "item/completed", "params": {"n": n, "text": f"Line {n}. " * 40}}}
        for n in range(1000)
    ]
    assert_clean(lines(values[0]), "x")

    start = perf_counter()
    assert_clean(lines(*values), "x")

    assert perf_counter() - start < 10


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    """
    Importing the gate does not load detect-secrets.
    """
    code = "import sys, pytest_codex.scrub; print('detect_secrets' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=60
    )

    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("pieces", "masked"),
    [
        ([], []),
        (["a ", "b"], ["a ", "b"]),
        (["a sk-", "FAKE0", "123456 b"], ["a sk-", "REDACTED", " b"]),
        (["a ", "sk-FAKE0123456", " b"], ["a ", "sk-REDACTED", " b"]),
        (["to some", "one@corp.org."], ["to user@example.com", "."]),
        (
            ["one@cor", "p.org and two@cor", "p.org"],
            ["user@example.com and user@example.com", "", ""],
        ),
    ],
)
def test_pieces(pieces: list[str], masked: list[str]) -> None:
    """
    A secret that crosses pieces is masked where it begins to differ from its mask.
    """
    assert mask_pieces(Redactor(), pieces) == masked


@given(
    st.lists(
        st.sampled_from(["sk-", "FAKE0", "123456", " ", "a", "@", "corp.org", "REDACTED"]),
        max_size=10,
    )
)
def test_pieces_are_the_redacted_whole(pieces: list[str]) -> None:
    """
    However a text is cut, its masked pieces hold no secret together and settle at once.
    """
    redactor = Redactor()
    masked = mask_pieces(redactor, pieces)

    assert len(masked) == len(pieces)
    assert redactor.text("".join(masked)) == "".join(masked)
    assert mask_pieces(redactor, masked) == masked
