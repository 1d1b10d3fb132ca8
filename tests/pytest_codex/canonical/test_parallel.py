"""
Tools that ran side by side are told in one order, whichever was quicker.
"""

from __future__ import annotations

import itertools
from typing import Any

from pytest_codex.canonical.items import Item
from pytest_codex.canonical.parallel import place_parallel

USAGE = ("thread/tokenUsage/updated", "", "")


def lane(*told: tuple[str, str, str]) -> list[Item]:
    """
    A server's messages: method, item id, item type.
    """
    items = []
    for raw, (method, name, kind) in enumerate(told):
        params: dict[str, Any] = {"item": {"id": name, "type": kind}} if kind else {}
        if method.endswith("outputDelta"):
            params = {"itemId": name}
        items.append(Item(1, "server", {"method": method, "params": params}, raw))
    return items


def names(items: list[Item]) -> list[str]:
    """
    Messages as ``started call_1``.
    """
    return [
        " ".join(
            [
                item.method.rpartition("/")[2],
                (item.params.get("item") or {}).get("id") or item.params.get("itemId", ""),
            ]
        ).strip()
        for item in items
    ]


def call(name: str, kind: str = "commandExecution") -> list[tuple[str, str, str]]:
    """
    Everything a command says.
    """
    return [
        ("item/started", name, kind),
        ("item/commandExecution/outputDelta", name, ""),
        ("item/completed", name, kind),
    ]


def interleavings(*lists: list[Any]) -> set[tuple[Any, ...]]:
    """
    Every way in which lists may be told at the same time.
    """
    marks = [number for number, each in enumerate(lists) for _ in each]
    found = set()
    for order in set(itertools.permutations(marks)):
        rest = [iter(each) for each in lists]
        found.add(tuple(next(rest[number]) for number in order))
    return found


def test_every_race_gives_the_same_order() -> None:
    """
    All starts, then each call's output and end, by the numbers in their ids.
    """
    told = {
        tuple(names(place_parallel(lane(*order, USAGE), [])))
        for order in interleavings(call("call_9"), call("call_10"))
    }

    assert told == {
        (
            *("started call_9", "started call_10"),
            *("outputDelta call_9", "completed call_9"),
            *("outputDelta call_10", "completed call_10"),
            "updated",
        )
    }


def test_what_stands_between_keeps_its_place() -> None:
    """
    Only the messages about the calls change places.
    """
    first, second = call("call_1"), call("call_2")
    items = lane(second[0], ("warning", "", ""), first[0], second[2], first[2])

    assert names(place_parallel(items, [])) == [
        *("started call_1", "warning", "started call_2", "completed call_1", "completed call_2")
    ]


def test_one_answer_after_the_other_stays_so() -> None:
    """
    A call of the model's next answer never moves before the end of this one.
    """
    items = lane(*call("call_2"), USAGE, *call("call_1"), USAGE)

    assert place_parallel(items, []) == items


def test_a_script_of_the_model_decides_its_own_order() -> None:
    """
    What code mode starts one after the other stays one after the other.
    """
    items = lane(*call("exec-2"), *call("exec-1"), USAGE)

    assert place_parallel(items, []) == items


def test_edits_and_questions_are_not_passed() -> None:
    """
    Nothing moves across an edit of files, nor across a question to the client.
    """
    edit = call("call_1", "fileChange")
    items = lane(*call("call_3"), edit[0], edit[2], *call("call_2"), USAGE)
    asking = lane(*call("call_3"), *call("call_2"))
    asking[3].body = {"id": 0, "method": "item/commandExecution/requestApproval", "params": {}}

    assert place_parallel(items, []) == items
    assert place_parallel(asking, []) == asking


def test_calls_are_left_alone_while_the_client_speaks() -> None:
    """
    A message of the client between them may be why one came after the other.
    """
    second, first = call("call_2"), call("call_1")
    items = lane(*second, *first, USAGE)
    for item in items:
        item.raw *= 2

    steer = Item(1, "client", {"id": 1, "method": "turn/steer"}, 3)

    assert place_parallel(items, [steer]) == items
    assert place_parallel(items, []) != items


def test_changes_on_disk_go_with_the_command_that_names_them() -> None:
    """
    Whichever of two commands ended first had all the changes; each gets its own.
    """
    found = []
    for order in ((0, 1), (1, 0)):
        calls = [call("call_1"), call("call_2")]
        items = lane(*calls[order[0]], *calls[order[1]], USAGE)
        for item in items:
            if item.method == "item/completed":
                described = item.params["item"]
                described.update(command=f"make {described['id']}.txt", status="completed")
        seen = next(item for item in items if item.method == "item/completed")
        seen.effects = [
            {
                "write": {"call_2.txt": {"text": "2"}, "call_1.txt": {"text": "1"}, "x": {}},
                "delete": ["old/call_2.txt"],
            }
        ]
        ended = [item for item in place_parallel(items, []) if item.method == "item/completed"]
        found.append([item.effects for item in ended])

    assert found[0] == found[1]
    assert found[0] == [
        [{"write": {"call_1.txt": {"text": "1"}, "x": {}}}],
        [{"write": {"call_2.txt": {"text": "2"}}, "delete": ["old/call_2.txt"]}],
    ]
