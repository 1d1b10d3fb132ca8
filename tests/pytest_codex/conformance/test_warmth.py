"""
What a first start leaves for the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance import warmth

if TYPE_CHECKING:
    from pathlib import Path


def test_databases_and_skills_are_kept_and_nothing_else(tmp_path: Path) -> None:
    """
    Configuration, logins and sessions belong to one check.
    """
    home, template, new = (tmp_path / name for name in ("home", "template", "new"))
    for name in ("state_5.sqlite", "state_5.sqlite-wal", "skills/a/b.md", "installation_id"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(name)
    for name in ("config.toml", "auth.json", "sessions/x.jsonl"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    template.mkdir()
    new.mkdir()
    (new / "config.toml").write_text("mine")

    warmth.keep(home, template)
    warmth.give(template, new)

    found = {path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file()}
    assert found == {
        *("state_5.sqlite", "state_5.sqlite-wal", "skills/a/b.md", "installation_id"),
        "config.toml",
    }
    assert (new / "config.toml").read_text() == "mine"
