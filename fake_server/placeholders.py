"""
Directories by name: ``/tmp/x/ws/a.py`` on disk is ``{workspace}/a.py`` in a cassette.

Masking is exact: ``fill_text(mask_text(s)) == s`` for every text, because a literal
``{workspace}`` is told apart by its braces. Around a placeholder the number of braces is
odd, around a literal that only looks like one it is even:

===================  =======================
text                 masked
===================  =======================
``/tmp/x/ws/a.py``   ``{workspace}/a.py``
``{/tmp/x/ws}``      ``{{{workspace}}}``
``{workspace}``      ``{{workspace}}``
``{{workspace}}``    ``{{{{workspace}}}}``
===================  =======================

Base64 hides paths from every text tool, so a ``*Base64`` field whose bytes are text that
names a directory is written as ``{base64}`` followed by that text.
"""

from __future__ import annotations

import json
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NAMES = r"workspace|codex_home|home|tmp|tmp_path|basetemp|codex_bin|cwd\d+"
"""Every name a placeholder can have, as a regular expression."""

BASE64 = "{base64}"
"""Opens a field that is base64 on the wire and text in the cassette."""

_FIXED = frozenset(NAMES.split("|")[:-1])
_BRACED = re.compile(r"(?<!\{)(\{+)(" + NAMES + r"|base64)(\}+)")
_HINTS = (
    *("{workspace}", "{codex_home}", "{home}", "{tmp", "{basetemp}", "{codex_bin}", "{cwd"),
    BASE64,
)
"""One of these is in every text with a placeholder; much quicker to see than by pattern."""
_BASE64_JSON = r'"\{base64\}((?:[^"\\]|\\.)*)"'

# A path starts where no name runs into it. `-I/path`, the `\n` of a text inside a text and
# the configuration key `projects./path.trust_level` are no names.
_BEFORE = r"(?:(?<![\w.\-~])|(?<=[\s\"'=]-[A-Za-z])|(?<=\\[nrt])|(?<=\bprojects\.))"
# It ends where no name goes on: `/ws-old` and `/ws.bak` are other paths, but a full stop
# after `/ws` is the end of a sentence.
_AFTER = r"(?:(?![\w\-~]|\.\w)|(?=\.trust_level\b))"


class Places:
    """
    What each placeholder stands for, and the way there and back.

    Bind the directories first; then `mask` what is written or matched, and `fill` what is
    sent. Everything may be bound anew at any time.
    """

    __slots__ = ("_aliases", "_needles", "_pattern", "_quoted", "paths", "roots")

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}
        self.roots: list[str] = []
        self._aliases: dict[str, tuple[str, ...]] = {}
        self._pattern: re.Pattern[str] | None = None
        self._needles: dict[str, str] = {}
        self._quoted: dict[str, str] = {}

    def bind(self, name: str, path: str | os.PathLike[str]) -> None:
        """
        Let ``{name}`` stand for a directory, also when it is named by its real path.

        ``{home}`` stands for the home of whoever runs us, too: an isolated home does not keep
        the user's own from being told.

        Args:
            name: One of `NAMES`.
            path: An absolute path; it need not exist.
        """
        if name not in _FIXED and not re.fullmatch(NAMES, name):
            raise ValueError(f"{name!r} is no placeholder; the names are {NAMES}")
        text = _tidy(os.fspath(path))
        self.paths[name] = text
        own = [_tidy(os.path.expanduser("~"))] if name == "home" else []
        self._aliases[name] = tuple(
            alias for path in (text, *own) for alias in (path, _tidy(os.path.realpath(path)))
        )
        if _is_root(name) and name not in self.roots:
            self.roots.append(name)
        self._pattern = None
        self._needles = {}
        self._quoted = {}

    def learn(self, path: str | os.PathLike[str]) -> str:
        """
        Name the working directory that contains a path, as a new one if none does.

        Args:
            path: A directory somebody chose to work in; relative means below the first root.

        Returns:
            The name of its root: ``workspace``, or ``cwd1``, ``cwd2`` ... in order of learning.
        """
        text = os.fspath(path)
        if not os.path.isabs(text):
            base = self.paths[self.roots[0]] if self.roots else os.getcwd()
            text = os.path.join(base, text)
        text = _tidy(text)
        for name in self.roots:
            if text in self._aliases[name]:  # the usual case, for which the disk need not be asked
                return name
        wanted = {text, _tidy(os.path.realpath(text))}
        best, best_length = "", 0
        for name in self.roots:
            for root in self._aliases[name]:
                if len(root) > best_length and any(_contains(root, one) for one in wanted):
                    best, best_length = name, len(root)
        if best:
            return best
        taken = [int(name[3:]) for name in self.paths if name.startswith("cwd")]
        name = f"cwd{max(taken, default=0) + 1}"
        self.bind(name, text)
        return name

    def mask_text(self, text: str) -> str:
        """
        Replace every bound path by its placeholder.
        """
        needles = self._needles or self._collect()
        if text in needles:
            return f"{{{needles[text]}}}"
        if not any(needle in text for needle in needles) and not (
            "{" in text and _BRACED.search(text)
        ):
            return text
        # Compiled only when there is something to do: it costs more than a whole match.
        pattern = self._pattern or self._compile()
        return pattern.sub(self._masked, text)

    def is_plain(self, source: str) -> bool:
        """
        Whether a JSON text has nothing that `mask` would change; much quicker than trying.

        Escapes could hide anything, so a text with a backslash is not plain.
        """
        if "\\" in source or 'Base64"' in source:
            return False
        for some in (self._needles or self._collect(), _HINTS):
            for needle in some:
                if needle in source:
                    return False
        return True

    def fill_text(self, text: str) -> str:
        """
        Replace every placeholder by its path: the inverse of `mask_text`.
        """
        if "{" not in text:
            return text
        paths = self.paths
        return _BRACED.sub(lambda found: _filled(found, paths), text)

    def mask(self, value: Any) -> Any:
        """
        Mask every text of a JSON value, the keys of its objects too.
        """
        return _walk(value, self.mask_text, self._mask_base64)

    def fill(self, value: Any) -> Any:
        """
        Fill every text of a JSON value: the inverse of `mask`.
        """
        return _walk(value, self._fill_value, self._fill_value, self.fill_text)

    def fill_json_text(self, source: str) -> str:
        """
        Fill a text that is JSON source, without parsing it.

        Args:
            source: One JSON document, as `json.dumps` wrote it.
        """
        for hint in _HINTS:
            if hint in source:
                break
        else:
            return source
        if BASE64 in source:
            source = re.sub(
                _BASE64_JSON,
                lambda found: json.dumps(self._fill_value(json.loads(found.group()))),
                source,
            )
        quoted = self._quoted = self._quoted or {
            name: json.dumps(path, ensure_ascii=False)[1:-1] for name, path in self.paths.items()
        }
        return _BRACED.sub(lambda found: _filled(found, quoted), source)

    def _collect(self) -> dict[str, str]:
        for name, aliases in self._aliases.items():
            for path in aliases:
                # A home of "/" would turn every path there is into a placeholder.
                if path.strip("/") and (path not in self._needles or _is_root(name)):
                    self._needles[path] = name
        return self._needles

    def _compile(self) -> re.Pattern[str]:
        longest_first = sorted(self._needles, key=lambda path: (-len(path), path))
        paths = "|".join(re.escape(path) for path in longest_first) or r"(?!)"
        self._pattern = re.compile(
            rf"(?<!\{{)(?:(\{{*){_BEFORE}({paths}){_AFTER}(\}}*)"
            rf"|(\{{+)({NAMES}|base64)(\}}+))"
        )
        return self._pattern

    def _masked(self, found: re.Match[str]) -> str:
        opened, path, closed, literal_opened, literal, literal_closed = found.groups()
        if path is None:
            return f"{literal_opened * 2}{literal}{literal_closed * 2}"
        name = self._needles[path]
        return f"{opened * 2}{{{name}}}{closed * 2}"

    def _mask_base64(self, text: str) -> str:
        import binascii

        try:
            decoded = binascii.a2b_base64(text.encode("ascii"))
            plain = decoded.decode("utf-8")
        except ValueError:
            return self.mask_text(text)
        canonical = binascii.b2a_base64(decoded, newline=False).decode("ascii")
        masked = self.mask_text(plain)
        # Only what comes back byte for byte: other alphabets and line breaks stay as they are.
        if masked == plain or canonical != text:
            return self.mask_text(text)
        return BASE64 + masked

    def _fill_value(self, text: str) -> str:
        if text.startswith(BASE64):
            import binascii

            plain = self.fill_text(text[len(BASE64) :])
            return binascii.b2a_base64(plain.encode("utf-8"), newline=False).decode("ascii")
        return self.fill_text(text)


def _is_root(name: str) -> bool:
    return name == "workspace" or name.startswith("cwd")


def _tidy(path: str) -> str:
    return path.rstrip("/") or "/"


def _contains(root: str, path: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


def _filled(found: re.Match[str], paths: dict[str, str]) -> str:
    opened, name, closed = found.groups()
    if len(opened) % 2 == 0 and len(closed) % 2 == 0:
        return f"{opened[::2]}{name}{closed[::2]}"
    path = paths.get(name)
    # A name nobody bound, or braces no mask writes: leave it for the reader to see.
    if path is None or len(opened) % 2 != len(closed) % 2:
        return found.group()
    return f"{opened[1::2]}{path}{closed[1::2]}"


_NO_PATHS = frozenset({"agentPath", "agent_path"})
"""Keys of sub-agents' names, which look like paths of a directory called root and are none."""


def _walk(
    value: Any,
    text: Callable[[str], str],
    base64_text: Callable[[str], str],
    key_text: Callable[[str], str] | None = None,
) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        change_key = key_text or text
        walked = {}
        for key, item in value.items():
            if not isinstance(item, str):
                item = _walk(item, text, base64_text, key_text)
            elif key.endswith("Base64"):
                item = base64_text(item)
            elif key not in _NO_PATHS:
                item = text(item)
            walked[change_key(key)] = item
        return walked
    if isinstance(value, list):
        return [_walk(item, text, base64_text, key_text) for item in value]
    return value
