"""
Take secrets out of messages before anything else sees them.

The recorder and the replay engine both run a message through `Redactor.message` and then
through `Places.mask`, so a cassette without secrets still matches the live client that
sends them.
"""

from __future__ import annotations

import functools
import json
import os
import re

from fake_server.secret_names import is_environment_secret, is_secret_name, is_secret_value
from fake_server.secret_shapes import (
    CODE_MASK,
    EMAIL_MASK,
    JWT_MASK,
    MASK,
    PEM_MASK,
    UUID_MASK,
    mask_shapes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_KEY_MASKS = {
    **dict.fromkeys(
        "apikey xapikey accesstoken refreshtoken idtoken sessiontoken bearertoken authtoken "
        "experimentalbearertoken authorization proxyauthorization password passwd passphrase "
        "secret clientsecret secretaccesskey privatekey codeverifier cookie setcookie".split(),
        MASK,
    ),
    "usercode": CODE_MASK,
    "devicecode": CODE_MASK,
    "installationid": UUID_MASK,
    "chatgptaccountid": UUID_MASK,
}
"""Fields that are secret whatever their value looks like, by their name without ``_`` and ``-``."""

_ENVELOPE = ("id", "jsonrpc", "method")
_HOST_MASK = "host"
# Names that say nothing about a machine, and that ordinary text is full of.
_COMMON_HOSTS = frozenset(
    "localhost host vm linux debian ubuntu fedora alpine windows macos darwin codex openai docker "
    "podman container sandbox server client node worker runner build builder main master default "
    "user root home test tests dev prod staging work workspace project python thread turn item "
    "github gitlab agent model command shell bash".split()
)
_FIELD_NAME = re.compile(r"[\w.-]{1,80}")
_REMEMBERED = 4096


def environment_secrets(env: Mapping[str, str]) -> list[str]:
    """
    The values of an environment that are secrets, by the names of their variables.

    Args:
        env: Values that are short, plain words or paths of files do not count.
    """
    return [
        value
        for name, value in env.items()
        if len(value) >= 8 and is_environment_secret(name) and not _is_plain(name, value)
    ]


class Redactor:
    """
    Replaces secrets by masks that keep their shape and are the same for every value.

    Args:
        secrets: Values to take out wherever they are, also base64 or URL encoded.
        hostname: Taken out where it stands as a whole word.
    """

    __slots__ = ("_hostname", "_keys", "_literal_masks", "_literals", "_texts")

    def __init__(self, secrets: Iterable[str] = (), hostname: str | None = None) -> None:
        self._literal_masks: dict[str, str] = {}
        for secret in secrets:
            self._add(secret)
        self._literals = _alternatives(self._literal_masks)
        self._hostname = _hostname(hostname)
        self._texts: dict[str, str] = {}
        self._keys: dict[str, str | None] = {}

    @classmethod
    def for_environment(cls, env: Mapping[str, str]) -> Redactor:
        """
        Redact what the variables of an environment hold, and the name of this machine.

        Args:
            env: Whose `environment_secrets` are taken out.
        """
        uname = getattr(os, "uname", None)
        hostname = uname().nodename if uname else env.get("COMPUTERNAME")
        return _shared(tuple(environment_secrets(env)), hostname)

    def text(self, text: str) -> str:
        """
        Redact one text.
        """
        known = self._texts.get(text)
        if known is not None:
            return known
        result = self._pass(text)
        if result != text:
            # A mask can complete what was no secret before: `password="a b"` with `a b` masked.
            result = self._pass(result)
        if len(text) <= 64:
            if len(self._texts) >= _REMEMBERED:
                self._texts.clear()
            self._texts[text] = result
        return result

    def message(self, message: Any) -> Any:
        """
        Redact one JSON-RPC message; its method and id are left alone.
        """
        if not isinstance(message, dict):
            return self._value(message)
        result = self._object(message)
        for key in _ENVELOPE:
            if key in message:
                result[key] = message[key]
        if message.get("method") == "remoteControl/status/changed":
            params = result.get("params")
            if isinstance(params, dict) and params.get("serverName"):
                params["serverName"] = _HOST_MASK
        return result

    def _pass(self, text: str) -> str:
        if self._literals and any(form in text for form in self._literal_masks):
            text = self._literals.sub(lambda found: self._literal_masks[found[0]], text)
        text = mask_shapes(text)
        if self._hostname and self._hostname in text:
            text = re.sub(_host_pattern(self._hostname), _HOST_MASK, text)
        return text

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return self._list(value)
        return value

    def _object(self, fields: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, item in fields.items():
            name = self.text(key)
            result[name] = (
                self._field(name, item) if isinstance(item, str) and item else self._value(item)
            )
        # `{"name": "API_KEY", "value": ...}` is how lists of variables and headers are written.
        owner = result.get("name", result.get("key"))
        if isinstance(result.get("value"), str) and _is_secret_field(owner):
            result["value"] = result["value"] and MASK
        if "installationId" in fields and isinstance(fields.get("serverName"), str):
            result["serverName"] = _HOST_MASK
        return result

    def _list(self, items: list[Any]) -> list[Any]:
        result = [self._value(item) for item in items]
        for index in range(1, len(result)):
            option, value = result[index - 1], result[index]
            # `["--token", "..."]` in a command.
            if (
                isinstance(value, str)
                and value[:1] not in ("", "-")
                and _is_secret_field(option)
                and option.startswith("--")
            ):
                result[index] = MASK
        return result

    def _field(self, key: str, value: str) -> str:
        mask = self._keys.get(key, "")
        if mask == "":
            if len(self._keys) >= _REMEMBERED:
                self._keys.clear()
            mask = self._keys[key] = _mask_for_key(key)
        if mask is None:
            if key.endswith("Base64") or key == "base64":
                return self._base64(value)
            return self.text(value)
        clean = self.text(value)
        # A field of its own is no line of code: as strict as with a variable of the environment.
        if _is_certain(key) or is_secret_value(key.upper(), "=", clean, quoted=True):
            return mask
        return clean

    def _base64(self, value: str) -> str:
        import binascii

        try:
            data = binascii.a2b_base64(value.encode("ascii"))
        except ValueError:
            return self.text(value)
        if value.startswith("{"):
            # Written as text already, by `Places.mask`.
            return self.text(value)
        try:
            encoding, plain = "utf-8", data.decode("utf-8")
        except ValueError:
            # Every byte is a character here, and every mask is ASCII.
            encoding, plain = "latin-1", data.decode("latin-1")
        clean = self.text(plain)
        if clean == plain:
            return value
        return binascii.b2a_base64(clean.encode(encoding), newline=False).decode("ascii")

    def _add(self, secret: str) -> None:
        masks = (MASK, EMAIL_MASK, CODE_MASK, UUID_MASK, JWT_MASK, PEM_MASK)
        if len(secret) < 4 or any(secret in mask for mask in masks):
            return
        # A secret that has a shape gets the mask of its shape: on a machine whose environment
        # does not hold it, the shape is all there is to see.
        shaped = mask_shapes(secret)
        complete = shaped != secret and (shaped in masks or shaped.endswith(MASK))
        self._literal_masks.setdefault(secret, shaped if complete else MASK)
        for form in _encoded_forms(secret):
            self._literal_masks.setdefault(form, MASK)


def _mask_for_key(key: str) -> str | None:
    last = key.rsplit(".", 1)[-1]
    exact = _KEY_MASKS.get(last.replace("_", "").replace("-", "").lower())
    if exact is not None:
        return exact
    return MASK if _is_secret_field(key) else None


def _is_secret_field(name: Any) -> bool:
    return isinstance(name, str) and bool(_FIELD_NAME.fullmatch(name)) and is_secret_name(name)


def _is_certain(key: str) -> bool:
    return key.rsplit(".", 1)[-1].replace("_", "").replace("-", "").lower() in _KEY_MASKS


def _is_plain(name: str, value: str) -> bool:
    is_file = value.startswith(("/", "~")) and (
        name.upper().endswith(("_FILE", "_PATH", "_DIR", "CREDENTIALS")) or os.path.exists(value)
    )
    return is_file or not is_secret_value("PASSWORD", "=", value, quoted=True)


def _alternatives(forms: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    if not longest_first:
        return None
    # A password that is a word is not taken out of longer words.
    return re.compile(
        "|".join(
            rf"(?<![A-Za-z0-9]){form}(?![A-Za-z0-9])" if form.isalpha() else re.escape(form)
            for form in longest_first
        )
    )


def _encoded_forms(secret: str) -> Iterable[str]:
    import binascii

    data = secret.encode("utf-8", "surrogatepass")
    for ascii_only in (True, False):
        yield json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
    for safe in ("", "/"):
        quoted = "".join(
            chr(byte)
            if (chr(byte).isalnum() and byte < 128) or chr(byte) in "-_.~" + safe
            else f"%{byte:02X}"
            for byte in data
        )
        yield quoted
        yield quoted.replace("%20", "+")
    for shift in range(3):
        # Inside a longer text a secret has three base64 forms; leave out the characters
        # that it shares with its neighbours.
        code = binascii.b2a_base64(b"\0" * shift + data, newline=False).decode("ascii")
        inner = code[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]
        for form in (code, inner) if shift == 0 else (inner,):
            if len(form) >= 8:
                yield form
                yield form.replace("+", "-").replace("/", "_")


def _hostname(hostname: str | None) -> str:
    name = hostname or ""
    return "" if len(name) < 3 or name.lower() in _COMMON_HOSTS else name


def _host_pattern(name: str) -> str:
    word = re.escape(name)
    # As part of a path it is left to the placeholders, which would not know the path again.
    return rf"(?<![\w./-]){word}(?![\w/-])|(?:(?<=://)|(?<=@)){word}(?![\w-])"


@functools.lru_cache(maxsize=8)
def _shared(secrets: tuple[str, ...], hostname: str | None) -> Redactor:
    """
    One redactor for all sessions of a process: what it has looked at once it remembers.
    """
    return Redactor(secrets, hostname)
