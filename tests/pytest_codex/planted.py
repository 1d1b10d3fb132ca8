"""
Secrets of every kind, and a search that finds them in whatever form they are written.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# In two halves, so that no scanner takes this file for a leak.
RANDOM = "q7Rz2Lw9Vt4Xk8Np3Ys6Hd1Gf5Jm0Bc"
SHAPED = {
    "project key": "sk-proj-" + RANDOM,
    "login key": "sk-" + RANDOM[::-1],
    "session": "sess-" + RANDOM,
    "github": "ghp_" + RANDOM + "A1b2",
    "cloud": "AKIA" + "Q7RZ2LW9VT4XK8NP",
    "chat": "xoxb-" + "2345678901-" + RANDOM,
    "maps": "AIza" + RANDOM + "x-1",
    "web token": ".".join(
        base64.urlsafe_b64encode(part.encode()).decode().rstrip("=")
        for part in ('{"alg":"RS256"}', '{"email":"grace@planted.example.org"}', RANDOM * 2)
    ),
    "bearer": "opaque" + RANDOM.lower(),
    "mail": "grace.hopper@planted.example.org",
    "url password": "hunter2" + RANDOM[:8],
    "private key": "MIIEvQIBADANBgkq" + RANDOM,
}
"""What is known by its looks."""

HOME = "home-of-grace-hopper"
"""Name of the directory in which the user of these tests lives."""

NAMED = {
    "VAULT_TOKEN": "vault" + RANDOM[5:20].lower(),
    "DB_PASSWORD": "correct horse " + RANDOM[:9],
    "AWS_SECRET_ACCESS_KEY": RANDOM + "/+" + RANDOM[:6],
    "OPENAI_API_KEY": "sk-live" + RANDOM[3:27],
}
"""What is known by the name of its environment variable."""


def forms(secret: str) -> Iterator[str]:
    """
    How a secret may be written: as it is, as JSON, in a URL, in base64, and half of it.
    """
    yield secret
    yield json.dumps(secret)[1:-1]
    yield quote(secret, safe="")
    for shift in range(3):
        code = base64.b64encode(b"." * shift + secret.encode()).decode()
        yield code[4:-4]
    if len(secret) >= 32:
        yield secret[: len(secret) // 2]
        yield secret[len(secret) // 2 :]


def found_in(text: str, secrets: dict[str, str]) -> list[str]:
    """
    The secrets that a text holds.
    """
    host = secrets["host"]
    told = [
        name
        for name, secret in secrets.items()
        if name != "host" and any(form in text for form in forms(secret))
    ]
    # A host name may be a common word; as such it is no secret.
    if len(host) >= 3 and not host.isalpha() and re.search(rf"\b{re.escape(host)}\b", text):
        told.append("host")
    return told


def leaks(root: Path, secrets: dict[str, str]) -> list[str]:
    """
    The files below a directory that hold a secret, the workspace's own left out.
    """
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and "workspace" not in path.relative_to(root).parts:
            told = found_in(path.read_bytes().decode("latin-1"), secrets)
            found += [f"{path.relative_to(root)}: {name}" for name in told]
    return found
