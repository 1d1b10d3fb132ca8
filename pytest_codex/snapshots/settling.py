"""
Take out of a text what differs from run to run: directories, ids, ports, clock times.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fake_server.placeholders import NAMES
from fake_server.volatile import constant_string
from pytest_codex.canonical.merge import UUID

if TYPE_CHECKING:
    from fake_server.placeholders import Places

_DOUBLED = re.compile(r"\{\{(" + NAMES + r")\}\}")
_UUID_HINT = re.compile(r"-[1-8][0-9a-f]{3}-[89ab]")
"""Begins with a letter of its own, so that most texts are passed over quickly."""


def settle(text: str, places: Places | None) -> str:
    """
    The text as it reads in every run, in any directory and in every tier.

    Ids are numbered as they appear: ``{id1}``, ``{id2}``. A placeholder that stood there
    before, because the text came from a cassette, stays what it is.
    """
    if places is not None and any(path in text for path in places.paths.values()):
        # Line by line: the careful pattern of the places is slow on long texts.
        masked = [
            places.mask_text(line) if "/" in line or "\\" in line else line
            for line in text.split("\n")
        ]
        text = _DOUBLED.sub(r"{\1}", "\n".join(masked))
    if _UUID_HINT.search(text):
        names: dict[str, str] = {}
        text = UUID.sub(lambda found: names.setdefault(found[0], f"{{id{len(names) + 1}}}"), text)
    return constant_string(text)
