"""
How texts between agent and model are written in a cassette, and read out of it again.

Secrets and directories as in the wire cassette. What the agent made up and the model says
back, such as the number of a session or the id of a sub-agent, is counted: the recorded
answer of the model is then filled with the values of the run that replays it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fake_server.volatile import constant_string

if TYPE_CHECKING:
    from collections.abc import Callable

    from fake_server.placeholders import Places
    from fake_server.redaction import Redactor

_UUID = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    r"(?![0-9a-f])"
)
_COUNTED = "00000000-0000-7000-8000-%012d"
# In a result of a tool, in the arguments of a call, in JSON inside JSON, in JavaScript.
_SESSION = re.compile(r"(\bsession ID |\bsession_id\\*\"?\s*:\s*\\*\"?)(\d+)\b")

_HEAD = re.compile(
    r"(?:Chunk ID: \w+|Wall time:? [\d.]+ seconds|Original token count: \d+"
    r"|Total output lines: \d+)$"
)
_EXIT = re.compile(r"(?:Process exited with code|Exit code:) (-?\d+)$")
_RUNNING = re.compile(r"Process running with session ID (\d+)$")
_SCRIPT = re.compile(r"Script (?:completed|failed|terminated|running with cell ID \w+)$")
_FIELDS = re.compile(r'(\\*"(?:chunk_id|nickname)\\*"\s*:\s*\\*")[^"\\]*')
_NUMBERS = re.compile(
    r'(\\*"(?:wall_time_seconds|original_token_count|duration_seconds)\\*"\s*:\s*)[\d.]+'
)
_TOOK = re.compile(r"\b\d+(?:\.\d+)?(?= ?ms\b)|\b\d+\.\d+(?= ?(?:s|seconds)\b)")
_ABORTED = re.compile(r"\baborted by user after [\d.]+s")


def strip_call_head(text: str) -> str:
    """
    The result of a tool without the lines Codex puts before it, but for how it ended.

    Wall times and chunk ids are others in each run, token counts depend on how long the
    name of the workspace is, and the order of the lines on the Codex version.
    """
    lines = text.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        ended, running = _EXIT.match(line), _RUNNING.match(line)
        if line == "Output:" and at:
            at += 1
            break
        if ended:
            kept.append(f"exit code {ended[1]}")
        elif running:
            kept.append(f"running as session ID {running[1]}")
        elif _SCRIPT.match(line):
            kept.append(line)
        elif not _HEAD.match(line):
            break
        at += 1
    return "\n".join([*kept, *lines[at:]])


class Wording:
    """
    Masks the texts of one request and its answer, and fills a recorded answer.

    Args:
        places: Directories by placeholder.
        redactor: Takes secrets out.
        clean: The user's own change of what tools gave back, before it is matched or kept.
    """

    def __init__(
        self, places: Places, redactor: Redactor, clean: Callable[[str], str] | None = None
    ) -> None:
        self._places = places
        self._redactor = redactor
        self._clean = clean
        self._uuids: dict[str, str] = {}
        self._sessions: dict[str, str] = {}

    def text(self, text: str) -> str:
        """
        Mask a text of a request, and learn the ids in it.
        """
        return constant_string(self._places.mask_text(self._learned(self._redactor.text(text))))

    def output(self, text: str) -> str:
        """
        Mask what a tool gave back: times and counters of this run mean nothing.
        """
        if self._clean is not None:
            text = self._clean(text)
        text = _ABORTED.sub("aborted by user", text)
        text = _NUMBERS.sub(r"\g<1>0", _FIELDS.sub(r"\1", text))
        return self.text(_TOOK.sub("0.0", text))

    def value(self, value: Any) -> Any:
        """
        Mask every text of a JSON value of a request.
        """
        return self._walk(self._redactor.message(value), self.text)

    def answer(self, event: Any) -> Any:
        """
        Mask a JSON value of an answer; only ids that are known from the request count.

        Ports and dates stay: the agent is going to do what it says.
        """
        clean = self._redactor.message(event)
        return self._walk(clean, lambda text: self._places.mask_text(self._known(text)))

    def answer_text(self, text: str) -> str:
        """
        Mask a text of an answer.
        """
        return self._places.mask_text(self._known(self._redactor.text(text)))

    def fill(self, source: str) -> str:
        """
        Fill a recorded answer, or a JSON line of it, with the values of this run.
        """
        uuids = {_counted(name): uuid for uuid, name in self._uuids.items()}
        sessions = {name: number for number, name in self._sessions.items()}
        source = _UUID.sub(lambda found: uuids.get(found[0], found[0]), source)
        source = _SESSION.sub(lambda found: found[1] + sessions.get(found[2], found[2]), source)
        return self._places.fill_json_text(source)

    def _learned(self, text: str) -> str:
        for found in _UUID.findall(text):
            self._uuids.setdefault(found, str(len(self._uuids) + 1))
        for _, number in _SESSION.findall(text):
            self._sessions.setdefault(number, str(len(self._sessions) + 1))
        return self._known(text)

    def _known(self, text: str) -> str:
        if self._uuids:
            text = _UUID.sub(
                lambda found: (
                    _counted(self._uuids[found[0]]) if found[0] in self._uuids else found[0]
                ),
                text,
            )
        if self._sessions:
            text = _SESSION.sub(
                lambda found: found[1] + self._sessions.get(found[2], found[2]), text
            )
        return text

    def _walk(self, value: Any, change: Callable[[str], str], key: str = "") -> Any:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, dict):
            return {change(name): self._walk(one, change, name) for name, one in value.items()}
        if isinstance(value, list):
            return [self._walk(one, change) for one in value]
        if key == "session_id" and isinstance(value, int) and not isinstance(value, bool):
            return int(self._sessions.get(str(value), value))
        return value


def _counted(name: str) -> str:
    return _COUNTED % int(name)
