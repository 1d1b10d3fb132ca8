"""
Which names say that their value is a secret, and which values under them are none.

``GITHUB_TOKEN``, ``db_password`` and ``clientSecret`` do; ``tokenUsage``, ``max_tokens``,
``TOKEN_FILE`` and ``nextPageToken`` do not.
"""

from __future__ import annotations

import functools
import re

_ENVIRONMENT_WORDS = (
    *("APIKEY", "API_KEY", "TOKEN", "SECRET", "PASSW", "CREDENTIAL", "PASSPHRASE"),
    *("PRIVATEKEY", "PRIVATE_KEY", "ACCESSKEY", "ACCESS_KEY"),
)
_PARTS = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+"
_WORDS = frozenset(
    "token secret secrets password passwords passwd passphrase credential credentials apikey "
    "apitoken accesstoken accesskey privatekey authtoken".split()
)
_KEY_OWNERS = frozenset("api access private secret auth service account signing".split())
_NOT_BEFORE = frozenset(
    "cancellation progress page next cursor continuation max min num total count input output "
    "cached reasoning pad eos bos sep cls unk mask stop special".split()
)
_NOT_AFTER = frozenset(
    "type types file path dir url uri count limit usage budget name names store id ids env var "
    "header length window ttl expiry expires helper manager provider field prefix kind endpoint "
    "scope scopes size detected".split()
)
_PLAIN = (
    r"(?i:true|false|null|none|nil|undefined|yes|no|on|off|string|str|bytes|int|bool|any|object"
    r"|required|optional|bearer|basic|file|auto|keyring|ephemeral|\W*|x+)"
)
_NUMBER = r"[-+]?[0-9][0-9_,.]*"
# `$NAME`, `${NAME}`, `{name}`, `<name>`, `%(name)s`: where a secret goes, not what it is.
_TEMPLATE = r"(?s:\$[A-Za-z_{(].*|\{.*\}|<.*>|%\(.*|%[sr])"
_IDENTIFIER = (
    r"(?i:(?:my_?|the_?|self|new_?|old_?)?(?:pass(?:word|wd|phrase)?|pwd?|secret|token|key|value|args?"
    r"|config|settings|getpass|input|env|data|[a-z]+_(?:password|token|secret|key)))"
)


def is_environment_secret(name: str) -> bool:
    """
    Whether an environment variable of this name holds a secret.
    """
    upper = name.upper()
    return any(word in upper for word in _ENVIRONMENT_WORDS)


@functools.lru_cache(maxsize=2048)
def is_secret_name(name: str) -> bool:
    """
    Tell whether a variable, key or option of this name holds a secret.

    Args:
        name: As it is written: snake, camel, kebab or upper case; dots separate tables.
    """
    parts = [part.lower() for part in re.findall(_PARTS, name.rsplit(".", 1)[-1])]
    upper = name.isupper()
    for index, part in enumerate(parts):
        owner = parts[index - 1] if index else ""
        secret = part in _WORDS or (part in ("key", "keys") and owner in _KEY_OWNERS)
        if not secret and upper:
            # In an environment any name is suspect that has the word in it.
            secret = is_environment_secret(part)
        if secret and owner not in _NOT_BEFORE:
            return not any(later in _NOT_AFTER for later in parts[index + 1 :])
    return False


def is_secret_value(name: str, separator: str, value: str, *, quoted: bool) -> bool:
    """
    Tell whether the value given to a secret name in a text is the secret itself.

    Args:
        name: A name for which `is_secret_name` holds.
        separator: What stands between both, such as ``=`` or ``": ``.
        value: Without its quotes.
        quoted: Whether there were quotes.
    """
    lowered = name.lower()
    is_password = "pass" in lowered or "secret" in lowered
    if re.fullmatch(_PLAIN, value) or re.fullmatch(_TEMPLATE, value):
        return False
    if re.fullmatch(_NUMBER, value) and not is_password:
        return False
    if name.isupper() and separator.strip("\\\"'") == "=":
        return True
    if quoted:
        if "pass" in lowered:
            return True
        # A sentence is no token, and `"page_token": "PageToken"` is code.
        sure = re.search(r"secret|api[_-]?key|(?:bearer|access|refresh|auth)[_-]?token", lowered)
        return not re.search(r"\s", value) and bool(sure or re.search(r"[0-9]", value))
    # Without quotes most of it is code: `token = read()`, `password=config.password`.
    if len(value) < 6 or re.search(r"[()\[\]{}<>]|^[a-z_]\w*\.[a-z_]|^[.~]?/", value):
        return False
    if re.search(r"[0-9]", value) and re.search(r"[A-Za-z]", value):
        return True
    return is_password and separator == "=" and not re.fullmatch(_IDENTIFIER, value)
