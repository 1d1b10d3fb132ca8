"""
The real agent on a recorded model: what was recorded through the relay is the same on the wire.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.older import LOSES_OUTPUT, OLDEST, older_binary
from tests.pytest_codex.relay.recorded import model, run
from tests.pytest_codex.relay.stories import STORIES
from tests.pytest_codex.relay.upstreams import Upstream

if TYPE_CHECKING:
    from pathlib import Path

RANDOM = re.compile(r"_[0-9a-f]{32}|gAAAA|created_at|Wall time|Chunk ID|chunk_id\W{3}\w")


@pytest.mark.parametrize("name", STORIES)
def test_the_wire_is_the_same(name: str, tmp_path: Path, binary: Path) -> None:
    """
    Recording twice gives one file, and with the upstream gone the agent does the same.
    """
    story = STORIES[name]
    path = tmp_path / "a.model.yaml"

    with Upstream(model(story.plan)) as upstream:
        run(tmp_path / "one", binary, path, story.act, upstream.url, config=story.config)
        first = path.read_text()
        recorded, _ = run(
            tmp_path / "two", binary, path, story.act, upstream.url, config=story.config
        )
        second = path.read_text()
    replayed, session = run(tmp_path / "three", binary, path, story.act, config=story.config)

    assert first == second
    assert recorded == replayed
    assert [] == session.relay.leftovers
    if not story.everywhere and "unsupported custom tool call" in first:
        pytest.skip("the installed Codex has no model that does this")
    for part in story.kept:
        assert part in first
    assert str(tmp_path) not in first
    assert not RANDOM.search(first)


EVERYWHERE = [name for name, story in STORIES.items() if story.everywhere]


@LOSES_OUTPUT
@pytest.mark.parametrize("name", EVERYWHERE)
def test_another_version_is_answered(name: str, tmp_path: Path, binary: Path) -> None:
    """
    What the oldest version records is what the newest records, and answers the newest.
    """
    story = STORIES[name]
    oldest = older_binary(OLDEST)
    old, new = tmp_path / "old.model.yaml", tmp_path / "new.model.yaml"

    with Upstream(model(story.plan)) as upstream:
        run(tmp_path / "one", oldest, old, story.act, upstream.url, config=story.config)
        run(tmp_path / "two", binary, new, story.act, upstream.url, config=story.config)
    _, session = run(tmp_path / "three", binary, old, story.act, config=story.config)

    assert old.read_text() == new.read_text()
    assert [] == session.relay.leftovers
