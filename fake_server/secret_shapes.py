"""
What secrets look like, and the mask that stands in the place of each kind.

A mask is the same for every value of its kind, so that a live message and a recorded one
stay equal whatever the secret is, and masking twice changes nothing. Patterns are compiled
at first need, because most texts hold none of the words a pattern asks for.
"""

from __future__ import annotations

import re

from fake_server.secret_names import is_secret_name, is_secret_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MASK = "REDACTED"
EMAIL_MASK = "user@example.com"
CODE_MASK = "XXXX-XXXX"
UUID_MASK = "00000000-0000-0000-0000-000000000000"
# Readable by a JWT library: no algorithm, no claims.
JWT_MASK = "eyJhbGciOiJub25lIn0.e30.REDACTED"
PEM_MASK = "-----BEGIN PRIVATE KEY-----REDACTED-----END PRIVATE KEY-----"

# A key starts where no word runs into it, which keeps `task-...` apart from `sk-...`. The
# escapes of a text inside a text (`\n`, `%3D`, a colour) are no words.
_START = (
    r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4})"
    r"|(?<=\[\dm)|(?<=\[\d\dm))"
)
_KEY_PREFIXES = (
    r"sess-|gh[pousr]_|github_pat_|xox[a-z]-|xapp-|AIza|hf_|glpat-|gsk_|xai-|pplx-|ya29\.|dop_v1_"
)
_PEM_HEADER = r"(?:Proc-Type|DEK-Info|Version|Comment):[^\n\\]*"
_PEM_BODY = rf"(?:{_PEM_HEADER}|[A-Za-z0-9+/=\s]|-(?!---)|\\[nr])"
_PAIR_WORDS = (
    r"api[_-]?key|token|secret|passw(?:or)?d|passphrase|credential|private[_-]?key|access[_-]?key"
)
_WEAK_QUERY_NAMES = ("state", "code", "nonce", "code_challenge", "key", "sig", "signature")


class Shape:
    """
    One kind of secret.

    Args:
        kind: What to call it, in a sentence for the user.
        hints: Lower-case words of which a text must hold one to be looked at closely.
        source: Regular expression.
        mask: Replacement, as `re.sub` takes it.
    """

    __slots__ = ("_pattern", "hints", "kind", "mask", "source")

    def __init__(
        self,
        kind: str,
        hints: tuple[str, ...],
        source: str,
        mask: str | Callable[[re.Match[str]], str],
    ) -> None:
        self.kind = kind
        self.hints = hints
        self.source = source
        self.mask = mask
        self._pattern: re.Pattern[str] | None = None

    def apply(self, text: str) -> str:
        """
        Replace what has this shape.
        """
        if self._pattern is None:
            self._pattern = re.compile(self.source)
        return self._pattern.sub(self.mask, text)


def _mask_authorization(found: re.Match[str]) -> str:
    head, scheme, value = found.groups()
    if not scheme and not _looks_random(value):
        return found.group()
    return f"{head}{scheme or ''}{MASK}"


def _mask_bearer(found: re.Match[str]) -> str:
    head, value = found.groups()
    return head + MASK if _looks_random(value) else found.group()


def _looks_random(value: str) -> bool:
    return len(value) >= 24 or any(char.isdigit() for char in value)


def _mask_url_password(found: re.Match[str]) -> str:
    head, password = found.groups()
    # `$PASSWORD`, `{password}` and `<password>` show where it goes, not what it is.
    if re.match(r"\$[A-Z{(]|\{|<|%\(", password):
        return found.group()
    return f"{head}:{MASK}@"


def _mask_query(found: re.Match[str]) -> str:
    name, value = found.group(1, 2)
    if name.lower() in _WEAK_QUERY_NAMES and not _is_oauth(found, value):
        return found.group()
    return f"{found.group()[: -len(value)]}{MASK}"


def _is_oauth(found: re.Match[str], value: str) -> bool:
    # `?state=open` and `?code=404` are ordinary; random ones are not, nor any at a login.
    if len(value) >= 12 and re.search(r"[0-9A-Z]", value):
        return True
    before = found.string[max(0, found.start() - 300) : found.start()]
    url = re.split(r"[\s\"'<>]", before)[-1].lower()
    return any(word in url for word in ("auth", "login", "callback", "device", "response_type"))


def _mask_pair(found: re.Match[str]) -> str:
    name, separator = found.group(1, 2)
    number = next(index for index in range(3, 7) if found.group(index) is not None)
    value = found.group(number)
    rest = ""
    if number == 6:
        bare = value.rstrip("),;]}.")
        value, rest = bare, value[len(bare) :]
    quoted = number != 6
    if not is_secret_name(name) or not is_secret_value(name, separator, value, quoted=quoted):
        return found.group()
    start, end = found.span(number)
    whole, offset = found.group(), found.start()
    return whole[: start - offset] + MASK + rest + whole[end - offset :]


def _mask_flag(found: re.Match[str]) -> str:
    head, value = found.groups()
    return head + MASK if is_secret_name(head.strip(" -")) and _looks_random(value) else found[0]


SHAPES = (
    Shape(
        "a private key",
        ("private key",),
        # Whole, or cut off somewhere in its base64.
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:(?:(?!-----)[^\"'`]){1,20000}-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        rf"|(?:[\s+-]|\\[nr]|{_PEM_HEADER}){{0,20}}[A-Za-z0-9+/]{{16}}{_PEM_BODY}*)",
        PEM_MASK,
    ),
    Shape(
        "a JSON web token",
        ("eyj",),
        rf"{_START}eyJ[\w-]{{6,}}(?:\.eyJ[\w-]{{6,}}(?:\.[\w-]*)*|(?:\.[\w-]{{6,}}){{2,4}})",
        JWT_MASK,
    ),
    Shape(
        "an API key",
        ("sk-", "sk_", "rk_", "pk_"),
        rf"{_START}(sk-)(?:(?=[\w-]{{0,64}}[0-9])[\w-]{{8,}}|(?=[\w-]{{0,64}}[A-Z])[\w-]{{16,}})"
        rf"|{_START}([srp]k_(?:live|test)_)[A-Za-z0-9]{{8,}}",
        lambda found: (found[1] or found[2]) + MASK,
    ),
    Shape(
        "an access token",
        (
            *("sess-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "xox", "xapp-"),
            *("aiza", "hf_", "glpat-", "gsk_", "xai-", "pplx-", "ya29.", "dop_v1_"),
        ),
        rf"{_START}({_KEY_PREFIXES})(?=[\w-]{{0,64}}[0-9A-Z])[\w-]{{12,}}",
        rf"\g<1>{MASK}",
    ),
    Shape(
        "a package registry token",
        ("npm_", "pypi-"),
        rf"{_START}(npm_(?=[A-Za-z0-9]{{30}})|pypi-(?=[\w-]{{40}}))[\w-]+",
        rf"\g<1>{MASK}",
    ),
    Shape(
        "a cloud access key",
        ("akia", "asia"),
        rf"{_START}(AKIA|ASIA)[A-Z0-9]{{16}}(?![A-Za-z0-9])",
        rf"\g<1>{MASK}",
    ),
    Shape(
        "a web hook",
        ("hooks.slack.com",),
        r"(hooks\.slack\.com/(?:services|workflows)/)[A-Za-z0-9/]{12,}",
        rf"\g<1>{MASK}",
    ),
    Shape(
        "an authorization header",
        ("authorization",),
        r"((?i:authorization)\\*[\"']?[ \t]{0,8}[:=][ \t]{0,8}\\*[\"']?)"
        r"((?i:bearer|basic|token|apikey)[ \t]+)?([^\s\"'\\,;]{6,})",
        _mask_authorization,
    ),
    Shape(
        "a bearer token",
        ("bearer",),
        r"((?i:\bbearer)[ \t]+)([A-Za-z0-9._~+/=-]{6,})",
        _mask_bearer,
    ),
    Shape(
        "a cookie",
        ("cookie",),
        r"((?i:cookie)\\*[\"']?[ \t]{0,8}:[ \t]{0,8}\\*[\"']?)[^\s=;\"'\\]{1,64}=[^\r\n\"'\\]+",
        rf"\g<1>{MASK}",
    ),
    Shape(
        "a password in a URL",
        ("://",),
        r"([A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\"'<>\\]{0,64}):([^\s/@\"'\\]{1,256})@",
        _mask_url_password,
    ),
    Shape(
        "a login parameter in a URL",
        (
            *("state=", "code=", "challenge=", "nonce=", "token=", "verifier=", "secret="),
            *("key=", "sig=", "signature=", "password="),
        ),
        r"(?<=[?&#;])((?i:state|code|nonce|code_challenge|code_verifier|user_code|device_code|token"
        r"|access_token|refresh_token|id_token|login_token|client_secret|api_?key|key|sig|signature"
        r"|x-amz-signature|x-amz-security-token|password))=([^&\s\"'<>#\\;]+)",
        _mask_query,
    ),
    Shape(
        "a one-time code",
        ("code",),
        r"((?i:one-time|device|user|verification|pairing)[ _-]?(?i:code)\W{1,12}(?i:is\W{1,4})?)"
        r"[A-Z0-9]{4}-[A-Z0-9]{4,6}(?![A-Za-z0-9-])",
        rf"\g<1>{CODE_MASK}",
    ),
    Shape(
        "a named secret",
        (
            *("api_key", "apikey", "api-key", "token", "secret", "passw", "passphrase"),
            *("credential", "private_key", "privatekey", "private-key"),
            *("access_key", "accesskey", "access-key"),
        ),
        rf"(?<![\w.-])(-{{0,2}}[\w.-]{{0,64}}?(?i:{_PAIR_WORDS})[\w-]{{0,64}})"
        r"(\\*[\"']?[ \t]{0,8}(?::[ \t]{0,4}[A-Za-z][\w.\[\]| ]{0,30}=|:=|=>|={1,3}|:)[ \t]{0,8})"
        r"(?:\\+\"((?:(?!\\+\")[^\n])*)\\+\"|\"([^\"\n]*)\"|'([^'\n]*)'"
        r"|((?:[^\s\"'`\\]|\\(?![\"'nrt]))+))",
        _mask_pair,
    ),
    Shape(
        "a secret option",
        ("--",),
        rf"((?<![\w-])--[\w-]{{0,40}}?(?i:{_PAIR_WORDS})[\w-]{{0,40}}[ \t]+)"
        r"([^\s\"'`\\-][^\s\"'`\\]{3,})",
        _mask_flag,
    ),
    Shape(
        "an e-mail address",
        ("@",),
        # `git@host:repository` and `ssh://user@host` are places, not people.
        rf"(?:(?<![\w.%+/$-])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{{2}})|(?<=\[\dm))(?!git@|{MASK}@)"
        r"[A-Za-z0-9_%+](?:[\w.%+-]{0,62}[\w%+-])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.)+"
        r"[A-Za-z]{2,24}(?![\w-])",
        EMAIL_MASK,
    ),
)


def mask_shapes(text: str) -> str:
    """
    Replace everything in a text that has the shape of a secret.
    """
    if len(text) < 6:
        return text
    lowered = text.lower()
    for shape in SHAPES:
        for hint in shape.hints:
            if hint in lowered:
                text = shape.apply(text)
                break
    return text
