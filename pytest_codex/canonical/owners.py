"""
Give each change on disk to the work that made it.

The recorder sees what changed when some item ends. With two threads at work, a file of the
one may be seen at the end of an item of the other, in one run and not in the next. A change
then belongs to the command or edit under way that names the file; an edit of the file comes
before a command that may only look at it.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .items import Item

_NOT_DONE = frozenset({"declined", "inProgress"})

_FILES = frozenset({"root", "write", "delete", "mkdir"})
"""What an effect on files alone may say; one with commits stays where it was seen."""


def find_owners(items: list[Item]) -> None:
    """
    Move changes to the item they belong to; the items of one connection, with their lanes.
    """
    if not any(item.effects for item in items):
        return
    works = _works(items)
    for item in items:
        if item.effects:
            _hand_over(item, works)


def _works(items: list[Item]) -> list[tuple[Item, str, int]]:
    """
    Each item that ended some work, what it said it would do, and since when it may have.
    """
    begun: dict[Any, int] = {}
    asked: dict[str, Item] = {}
    works: list[tuple[Item, str, int]] = []
    for item in items:
        turn = item.params.get("turnId")
        if turn is not None:
            begun.setdefault(turn, item.raw)
        if item.kind == "client" and item.method == "command/exec":
            asked[repr(item.body.get("id"))] = item
        elif item.kind == "server" and item.is_response:
            request = asked.pop(repr(item.body["id"]), None)
            if request is not None:
                works.append((item, json.dumps(request.params), request.raw))
        elif item.method == "item/completed":
            text = said(item.params.get("item"))
            if text:
                works.append((item, text, begun.get(turn, item.raw)))
    return works


def said(described: Any) -> str:
    """
    What an item that was done said it would do, empty when it was not done.
    """
    if not isinstance(described, dict) or described.get("status") in _NOT_DONE:
        return ""
    told = {key: described[key] for key in ("command", "changes", "arguments") if key in described}
    return json.dumps(told, ensure_ascii=False) if told else ""


def _hand_over(item: Item, works: list[tuple[Item, str, int]]) -> None:
    own = next((text for work, text, _ in works if work is item), "")
    others = [
        (work, text)
        for work, text, since in works
        if work.lane != item.lane and since < item.raw < work.raw
    ]
    for effect in item.effects:
        for kind in ("write", "delete"):
            for path in list(effect.get(kind) or ()):
                if _edits(item, path):
                    continue
                owner = next((work for work, _ in others if _edits(work, path)), None)
                if owner is None and not names(own, path):
                    owner = next((work for work, text in others if names(text, path)), None)
                if owner is not None:
                    _move(effect, kind, path, owner)
    item.effects = [effect for effect in item.effects if set(effect) - {"root"}]


def _edits(item: Item, path: str) -> bool:
    """
    Whether an item is the end of an edit that was made, of this file among others.
    """
    described = item.params.get("item") if item.method == "item/completed" else None
    if not isinstance(described, dict) or described.get("type") != "fileChange":
        return False
    changes = described.get("changes")
    if described.get("status") != "completed" or not isinstance(changes, list):
        return False
    edited = [change.get("path") for change in changes if isinstance(change, dict)]
    return any(f"/{name}".endswith(f"/{path}") for name in edited)


def share(ended: list[Item]) -> None:
    """
    Give the changes made while several commands ran at once to those that name the files.

    What no command names is given to the first, so that nobody looks for it in vain.

    Args:
        ended: The ends of the commands, in the order in which they are going to be told.
    """
    texts = [said(item.params.get("item")) for item in ended]
    changed: dict[tuple[str | None, str], tuple[str, Any]] = {}
    for item in sorted(ended, key=lambda item: item.raw):
        shared = [effect for effect in item.effects if set(effect) <= _FILES]
        for effect in shared:
            changed.update(_changes(effect))
        item.effects = [effect for effect in item.effects if effect not in shared]
    for (root, path), (kind, content) in sorted(changed.items(), key=lambda each: each[0][1]):
        wanted = (item for item, text in zip(ended, texts, strict=True) if names(text, path))
        target = _effect_of(next(wanted, ended[0]), root)
        if kind == "write":
            target.setdefault("write", {})[path] = content
        else:
            target.setdefault(kind, []).append(path)


def _changes(effect: dict[str, Any]) -> dict[tuple[str | None, str], tuple[str, Any]]:
    """
    An effect as what became of each path; what comes later is newer.
    """
    root = effect.get("root")
    lists = {
        (root, path): (kind, None) for kind in ("delete", "mkdir") for path in effect.get(kind, ())
    }
    written = {(root, path): ("write", told) for path, told in effect.get("write", {}).items()}
    return {**lists, **written}


def _effect_of(item: Item, root: str | None) -> dict[str, Any]:
    """
    The item's effect below a root; a new one if it has none.
    """
    target = next((each for each in item.effects if each.get("root") == root), None)
    if target is None:
        target = {} if root is None else {"root": root}
        item.effects.append(target)
    return target


def names(text: str, path: str) -> bool:
    """
    Whether a text names a file, in whatever directory.
    """
    name = os.path.basename(path)
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text) is not None


def _move(effect: dict[str, Any], kind: str, path: str, owner: Item) -> None:
    """
    Hand one change over; what its owner saw of the same file later is newer.
    """
    target = _effect_of(owner, effect.get("root"))
    known = {*(target.get("write") or ()), *(target.get("delete") or ())}
    if kind == "write":
        content = effect["write"].pop(path)
        if path not in known:
            target.setdefault("write", {})[path] = content
    else:
        effect["delete"].remove(path)
        if path not in known:
            target["delete"] = sorted([*target.get("delete", ()), path])
    if not effect[kind]:
        del effect[kind]
