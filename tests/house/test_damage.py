"""
No damage to a committed cassette ends in silence: hundreds of seeded accidents.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from fake_server.errors import CassetteError
from fake_server.transcript import Transcript

CASSETTES = sorted((Path(__file__).parents[2] / "cassettes").rglob("*.codex.jsonl"))
ACCIDENTS = ("flip", "drop", "double", "swap", "value", "cut", "join")
SEEDS = 350
RUN = "test_run.codex.jsonl"


def damage(text: str, kind: str, random_: random.Random) -> bytes:
    """
    One accident: what editors, merges, disks and people do to files.
    """
    lines = text.split("\n")
    at = random_.randrange(len(lines) - 2)
    if kind == "flip":
        raw = bytearray(text.encode())
        raw[random_.randrange(len(raw))] ^= 1 << random_.randrange(8)
        return bytes(raw)
    if kind == "drop":
        del lines[at]
    elif kind == "double":
        lines.insert(at, lines[at])
    elif kind == "swap":
        lines[at], lines[at + 1] = lines[at + 1], lines[at]
    elif kind == "value":
        lines[at] = json.dumps(change(json.loads(lines[at]), random_), sort_keys=True)
    elif kind == "join":
        lines[at : at + 2] = [lines[at] + lines[at + 1]]
    else:
        return text[: random_.randrange(1, len(text) - 1)].encode()
    return "\n".join(lines).encode()


def change(value: object, random_: random.Random) -> object:
    """
    A JSON value with one leaf changed.
    """
    if isinstance(value, dict) and value:
        key = random_.choice(sorted(value))
        return {**value, key: change(value[key], random_)}
    if isinstance(value, list) and value:
        at = random_.randrange(len(value))
        return [*value[:at], change(value[at], random_), *value[at + 1 :]]
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "x"


@pytest.mark.parametrize("kind", ACCIDENTS)
def test_damage_is_an_error(kind: str, tmp_path: Path) -> None:
    """
    A damaged cassette is refused before a single message of it is played.
    """
    path = tmp_path / "damaged.codex.jsonl"
    for seed in range(SEEDS // len(ACCIDENTS)):
        random_ = random.Random(f"{kind} {seed}")
        text = random_.choice(CASSETTES).read_text(encoding="utf-8")
        damaged = damage(text, kind, random_)
        if damaged == text.encode():
            continue  # two equal lines changed places
        path.write_bytes(damaged)

        with pytest.raises(CassetteError) as caught:
            Transcript.load(path)

        assert str(path) in str(caught.value)


BOT = """
import pytest

@pytest.mark.codex(cassette={path!r})
def test_run(codex):
    assert codex.thread_start().run("Fix the tests.").final_response == "All tests pass now."
"""


@pytest.mark.parametrize("seed", range(12))
def test_a_sealed_change_of_what_was_asked_fails_the_test(
    seed: int, pytester: pytest.Pytester
) -> None:
    """
    Who seals a changed request gets a failing test, not a silent pass and not a hang.
    """
    random_ = random.Random(seed)
    transcript = Transcript.load(next(path for path in CASSETTES if path.name == RUN))
    requests = [event for event in transcript.events if event.kind == "client"]
    event = random_.choice([event for event in requests if event.body.get("params")])
    event.body["params"] = change_unless_ignored(event.body["params"], random_)
    path = pytester.path / "sealed.codex.jsonl"
    transcript.save(path)
    pytester.makepyfile(BOT.format(path=str(path)))

    found = pytester.runpytest_subprocess("-p", "no:cacheprovider", timeout=60)

    assert found.ret == 1
    found.stdout.fnmatch_lines(["*matches no interaction*", "*How to fix:*"])


def change_unless_ignored(params: object, random_: random.Random) -> object:
    """
    Change a leaf, but not the one that matching leaves out: the version of the client.
    """
    while True:
        changed = change(params, random_)
        told = changed.get("clientInfo") if isinstance(changed, dict) else None
        version = told.pop("version") if isinstance(told, dict) else None
        if version is None or not str(version).endswith("x"):
            return changed
