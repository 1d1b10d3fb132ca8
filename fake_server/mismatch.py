"""
Facts to sentences; imported only when there is something to tell.
"""

from __future__ import annotations

import json

from .matching import MISSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .problems import Leftover, Problem

_WIDTH = 160
"""Longest value shown; a longer one is cut around the first character that differs."""

_LONG = 40
"""A text longer than this may well have a part that changes and a part that matters."""
_ALIKE = 10
"""As many first characters as two texts have in common that say the same thing."""


def describe(problem: Problem) -> str:
    """
    The report of one problem: headline, both values, the cassette, how to fix.
    """
    if problem.reason == "stalled":
        return problem.detail
    lines = [_headline(problem)]
    if problem.difference is not None:
        lines += _values(problem)
    elif problem.nearest is not None:
        lines.append(f"  recorded  {_named(problem.nearest.body)}{_at(problem)}")
    if problem.detail:
        lines.append(f"  {problem.detail}")
    engine = problem.engine
    path = engine.transcript.path
    lines.append(
        f"  cassette  {engine.total} requests, {engine.played} played"
        f"       mode {engine.options.mode}, matched on {', '.join(engine.options.match_on)}"
    )
    if problem.nearest is None and path:
        lines.append(f"            {path}")
    recorded, installed = str(engine.transcript.header.get("codex")), _installed()
    if installed and installed != recorded:
        lines.append(f"  codex     recorded with {recorded}, installed is {installed}")
    return "\n".join(lines + _fixes(problem))


def _installed() -> str:
    """
    The Codex version that is installed here, empty when none is.

    A cassette of another version still replays; that it is stale is worth a thought only
    when something differs.
    """
    from importlib import metadata

    try:
        return metadata.version("openai-codex-cli-bin")
    except metadata.PackageNotFoundError:
        return ""


def _headline(problem: Problem) -> str:
    name = _named(problem.message, problem.ordinal)
    path = problem.difference.path if problem.difference else ""
    told = {
        "differs": f"{name} matches no interaction: {path} differs",
        "unexpected": f"{name} matches no interaction: the recording has something else here",
        "nothing_similar": f"{name} matches no interaction: no such request is left to play",
        "answer_differs": f"{name} is not the recorded answer: {path} differs",
        "not_asked": f"{name}: the server asked no such thing",
        "forbidden": f"{name} was asked, and this test forbids approvals",
        "spawn_differs": f"Codex was started in another way than recorded: {path} differs",
        "not_json": "the client wrote a line that is not JSON",
    }
    return told[problem.reason]


def _named(message: Any, ordinal: int = 0) -> str:
    if not isinstance(message, dict):
        return repr(message)
    method = message.get("method")
    if method is None:
        return f"the answer to server request {json.dumps(message.get('id'))}"
    return f"{method} #{ordinal}" if ordinal else str(method)


def _at(problem: Problem) -> str:
    event = problem.nearest
    if event is None or not event.line:
        return ""
    return f"            line {event.line} of {problem.engine.transcript.path}"


def _values(problem: Problem) -> list[str]:
    difference = problem.difference
    assert difference is not None
    received, recorded = _pair(difference.received, difference.recorded)
    return [f"  received  {received}", f"  recorded  {recorded}{_at(problem)}"]


def _pair(received: Any, recorded: Any) -> tuple[str, str]:
    """
    Both values as JSON, cut alike around the place where they part.
    """
    ours, theirs = _json(received), _json(recorded)
    if max(len(ours), len(theirs)) <= _WIDTH:
        return ours, theirs
    same = 0
    for one, two in zip(ours, theirs, strict=False):
        if one != two:
            break
        same += 1
    start = max(0, same - _WIDTH // 3)
    return _cut(ours, start), _cut(theirs, start)


def _cut(text: str, start: int) -> str:
    shown = text[start : start + _WIDTH]
    return ("..." if start else "") + shown + ("..." if start + _WIDTH < len(text) else "")


def _json(value: Any) -> str:
    return "(nothing)" if value is MISSING else json.dumps(value, ensure_ascii=False)


def _fixes(problem: Problem) -> list[str]:
    options = problem.engine.options
    fixes = [f"    * changed on purpose   {options.rerecord}"]
    own = problem.difference is not None and problem.difference.path.startswith("(matcher ")
    if problem.reason == "differs" and problem.difference is not None and not own:
        fixes.append(
            f'    * changes every run    @pytest.mark.codex(ignore=["{problem.difference.path}"])'
        )
        if _agree_in_part(problem.difference.received, problem.difference.recorded):
            fixes.append('    * part of it changes   @pytest.mark.codex(scrub=[(r"...", "...")])')
    elif problem.reason == "answer_differs":
        fixes.append('    * any answer will do   @pytest.mark.codex(approvals="any")')
    elif problem.reason == "forbidden":
        fixes.append('    * it may be asked      @pytest.mark.codex(approvals="declared")')
    elif problem.reason in ("not_json", "not_asked"):
        fixes = ["    * the client breaks the protocol: mend the client"]
    return ["How to fix:", *fixes]


def _agree_in_part(received: Any, recorded: Any) -> bool:
    """
    Whether both are long texts that begin alike: then ignoring the whole would be a pity.
    """
    both = isinstance(received, str) and isinstance(recorded, str)
    if not both or min(len(received), len(recorded)) <= _LONG:
        return False
    return bool(received[:_ALIKE] == recorded[:_ALIKE])


def describe_leftover(leftover: Leftover) -> str:
    """
    One line for a recorded message nobody sent.
    """
    event = leftover.event
    path = leftover.engine.transcript.path
    detail = json.dumps(event.body.get("params", event.body.get("result")), ensure_ascii=False)
    return f"{_named(event.body)} {_cut(detail, 0)}   line {event.line} of {path}"
