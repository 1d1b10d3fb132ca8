"""
The items of a turn: what the agent does, one type after the other.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require
from pytest_codex.model import parts

from .kit import MODEL, ended, has, item, only, same, texts
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_ITEMS = "protocol-facts: Items"
_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_PLAN_MODE = {
    "mode": "plan",
    "settings": {"model": "gpt-5.5", "reasoning_effort": None, "developer_instructions": None},
}


def _changes(server: Server, client: Client) -> dict[str, Message]:
    """
    The changes of the only edit, by path below the workspace.
    """
    found = item(client, "fileChange")
    same("the status of the fileChange", found.get("status"), "completed")
    top = f"{server.workspace.resolve()}/"
    return {each["path"].removeprefix(top): each for each in found["changes"]}


@check(
    "items/command",
    "A command is an item with its text, directory, output and exit code; what it does is done.",
    _ITEMS,
    notifications=["item/started", "item/completed"],
    needs=MODEL,
)
def command(server: Server) -> None:
    server.model.run("echo made > made.txt; sleep 0.2; echo out").say("Done.")
    client = server.connect()
    client.turn(client.thread())
    found = item(client, "commandExecution")
    has("the command", found, status="completed", exitCode=0, aggregatedOutput="out\n")
    require("echo made > made.txt" in found["command"], f"command is {found['command']!r}")
    same("the directory", found.get("cwd"), str(server.workspace.resolve()))
    made = server.workspace / "made.txt"
    require(made.exists(), "the command was completed and its file is not there")


@check(
    "items/command-that-fails",
    "A command with another exit code than 0 is an item that failed; the turn goes on.",
    _ITEMS,
    needs=MODEL,
)
def failing_command(server: Server) -> None:
    server.model.run("sleep 0.2; exit 3").say("It failed.")
    client = server.connect()
    ended(client.turn(client.thread()))
    has("the command", item(client, "commandExecution"), status="failed", exitCode=3)
    same("the messages", texts(client), ["It failed."])


@check(
    "items/commands-side-by-side",
    "Commands of one answer run at the same time: each of two waits for the other.",
    _ITEMS,
    needs=MODEL,
)
def parallel(server: Server) -> None:
    meet = "touch {0}; until [ -e {1} ]; do sleep 0.01; done"
    one, two = parts.run(meet.format("l", "r")), parts.run(meet.format("r", "l"))
    server.model.respond(one, two).say("They met.")
    client = server.connect()
    ended(client.turn(client.thread()))
    codes = [each.get("exitCode") for each in client.items("commandExecution")]
    same("the exit codes", codes, [0, 0])


@check(
    "items/terminal",
    "What is typed into a running command is told as a terminal interaction of its item.",
    _ITEMS,
    notifications=["item/commandExecution/terminalInteraction"],
    needs=MODEL,
)
def terminal(server: Server) -> None:
    server.model.run("read name; echo Hello $name.", session="greeter")
    server.model.write_stdin("Ann\n", session="greeter").say("Greeted.")
    client = server.connect()
    ended(client.turn(client.thread()))
    told = only(
        "item/commandExecution/terminalInteraction",
        client.said("item/commandExecution/terminalInteraction"),
    )["params"]
    same("the text that was typed", told.get("stdin"), "Ann\n")
    same("the item", told.get("itemId"), item(client, "commandExecution")["id"])
    output = item(client, "commandExecution").get("aggregatedOutput") or ""
    require("Hello Ann." in output, f"the output is {output!r}")


@check(
    "items/file-added",
    "A new file is a change of kind add with its whole content, and is on disk.",
    _ITEMS,
    needs=MODEL,
)
def added(server: Server) -> None:
    server.model.patch("*** Add File: docs/new.txt\n+one\n+two\n").say("Done.")
    client = server.connect()
    client.turn(client.thread())
    change = _changes(server, client).get("docs/new.txt") or {}
    same("the kind of the change", (change.get("kind") or {}).get("type"), "add")
    require("one\n" in str(change.get("diff")), f"its diff is {change.get('diff')!r}")
    text = (server.workspace / "docs/new.txt").read_text(encoding="utf-8")
    same("the file on disk", text, "one\ntwo\n")


@check(
    "items/files-updated-deleted-renamed",
    "One edit updates, deletes and renames: each file is a change of its own kind.",
    _ITEMS,
    needs=MODEL,
)
def edited(server: Server) -> None:
    for name in ("kept", "gone", "old"):
        (server.workspace / f"{name}.txt").write_text(f"{name}\nlast\n", encoding="utf-8")
    server.model.patch(
        "*** Update File: kept.txt\n@@\n-kept\n+new\n last\n"
        "*** Delete File: gone.txt\n"
        "*** Update File: old.txt\n*** Move to: moved.txt\n@@\n-old\n+moved\n last\n"
    ).say("Done.")
    client = server.connect()
    client.turn(client.thread())
    changes = _changes(server, client)
    kinds = {name: change["kind"]["type"] for name, change in sorted(changes.items())}
    same("the kinds", kinds, {"gone.txt": "delete", "kept.txt": "update", "old.txt": "update"})
    same(
        "move_path of the rename",
        changes["old.txt"]["kind"].get("move_path"),
        str(server.workspace.resolve() / "moved.txt"),
    )
    for line in ("-kept", "+new"):
        require(line in changes["kept.txt"]["diff"], f"the diff of kept.txt has no {line!r}")
    left = {p.name: p.read_text(encoding="utf-8") for p in server.workspace.glob("*.txt")}
    same("the files on disk", left, {"kept.txt": "new\nlast\n", "moved.txt": "moved\nlast\n"})


@check(
    "items/edit-that-does-not-fit",
    "An edit of a file that is not there changes nothing, and the turn goes on.",
    _ITEMS,
    needs=MODEL,
)
def misfit(server: Server) -> None:
    server.model.patch("*** Update File: nothere.txt\n@@\n-x\n+y\n").say("It did not work.")
    client = server.connect()
    ended(client.turn(client.thread()))
    done = [each for each in client.items("fileChange") if each["status"] == "completed"]
    require(not done, f"the edit is completed: {done}")
    require(not (server.workspace / "nothere.txt").exists(), "the edit made the file")
    same("the messages", texts(client), ["It did not work."])


@check(
    "items/reasoning",
    "A reasoning summary is an item before the message, streamed in parts and deltas.",
    _ITEMS,
    notifications=["item/reasoning/summaryPartAdded", "item/reasoning/summaryTextDelta"],
    needs=MODEL,
)
def reasoning(server: Server) -> None:
    server.model.reason("Let me see.", then="I see.")
    client = server.connect()
    client.turn(client.thread(config={"model_reasoning_summary": "auto"}))
    same("the summary", item(client, "reasoning").get("summary"), ["Let me see."])
    said = [each["params"]["delta"] for each in client.said("item/reasoning/summaryTextDelta")]
    same("the deltas", "".join(said), "Let me see.")
    client.notice("item/reasoning/summaryPartAdded", itemId=item(client, "reasoning")["id"])


@check(
    "items/plan",
    "In plan mode the proposed plan is an item of its own, apart from the message around it.",
    _ITEMS,
    notifications=["item/plan/delta"],
    needs=MODEL,
)
def plan(server: Server) -> None:
    text = "- Look\n- Leap\n"
    server.model.stream(f"Here it is.\n<proposed_plan>\n{text}</proposed_plan>\n")
    client = server.connect()
    turn = client.turn(client.thread(), collaborationMode=_PLAN_MODE)
    found = item(client, "plan")
    has("the plan", found, text=text, id=f"{turn['id']}-plan")
    said = [each["params"]["delta"] for each in client.said("item/plan/delta")]
    same("the deltas of the plan", "".join(said), text)
    same("the message around it", [each.strip() for each in texts(client)], ["Here it is."])


@check(
    "items/to-do-list",
    "Each update of the to-do list is told as a whole, with its explanation.",
    _ITEMS,
    notifications=["turn/plan/updated"],
    needs=MODEL,
)
def to_do_list(server: Server) -> None:
    server.model.plan([("Look", "in_progress"), "Leap"], "Careful.")
    server.model.plan([("Look", "completed"), ("Leap", "in_progress")]).say("Leaping.")
    client = server.connect()
    client.turn(client.thread())
    told = [each["params"] for each in client.said("turn/plan/updated")]
    rows = [[(row["step"], row["status"]) for row in each["plan"]] for each in told]
    first, second = [("Look", "inProgress"), ("Leap", "pending")], [("Look", "completed")]
    same("the plans", rows, [first, [*second, ("Leap", "inProgress")]])
    same("the explanations", [each.get("explanation") for each in told], ["Careful.", None])


@check(
    "items/web-search",
    "A search of the model's service is an item that tells what was searched for.",
    _ITEMS,
    needs=MODEL,
)
def web_search(server: Server) -> None:
    server.model.search("cassette tape", "It was invented in 1963.")
    client = server.connect()
    ended(client.turn(client.thread()))
    has("the webSearch", item(client, "webSearch"), query="cassette tape")
    same("the messages", texts(client), ["It was invented in 1963."])


@check(
    "items/images",
    "Images by URL and from disk, and mentions, are in the user's item as they were given.",
    _ITEMS,
    methods=["turn/start"],
    needs=MODEL,
)
def images(server: Server) -> None:
    path = server.workspace / "dot.png"
    path.write_bytes(_DOT)
    url = "data:image/png;base64," + base64.b64encode(_DOT).decode()
    given = [
        {"type": "text", "text": "What is on these?"},
        {"type": "image", "url": url},
        {"type": "localImage", "path": str(path)},
        {"type": "mention", "name": "dot.png", "path": str(path)},
    ]
    server.model.decide(lambda call: f"{len(call.images)} images.")
    client = server.connect()
    client.turn(client.thread(), input=given)
    content = item(client, "userMessage")["content"]
    same("the types", [each["type"] for each in content], [each["type"] for each in given])
    same("the path", content[2].get("path"), str(path))
    require(url in content[1].values(), f"the image is {str(content[1])[:200]}")
    same("what the model got", texts(client), ["2 images."])


@check(
    "items/image-view",
    "An image that the agent opens is an item with its path.",
    _ITEMS,
    needs=MODEL,
)
def image_view(server: Server) -> None:
    path = server.workspace / "dot.png"
    path.write_bytes(_DOT)
    server.model.view_image(path).say("A dot.")
    client = server.connect()
    ended(client.turn(client.thread()))
    same("the path", item(client, "imageView").get("path"), str(path))
