"""
The last gate before a file is written: nothing in it may look like a secret.

Redaction has masked what it knows long before. This is a second opinion, by other people's
patterns, on the text that is about to reach the disk.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from pytest_codex.errors import SecretError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fake_server.redaction import Redactor

_DETECTORS = {
    "aws": "AWSKeyDetector",
    "azure_storage_key": "AzureStorageKeyDetector",
    "basic_auth": "BasicAuthDetector",
    "cloudant": "CloudantDetector",
    "discord": "DiscordBotTokenDetector",
    "github_token": "GitHubTokenDetector",
    "gitlab_token": "GitLabTokenDetector",
    "ibm_cloud_iam": "IbmCloudIamDetector",
    "ibm_cos_hmac": "IbmCosHmacDetector",
    "jwt": "JwtTokenDetector",
    "keyword": "KeywordDetector",
    "mailchimp": "MailchimpDetector",
    "npm": "NpmDetector",
    "openai": "OpenAIDetector",
    "private_key": "PrivateKeyDetector",
    "pypi_token": "PypiTokenDetector",
    "sendgrid": "SendGridDetector",
    "slack": "SlackDetector",
    "softlayer": "SoftlayerDetector",
    "square_oauth": "SquareOAuthDetector",
    "stripe": "StripeDetector",
    "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}
"""
Detectors of detect-secrets, by module. Left out are those that cry at ordinary traffic: high
entropy (every id, every hash), public addresses, and Artifactory (any word that begins with
``AP`` in capitals).
"""

_SHORT = 200
_LONG_BASE64 = re.compile(r"[A-Za-z0-9+/]{40}")
_FIX = (
    "If it is one, export it in an environment variable named like ..._TOKEN or ..._SECRET "
    "before recording, or mask it in a pytest_codex_scrub hook. If it is none, the hook can "
    "put another text in its place."
)


def assert_clean(text: str, path: str) -> None:
    """
    Refuse a text that is about to be written if something in it looks like a secret.

    Args:
        text: JSON Lines, or any other text.
        path: What the file is called in the error.

    Raises:
        SecretError: It names the line, the field and the kind of secret, never the secret.
    """
    seen: set[str] = set()
    redactor = _redactor()
    for number, line in enumerate(text.split("\n"), 1):
        value = _parse(line)
        for field, string in _strings(value, ""):
            if string not in seen:
                seen.add(string)
                kind = _kind(string)
                if kind:
                    raise _refusal(path, number, field, kind)
        clean = redactor.message(value)
        if clean != value:
            raise _refusal(path, number, *_first_difference(value, clean, ""))


def mask_pieces(redactor: Redactor, pieces: Sequence[str]) -> list[str]:
    """
    Redact a text that comes in pieces, such as the deltas of one message.

    Args:
        redactor: What is secret.
        pieces: In order. A secret may begin in one and end in another.

    Returns:
        As many pieces, which together are the redacted text: where a secret crossed pieces,
        one of them has its mask, and those that had the rest of it are empty.
    """
    masked = [redactor.text(piece) for piece in pieces]
    whole = "".join(pieces)
    clean = redactor.text(whole)
    if clean == "".join(masked):
        return masked
    # Less one, so that a mask which only adds to the whole has a piece to be in.
    left = min(_common(whole, clean), len(whole) - 1)
    right = _common(whole[left:][::-1], clean[left:][::-1])
    middle = clean[left : len(clean) - right]
    result: list[str] = []
    start = 0
    for piece in pieces:
        end = start + len(piece)
        head = piece[: max(0, left - start)]
        tail = piece[max(0, len(whole) - right - start) :]
        if start <= left < end:
            head += middle
        result.append(head + tail)
        start = end
    return result


def _common(one: str, two: str) -> int:
    """
    How many characters two texts have in common at their beginning.
    """
    shorter = min(len(one), len(two))
    return next((index for index in range(shorter) if one[index] != two[index]), shorter)


def _refusal(path: str, number: int, field: str, kind: str) -> SecretError:
    where = f" in {field}" if field else ""
    return SecretError(
        f"{path} was not written: line {number} has {kind}{where}. Its value is not shown here. "
        + _FIX
    )


def _parse(line: str) -> Any:
    # Decoded, because a quote that JSON escapes, or a secret right after a line break, is
    # not what patterns expect.
    try:
        return json.loads(line)
    except ValueError:
        return line


def _strings(value: Any, field: str) -> Iterator[tuple[str, str]]:
    """
    What to look at in a JSON value, each with the field it is in.
    """
    if isinstance(value, str):
        for line in value.splitlines():
            yield field, line
        if "PRIVATE KEY" in value:
            yield field, value
    elif isinstance(value, dict):
        for key, item in value.items():
            # The key may be the secret: say where it is, not what it is.
            yield field, key
            inner = f"{field}.{key}" if field else key
            if isinstance(item, str) and len(item) < _SHORT:
                yield inner, f'{key} = "{item}"'
            yield from _strings(item, inner)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, f"{field}[{index}]")


def _kind(string: str) -> str | None:
    """
    What kind of secret detect-secrets sees in a text.
    """
    from fake_server.secret_shapes import JWT_MASK, MASK, PEM_MASK

    plain = string.replace(PEM_MASK, "").replace(JWT_MASK, "").replace(MASK, "")
    for detector in _detectors():
        for found in detector.analyze_string(plain):
            if _is_serious(detector.secret_type, str(found), plain):
                return f"what detect-secrets calls '{detector.secret_type}'"
    return None


def _is_serious(kind: str, found: str, string: str) -> bool:
    if kind == "Private Key":
        # Code may speak of the first line of a key; a key goes on.
        return _LONG_BASE64.search(string) is not None
    if kind == "Secret Keyword":
        # Any assignment to a name with `pwd` or `secret` in it: most are code.
        return bool(re.fullmatch(r"(?=.*[0-9])(?=.*[A-Za-z])[^\s{}()<>/$.]{8,}", found))
    return True


@cache
def _detectors() -> tuple[Any, ...]:
    from importlib import import_module

    return tuple(
        getattr(import_module(f"detect_secrets.plugins.{module}"), name)()
        for module, name in _DETECTORS.items()
    )


def _redactor() -> Redactor:
    from fake_server.redaction import Redactor, environment_secrets

    return Redactor(environment_secrets(os.environ))


def _first_difference(value: Any, clean: Any, field: str) -> tuple[str, str]:
    """
    Field and kind of the first thing that redaction would still mask.
    """
    if isinstance(value, dict):
        for key in value:
            if key not in clean:
                return field, _shape(key)
            if value[key] != clean[key]:
                return _first_difference(value[key], clean[key], f"{field}.{key}" if field else key)
    if isinstance(value, list):
        for index, (old, new) in enumerate(zip(value, clean, strict=True)):
            if old != new:
                return _first_difference(old, new, f"{field}[{index}]")
    return field, _shape(value)


def _shape(value: Any) -> str:
    from fake_server.secret_shapes import SHAPES

    if isinstance(value, str):
        for shape in SHAPES:
            if shape.apply(value) != value:
                return shape.kind
    return "a secret"
