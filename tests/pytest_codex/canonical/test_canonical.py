"""
Canonical form: accidents of a recording leave no trace in the cassette.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fake_server.transcript import Transcript
from pytest_codex.canonical import canonical
from pytest_codex.recording.tape import Entry

from .scramble import scramble

ROOT = Path(__file__).parents[3]
CASSETTES = sorted(
    path
    for top in ("cassettes", "docs/examples")
    for path in (ROOT / top).rglob("*.codex.jsonl")
    if "conformance" not in path.parts  # their client writes ahead and breaks rules on purpose
)
THREAD = "01a1fcaf-e9fe-7bd1-a115-33dd5d0f514{}"
TURN = "01a1fcaf-ea17-7971-b0ab-104aa3f4bc6{}"


class Tape:
    """
    Writes entries as a recorder would.
    """

    def __init__(self, *, main: bool = False) -> None:
        self.entries: list[Entry] = []
        self._main = main
        self.ask(0, "initialize", {"clientInfo": {"name": "t", "version": "1"}})
        self.answer(0, {"userAgent": "t/0.163.0 (Debian 12.0.0; x86_64) xterm (t; 1)"})

    def ask(self, id_: Any, method: str, params: Any) -> Tape:
        """
        A client request.
        """
        body = {"id": id_, "method": method, "params": params}
        self.entries.append(Entry(1, "client", body, self._main))
        return self

    def answer(self, id_: Any, result: Any) -> Tape:
        """
        A server's answer.
        """
        self.entries.append(Entry(1, "server", {"id": id_, "result": result}))
        return self

    def tell(self, method: str, **params: Any) -> Tape:
        """
        A notification.
        """
        self.entries.append(Entry(1, "server", {"method": method, "params": params}))
        return self

    def thread(self, name: int) -> Tape:
        """
        An answered ``thread/start``.
        """
        self.ask(f"t{name}", "thread/start", {})
        return self.answer(f"t{name}", {"thread": {"id": THREAD.format(name)}})

    def told(self) -> list[dict[str, Any]]:
        """
        The canonical messages after the handshake.
        """
        events = canonical(self.entries).events
        return [event.body for event in events[2:]]


def names(messages: list[dict[str, Any]]) -> list[str]:
    """
    Messages in short.
    """
    return [m.get("method", "result") for m in messages]


def test_what_a_recording_says_of_itself_is_in_the_header() -> None:
    """
    Version, platform and client come from the handshake; machine facts do not.
    """
    transcript = canonical(Tape().entries, {"note": "x"})

    assert transcript.header == {
        "codex": "0.163.0",
        "client": "t/1",
        "platform": None,
        "note": "x",
    }
    assert transcript.events[1].body["result"]["userAgent"] == "t/0.163.0 (os) terminal (t; 1)"


def test_ids_tell_where_they_were_born() -> None:
    """
    The first thing of the first turn of the first thread says so.
    """
    tape = Tape().thread(1)
    tape.ask("u", "turn/start", {"threadId": THREAD.format(1), "input": []})
    tape.answer("u", {"turn": {"id": TURN.format(1)}})
    item = {"type": "userMessage", "id": "01a1fcaf-ea3b-7023-b878-cc1e56951599"}
    tape.tell(
        "item/started", threadId=THREAD.format(1), turnId=TURN.format(1), item=item, startedAtMs=17
    )

    told = tape.told()[-1]["params"]

    assert told == {
        "threadId": "00000001-0000-7000-8000-000000000000",
        "turnId": "00000001-0001-7000-8000-000000000000",
        "item": {"type": "userMessage", "id": "00000001-0001-7000-8000-000000000001"},
        "startedAtMs": 1_700_000_000_000,
    }


def test_request_ids_are_counted_whatever_the_client_chose() -> None:
    """
    UUIDs, numbers and strings all become 1, 2, 3.
    """
    told = Tape().thread(1).told()

    assert [message["id"] for message in told] == [2, 2]


def test_a_request_comes_just_before_its_first_consequence() -> None:
    """
    ``thread/started`` may arrive before or after the next request was sent: no difference.
    """
    late, early = Tape().thread(1), Tape().thread(1)
    started = {"thread": {"id": THREAD.format(1)}}
    turn = {"threadId": THREAD.format(1), "input": []}
    late.tell("thread/started", **started).ask("u", "turn/start", turn)
    early.ask("u", "turn/start", turn).tell("thread/started", **started)
    for tape in (late, early):
        tape.tell("warning", threadId=THREAD.format(1), message="m")
        tape.answer("u", {"turn": {"id": TURN.format(1)}})

    assert late.told() == early.told()
    assert names(early.told()) == [
        "thread/start",
        "result",
        "thread/started",
        "turn/start",
        "warning",
        "result",
    ]


def two_threads(*, swapped: bool, main: bool) -> Tape:
    """
    Two equal threads whose tasks tell them apart, started in either order.
    """
    tape = Tape(main=main)
    one, other = (2, 1) if swapped else (1, 2)
    tape.thread(one).thread(other)
    for number in (other, one):
        params = {"threadId": THREAD.format(number), "input": [{"text": f"task {number}"}]}
        tape.ask(f"u{number}", "turn/start", params)
        tape.answer(f"u{number}", {"turn": {"id": TURN.format(number)}})
    return tape


def test_racing_threads_are_told_in_the_order_of_what_they_say() -> None:
    """
    Whoever came first, the file is the same.
    """
    one = canonical(two_threads(swapped=False, main=False).entries).dumps()
    other = canonical(two_threads(swapped=True, main=False).entries).dumps()

    assert one == other
    assert one.index("task 1") < one.index("task 2")


def test_a_sequential_program_is_told_in_its_own_order() -> None:
    """
    Where the main thread sent everything, nothing raced, and the story is kept.
    """
    text = canonical(two_threads(swapped=False, main=True).entries).dumps()

    assert text.index("task 2") < text.index("task 1")


@pytest.mark.parametrize(
    "made", [{"receiverThreadIds": [THREAD.format(2)]}, {"agentThreadId": THREAD.format(2)}]
)
def test_a_sub_agents_life_is_told_where_it_was_made(made: dict[str, Any]) -> None:
    """
    It follows the item that made it, however late its messages came.
    """
    parent, child = {"threadId": THREAD.format(1)}, {"threadId": THREAD.format(2)}
    tape = Tape().thread(1).tell("item/completed", item=made, **parent)
    tape.tell("turn/completed", turn={"id": TURN.format(1)}, **parent)
    tape.tell("item/started", item={"type": "agentMessage"}, **child)

    assert names(tape.told())[2:] == ["item/completed", "item/started", "turn/completed"]


def test_output_is_told_once_and_whole() -> None:
    """
    However a command's output was cut, and whether its beginning was lost.
    """
    command = {"type": "commandExecution", "id": "c1", "aggregatedOutput": "one\ntwo\n"}
    where = {"threadId": THREAD.format(1), "turnId": TURN.format(1)}
    told = []
    for cuts in (["one\n", "two\n"], ["two\n"], []):
        tape = Tape().thread(1)
        for delta in cuts:
            tape.tell("item/commandExecution/outputDelta", itemId="c1", delta=delta, **where)
        tape.tell("item/completed", item=command, **where)
        told.append(tape.told())

    assert told[0] == told[1] == told[2]
    assert told[0][-2]["params"]["delta"] == "one\ntwo\n"


def test_a_process_output_is_joined_between_the_clients_messages() -> None:
    """
    ``command/exec`` may be cut anywhere; what the client wrote stays where it was.
    """
    told = []
    for cuts in (["aGVs", "bG8="], ["aGVsbG8="]):
        tape = Tape().ask("e", "command/exec", {"processId": "p"})
        for data in cuts:
            tape.tell(
                "command/exec/outputDelta", processId="p", stream="stdout", deltaBase64=data,
                capReached=False,
            )  # fmt: skip
        told.append(tape.answer("e", {"exitCode": 0}).told())

    assert told[0] == told[1]
    assert told[0][1]["params"]["deltaBase64"] == "aGVsbG8="


def two_commands(*, seen_early: bool, status: str = "completed") -> Tape:
    """
    Two threads run a command each; the second's file may be seen at the end of the first's.
    """
    tape = Tape()
    for number in (1, 2):
        where = {"threadId": THREAD.format(number), "turnId": TURN.format(number)}
        tape.thread(number).ask(f"u{number}", "turn/start", {**where, "input": [{"n": number}]})
        tape.answer(f"u{number}", {"turn": {"id": TURN.format(number)}})
        tape.tell("turn/started", turn={"id": TURN.format(number)}, **where)
        tape.tell("item/started", item={"type": "userMessage", "id": "m"}, **where)
    late = {"write": {"two.txt": {"text": "2"}}}
    for number, name in ((1, "one.txt"), (2, "two.txt")):
        first = {"write": {"one.txt": {"text": "1"}}}
        if seen_early:
            first["write"].update(late["write"])
        effect = first if number == 1 else late
        if number == 1 or not seen_early:
            tape.entries.append(Entry(1, "workspace", effect))
        item = {
            "type": "commandExecution",
            "id": f"c{number}",
            "command": f"touch {name}",
            "status": status,
        }
        where = {"threadId": THREAD.format(number), "turnId": TURN.format(number)}
        tape.tell("item/completed", item=item, **where)
    return tape


def test_a_change_belongs_to_the_command_that_names_the_file() -> None:
    """
    It does not matter at the end of which thread's command the recorder saw it.
    """
    early = canonical(two_commands(seen_early=True).entries)

    assert early.dumps() == canonical(two_commands(seen_early=False).entries).dumps()
    effects = [event.body for event in early.events if event.kind == "workspace"]
    assert [list(effect["write"]) for effect in effects] == [["one.txt"], ["two.txt"]]


def test_a_change_seen_when_another_thread_only_talked_is_handed_over() -> None:
    """
    There may be one command only: what it did may be seen at the end of a message elsewhere.
    """
    tape = two_commands(seen_early=True)
    message = {"type": "agentMessage", "id": "a", "text": "Nothing to do."}
    tape.entries[-2].body["params"]["item"] = message
    del tape.entries[-3].body["write"]["one.txt"]

    told = canonical(tape.entries).events

    effect = next(i for i, event in enumerate(told) if event.kind == "workspace")
    assert told[effect + 1].body["params"]["item"]["command"] == "touch two.txt"


def looked_at_and_edited(*, seen_early: bool, status: str = "completed") -> list[list[str]]:
    """
    A command of one thread prints the file that an edit of another changes; the files changed
    at the end of each.
    """
    tape = two_commands(seen_early=seen_early)
    ends = [e for e in tape.entries if e.body.get("method") == "item/completed"]
    ends[0].body["params"]["item"]["command"] = "touch one.txt; cat two.txt"
    ends[1].body["params"]["item"] = {
        "type": "fileChange",
        "id": "f2",
        "changes": [{"path": "{workspace}/two.txt", "kind": {"type": "add"}, "diff": "2"}],
        "status": status,
    }
    told = canonical(tape.entries).events
    return [sorted(event.body["write"]) for event in told if event.kind == "workspace"]


def test_an_edit_wins_over_a_command_that_merely_names_the_file() -> None:
    """
    What another thread edits is not changed by a command that looks at it.
    """
    assert looked_at_and_edited(seen_early=False) == [["one.txt"], ["two.txt"]]
    assert looked_at_and_edited(seen_early=True) == [["one.txt"], ["two.txt"]]


def test_an_edit_that_failed_wins_over_nobody() -> None:
    """
    A patch that could not be applied changed nothing, so the command did.
    """
    told = looked_at_and_edited(seen_early=True, status="failed")

    assert told == [["one.txt", "two.txt"]]


def test_a_declined_command_changed_nothing() -> None:
    """
    Whatever it would have done, it is nobody's owner: the change stays where it was seen.
    """
    transcript = canonical(two_commands(seen_early=True, status="declined").entries)

    effects = [event.body for event in transcript.events if event.kind == "workspace"]
    assert [list(effect["write"]) for effect in effects] == [["one.txt", "two.txt"]]


def test_what_a_client_wrote_ahead_is_no_part_of_the_handshake() -> None:
    """
    Requests sent before the answer to ``initialize`` are told in the client's order.
    """
    told = []
    for answers in ("ab", "ba"):
        tape = Tape()
        initialized = tape.entries.pop()
        tape.ask("a", "model/list", {}).ask("b", "account/read", {})
        tape.entries.append(initialized)
        for answer in answers:
            tape.answer(answer, {"of": answer})
        told.append(canonical(tape.entries).dumps())

    assert told[0] == told[1]
    assert told[0].index("initialize") < told[0].index("userAgent") < told[0].index("model/list")


def test_settings_a_turn_changes_are_told_before_its_result() -> None:
    """
    They race with the result, whichever comes first.
    """
    where = {"threadId": THREAD.format(1)}
    told = []
    for before in (True, False):
        tape = Tape().thread(1).ask("u", "turn/start", {**where, "input": []})
        if before:
            tape.tell("thread/settings/updated", threadSettings={}, **where)
        tape.answer("u", {"turn": {"id": TURN.format(1)}})
        tape.tell("thread/status/changed", status={"type": "active", "activeFlags": []}, **where)
        if not before:
            tape.tell("thread/settings/updated", threadSettings={}, **where)
        told.append(tape.told())

    assert told[0] == told[1]
    assert names(told[0])[2:5] == ["turn/start", "thread/settings/updated", "result"]


def test_a_status_that_did_not_change_is_told_once() -> None:
    """
    How often the server repeats itself is a race.
    """
    where = {"threadId": THREAD.format(1)}
    told = []
    for times in (1, 2):
        tape = Tape().thread(1).ask("a", "thread/archive", where)
        for _ in range(times):
            tape.tell("thread/status/changed", status={"type": "notLoaded"}, **where)
        tape.answer("a", {}).tell("thread/status/changed", status={"type": "idle"}, **where)
        told.append(tape.told())

    assert told[0] == told[1]
    assert names(told[0])[-2:] == ["result", "thread/status/changed"]


def test_a_turn_begins_after_its_result() -> None:
    """
    A turn that overtook the answer to its request is told as if it had not.
    """
    where = {"threadId": THREAD.format(1)}
    turn = {"turn": {"id": TURN.format(1)}}
    told = []
    for early in (True, False):
        tape = Tape().thread(1).ask("u", "turn/start", {**where, "input": []})
        if not early:
            tape.answer("u", turn)
        tape.tell("thread/status/changed", status={"type": "active", "activeFlags": []}, **where)
        tape.tell("turn/started", **turn, **where)
        if early:
            tape.answer("u", turn)
        told.append(tape.told())

    assert told[0] == told[1]
    assert names(told[0])[2:] == ["turn/start", "result", "thread/status/changed", "turn/started"]


def test_a_thread_has_started_before_its_turn() -> None:
    """
    A start that is told after the answer to a quick client's turn is told as if it had not been.
    """
    where = {"threadId": THREAD.format(1)}
    thread = {"thread": {"id": THREAD.format(1)}}
    told = []
    for late in (True, False):
        tape = Tape().ask("t", "thread/start", {}).answer("t", thread)
        tape.tell("warning", message="careful", **where)
        if not late:
            tape.tell("thread/started", **thread)
        tape.ask("u", "turn/start", {**where, "input": []})
        tape.answer("u", {"turn": {"id": TURN.format(1)}})
        if late:
            tape.tell("thread/started", **thread)
        told.append(tape.told())

    assert told[0] == told[1]
    begun = ["thread/start", "result", "warning", "thread/started", "turn/start", "result"]
    assert names(told[0]) == begun


@pytest.mark.parametrize("method", ["turn/start", "turn/steer"])
def test_a_turn_that_is_changed_confirms_it_at_once(method: str) -> None:
    """
    The answer to steering, or to joining, comes before what the turn says meanwhile.
    """
    where = {"threadId": THREAD.format(1)}
    turn = {"turn": {"id": TURN.format(1)}}
    told = []
    for late in (True, False):
        tape = Tape().thread(1).ask("u", "turn/start", where).answer("u", turn)
        tape.tell("turn/started", **turn, **where).ask("v", method, where)
        if not late:
            tape.answer("v", turn)
        tape.tell("account/rateLimits/updated", rateLimits={})
        if late:
            tape.answer("v", turn)
        told.append(tape.told())

    assert told[0] == told[1]
    assert names(told[0])[4:] == ["turn/started", method, "result", "account/rateLimits/updated"]


def test_what_is_written_to_a_process_is_confirmed_before_its_output() -> None:
    """
    The result of a write races the output it provokes.
    """
    told = []
    for confirmed_first in (True, False):
        tape = Tape().ask("e", "command/exec", {"processId": "p"})
        tape.ask("w", "command/exec/write", {"processId": "p", "deltaBase64": "YQ=="})
        if confirmed_first:
            tape.answer("w", {})
        tape.tell(
            "command/exec/outputDelta", processId="p", stream="stdout", deltaBase64="YQ==",
            capReached=False,
        )  # fmt: skip
        if not confirmed_first:
            tape.answer("w", {})
        told.append(tape.answer("e", {"exitCode": 0}).told())

    assert told[0] == told[1]
    assert names(told[0]) == [
        "command/exec",
        "command/exec/write",
        "result",
        "command/exec/outputDelta",
        "result",
    ]


def test_a_thread_waits_just_before_it_asks_and_runs_just_after_the_answer() -> None:
    """
    Status changes around an approval race with everything else.
    """
    thread = {"threadId": THREAD.format(1)}
    waiting = {"type": "active", "activeFlags": ["waitingOnApproval"]}
    tape = Tape().thread(1)
    tape.tell("thread/status/changed", status=waiting, **thread)
    tape.tell("item/started", item={"id": "c1"}, **thread)
    ask = {"id": 7, "method": "item/commandExecution/requestApproval", "params": thread}
    tape.entries.append(Entry(1, "server", ask))
    tape.entries.append(Entry(1, "client", {"id": 7, "result": {"decision": "accept"}}))
    tape.tell("serverRequest/resolved", requestId=7, **thread)
    tape.tell("item/completed", item={"id": "c1"}, **thread)
    tape.tell("thread/status/changed", status={"type": "active", "activeFlags": []}, **thread)

    told = tape.told()[2:]

    assert names(told) == [
        "item/started",
        "thread/status/changed",
        "item/commandExecution/requestApproval",
        "result",
        "serverRequest/resolved",
        "thread/status/changed",
        "item/completed",
    ]
    assert [told[2]["id"], told[3]["id"], told[4]["params"]["requestId"]] == [0, 0, 0]


def test_usage_told_while_a_command_runs_is_told_after_it() -> None:
    """
    Under load the cost of the model call comes before its command has ended; usually after.
    """
    told = []
    for early in (False, True):
        tape = Tape().thread(1)
        place = {"threadId": THREAD.format(1), "turnId": TURN.format(1)}
        command = {"type": "commandExecution", "id": "call_1", "command": "make"}
        tape.tell("item/started", **place, item=command)
        end = ("item/completed", {"item": {**command, "status": "completed"}})
        cost: list[tuple[str, dict[str, Any]]] = [
            ("thread/tokenUsage/updated", {"tokenUsage": {}}),
            ("turn/diff/updated", {}),
        ]
        for method, params in [*cost, end] if early else [end, *cost]:
            tape.tell(method, **place, **params)
        tape.tell("item/started", **place, item={"type": "agentMessage", "id": "msg_1"})
        told.append(tape.told())

    assert told[0] == told[1]
    assert names(told[1])[-4:-1] == [
        "item/completed",
        "thread/tokenUsage/updated",
        "turn/diff/updated",
    ]


def test_usage_is_told_before_a_background_command_ends() -> None:
    """
    A command that runs on behind the next answer does not hold back what the first one cost.
    """
    tape = Tape().thread(1)
    place = {"threadId": THREAD.format(1), "turnId": TURN.format(1)}
    command = {"type": "commandExecution", "id": "call_1", "command": "sleep 9"}
    tape.tell("item/started", **place, item=command)
    tape.tell("thread/tokenUsage/updated", **place, tokenUsage={})
    tape.tell("item/started", **place, item={"type": "agentMessage", "id": "msg_1"})
    tape.tell("item/completed", **place, item={**command, "status": "completed"})

    assert names(tape.told())[-4:] == [
        "item/started",
        "thread/tokenUsage/updated",
        "item/started",
        "item/completed",
    ]


def broken_off(how: str, cost: str, status: str = "interrupted") -> list[dict[str, Any]]:
    """
    A turn that the client ends at an open question, and what its call cost: before, after, never.
    """
    tape = Tape().thread(1)
    place = {"threadId": THREAD.format(1), "turnId": TURN.format(1)}
    question = {"id": 0, "method": "item/commandExecution/requestApproval", "params": place}
    tape.entries.append(Entry(1, "server", question))
    if cost == "before":
        tape.tell("thread/tokenUsage/updated", **place).tell("account/rateLimits/updated")
    if how == "interrupt":
        tape.ask(9, "turn/interrupt", place).answer(9, {})
    else:
        tape.entries.append(Entry(1, "client", {"id": 0, "result": {"decision": how}}))
    if cost == "after":
        tape.tell("thread/tokenUsage/updated", **place)
    if cost in ("after", "limits"):
        tape.tell("account/rateLimits/updated")
    turn = {"id": TURN.format(1), "status": status}
    tape.tell("turn/completed", threadId=THREAD.format(1), turn=turn)
    return tape.told()


@pytest.mark.parametrize("how", ["interrupt", "cancel"])
def test_usage_told_after_a_turn_was_broken_off_is_chance(how: str) -> None:
    """
    The server tells it then or not; what it had told before stays.
    """
    assert broken_off(how, "after") == broken_off(how, "never")
    assert broken_off(how, "limits") == broken_off(how, "never")
    assert "thread/tokenUsage/updated" in names(broken_off(how, "before"))


def test_limits_of_another_turn_are_no_chance() -> None:
    """
    They name no turn: whose they are is told by the usage before them, however late they follow.
    """
    tape = Tape().thread(1)
    place = {"threadId": THREAD.format(1), "turnId": TURN.format(1)}
    other = {"threadId": THREAD.format(2), "turnId": TURN.format(2)}
    tape.tell("thread/tokenUsage/updated", **other)
    tape.ask(9, "turn/interrupt", place).answer(9, {})
    tape.tell("account/rateLimits/updated", rateLimits={"of": "the other"})
    tape.tell("account/rateLimits/updated", rateLimits={"of": "the interrupted"})
    turn = {"id": TURN.format(1), "status": "interrupted"}
    tape.tell("turn/completed", threadId=THREAD.format(1), turn=turn)
    tape.tell("account/rateLimits/updated", rateLimits={"of": "neither"})

    limits = [one["params"]["rateLimits"]["of"] for one in tape.told() if "rateLimits" in str(one)]

    assert sorted(limits) == ["neither", "the other"]


@pytest.mark.parametrize(("how", "status"), [("decline", "completed"), ("cancel", "failed")])
def test_usage_of_turns_that_were_not_broken_off_stays(how: str, status: str) -> None:
    """
    Only an interrupted turn's is chance.
    """
    told = names(broken_off(how, "after", status))

    assert told[-3:-1] == ["thread/tokenUsage/updated", "account/rateLimits/updated"]


def test_changes_seen_at_usage_that_is_left_out_are_told_with_what_follows() -> None:
    """
    What changed on disk is no chance.
    """
    tape = Tape().thread(1)
    place = {"threadId": THREAD.format(1), "turnId": TURN.format(1)}
    tape.ask(9, "turn/interrupt", place).answer(9, {})
    tape.entries.append(Entry(1, "workspace", {"delete": ["a"]}))
    tape.tell("thread/tokenUsage/updated", **place)
    turn = {"id": TURN.format(1), "status": "interrupted"}
    tape.tell("turn/completed", threadId=THREAD.format(1), turn=turn)

    assert tape.told()[-2] == {"delete": ["a"]}
    assert names(tape.told()) == [
        *("thread/start", "result", "turn/interrupt", "result", "result", "turn/completed"),
    ]


def test_changes_seen_at_the_very_last_message_stay_when_it_is_left_out() -> None:
    """
    They are told at the end of the connection, with what changed after it.
    """
    tape = Tape().thread(1)
    place = {"threadId": THREAD.format(1), "turnId": TURN.format(1)}
    tape.ask(9, "turn/interrupt", place).answer(9, {})
    turn = {"id": TURN.format(1), "status": "interrupted"}
    tape.tell("turn/completed", threadId=THREAD.format(1), turn=turn)
    tape.entries.append(Entry(1, "workspace", {"delete": ["a"]}))
    tape.tell("thread/tokenUsage/updated", **place)
    tape.entries.append(Entry(1, "workspace", {"delete": ["b"]}))

    assert [{"delete": ["a"]}, {"delete": ["b"]}] == tape.told()[-2:]


def test_rate_limits_cut_no_text() -> None:
    """
    The recorder holds back half a word; the rate limits of a broken-off answer pass it.
    """
    told = []
    for passed in (False, True):
        tape = Tape().thread(1)
        place = {"threadId": THREAD.format(1), "turnId": TURN.format(1), "itemId": "msg_1"}
        tape.tell("item/started", **place, item={"type": "agentMessage", "id": "msg_1"})
        said = ("item/agentMessage/delta", {**place, "delta": "hel"})
        cost: tuple[str, dict[str, Any]] = ("account/rateLimits/updated", {"rateLimits": {}})
        for method, params in [cost, said] if passed else [said, cost]:
            tape.tell(method, **params)
        told.append(tape.told())

    assert told[0] == told[1]
    assert names(told[1])[-2:] == ["item/agentMessage/delta", "account/rateLimits/updated"]


def test_users_own_data_keeps_its_numbers() -> None:
    """
    A ``createdAt`` in a tool's arguments is not Codex's.
    """
    item = {"type": "mcpToolCall", "id": "c", "arguments": {"createdAt": 5}, "durationMs": 9}
    tape = Tape().thread(1).tell("item/completed", threadId=THREAD.format(1), item=item)

    told = tape.told()[-1]["params"]["item"]

    assert told["arguments"] == {"createdAt": 5}
    assert told["durationMs"] == 0


def test_a_tape_can_be_made_canonical_twice() -> None:
    """
    The steps change copies, never the tape.
    """
    entries = two_threads(swapped=False, main=False).entries
    before = json.dumps([entry.body for entry in entries])

    assert canonical(entries).dumps() == canonical(entries).dumps()
    assert json.dumps([entry.body for entry in entries]) == before


@pytest.mark.skipif(not CASSETTES, reason="make record has not been run")
@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.name.partition(".")[0])
def test_no_accident_changes_a_committed_cassette(path: Path) -> None:
    """
    Any interleaving, any ids and any times give back the very bytes that are committed.
    """
    transcript = Transcript.load(path)
    text = path.read_text(encoding="utf-8")
    header = {k: v for k, v in transcript.header.items() if k not in ("codex_cassette", "sha256")}
    main = canonical(scramble(transcript, 0, main=True), header).dumps() == text

    for seed in range(1, 4):
        assert canonical(scramble(transcript, seed, main=main), header).dumps() == text


def test_remarks_on_this_machine_are_left_out() -> None:
    """
    Whether bubblewrap is on the PATH must not show in a cassette; other warnings must.
    """
    tape = Tape().tell("configWarning", summary="Codex could not find bubblewrap on PATH.")
    tape.tell("configWarning", summary="unknown key")

    assert [m["params"]["summary"] for m in tape.told()] == ["unknown key"]
