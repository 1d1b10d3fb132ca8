"""
The page is one file, and what agents say cannot get out of its place.
"""

from __future__ import annotations

from typing import Any

from fake_server.redaction import Redactor
from pytest_codex.viewer.gathering import LINE, STORY, TEXT, WIRE, gather
from pytest_codex.viewer.page import render
from pytest_codex.wire import Message
from tests.pytest_codex.viewer.reading import Page

EVIL = """</pre></style><script src="http://evil.example/x.js">alert('&')</script><img src=x>"""
ABOUT = {"threadId": "t1", "turnId": "u1"}


def page_of(*messages: Message, **row: Any) -> tuple[str, Page]:
    """
    The page about a session with these messages.
    """
    gathered = gather(messages, Redactor(["hunter2-hunter2"]))
    usual = {"name": "test_it", "outcome": "passed", "page": gathered}
    source = render([{**usual, **row}], "Title")
    return source, Page(source)


def server(method: str, **params: Any) -> Message:
    """
    A notification of the server.
    """
    return Message(1, "server", {"method": method, "params": {**ABOUT, **params}})


def item(**raw: Any) -> Message:
    """
    An item that came to its end.
    """
    return server("item/completed", item={"id": "i1", **raw})


def test_every_text_stays_a_text() -> None:
    """
    Markup in names, messages, outputs, diffs, paths, statuses and failures is only shown.
    """
    messages = [
        server("turn/started", turn={"id": "u1", "status": EVIL}),
        item(type="agentMessage", text=EVIL, phase=EVIL),
        item(id="i2", type="commandExecution", command=EVIL, aggregatedOutput=EVIL, exitCode=1,
             cwd=EVIL, status=EVIL),
        item(id="i3", type="fileChange", status=EVIL,
             changes=[{"path": EVIL, "kind": {"type": "update"}, "diff": f"+{EVIL}\n-{EVIL}"}]),
        item(id="i4", type=EVIL, more=EVIL),
        server("error", error={"message": EVIL}),
        Message(1, EVIL, {"method": EVIL}),
        Message(1, "server", EVIL),
    ]  # fmt: skip
    gathered_row = {"name": EVIL, "tier": EVIL, "cassette": EVIL, "failures": [(EVIL, EVIL)]}

    _, page = page_of(*messages, outcome="failed", **gathered_row)

    assert page.references == []
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert page.text.count(EVIL) >= 14
    assert page.said("added") == f"+{EVIL}"


def test_a_page_forbids_to_load_anything() -> None:
    """
    The policy stands before all else that a browser could act on.
    """
    _, page = page_of()

    tag, policy = page.tags[3]
    assert (tag, policy["http-equiv"]) == ("meta", "Content-Security-Policy")
    assert policy["content"].startswith("default-src 'none'")


def test_threads_have_lanes_and_turns() -> None:
    """
    Each thread's story stands in a lane of its own, commands with their output.
    """
    _, page = page_of(
        server("turn/started", turn={"id": "u1"}),
        item(type="commandExecution", command="make", aggregatedOutput="no rule", exitCode=2,
             status="failed"),
        Message(1, "server", {"method": "item/completed", "params": {
            "threadId": "t2", "turnId": "u2",
            "item": {"id": "i9", "type": "agentMessage", "text": "Aside."}}}),
    )  # fmt: skip

    assert len([1 for _, attrs in page.tags if attrs.get("class") == "lane"]) == 2
    assert "$ make" in page.said("bad")
    assert "no rule" in page.said("command")
    assert "Aside." in page.said("agent")


def test_nothing_secret_is_on_the_page() -> None:
    """
    A secret is masked, also where an unfinished message told it in pieces.
    """
    secret = "hunter2-hunter2"
    source, page = page_of(
        server("item/started", item={"id": "i1", "type": "agentMessage", "text": ""}),
        *(
            server("item/agentMessage/delta", itemId="i1", delta=piece)
            for piece in ("it is hunter2", "-hunter2, they say")
        ),
        item(id="i2", type="commandExecution", command=f"login {secret}", aggregatedOutput=secret),
    )

    assert secret not in source
    assert "-hunter2" not in source
    assert "they say" in page.said("agent")
    assert "2 pieces of texts not shown" in page.said("wire")


def test_a_page_is_bounded() -> None:
    """
    Long texts, long stories and long wires are cut, and the page says so.
    """
    texts = [
        item(id=f"i{n}", type="agentMessage", text=f"{n} " + "long " * TEXT) for n in range(60)
    ]
    short = [server("thread/name/updated", name="x") for _ in range(WIRE)]

    source, page = page_of(*texts, *short)

    assert "characters left out" in page.said("agent")
    assert f"after {STORY:,} characters" in page.said("cut")
    assert "60 in the middle left out" in page.said("wire")
    assert len(source) < STORY + TEXT + WIRE * (LINE + 200) + 20_000
