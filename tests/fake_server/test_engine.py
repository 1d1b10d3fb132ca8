"""
The replay engine: gates, lanes, late binding, reads, answers, problems.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_server import mismatch
from fake_server.redaction import Redactor

from .playbook import AGENT, Client, Script, engine_of, methods, thread_id, turn_id

APPROVAL = "item/commandExecution/requestApproval"


def session(*texts: str) -> Script:
    """
    One thread with a turn for each text.
    """
    script = Script().hello().thread(1)
    for number, text in enumerate(texts, 1):
        script.turn(1, text, f"reply to {text}", number)
    return script


def approval(decision: str = "accept") -> Script:
    """
    A turn that asks for an approval and gets it answered.
    """
    script = Script().hello().thread(1).begin(1, "go")
    script.server({"id": 0, "method": APPROVAL, "params": {"threadId": thread_id(1)}})
    script.client({"id": 0, "result": {"decision": decision}})
    script.tell("serverRequest/resolved", threadId=thread_id(1), requestId=0)
    return script.end(1, "done")


def test_a_session_is_played_under_the_ids_of_the_live_client() -> None:
    """
    Responses carry the live ids, everything else is as recorded, nothing is left.
    """
    engine = engine_of(session("hi").transcript())
    client = Client(engine)

    first = client.ask("initialize", {"clientInfo": {"name": "t", "version": "9"}})
    thread = client.hello().thread() if not first else client.thread()
    replies = client.turn(thread, "hi")

    assert first[0] == {"id": "live-101", "result": {**AGENT, "codexHome": "/live/codex-home"}}
    assert methods(replies) == ["result", "turn/started", "item/completed", "turn/completed"]
    assert not engine.problems
    assert not engine.leftovers()
    assert engine.played == engine.total == 3


def test_nothing_of_a_turn_is_sent_before_its_request() -> None:
    """
    A lane stops at the gate until the live client has sent its counterpart.
    """
    client = Client(engine_of(session("one", "two").transcript())).hello()

    thread = client.thread()
    replies = client.turn(thread, "one")

    assert methods(replies)[-1] == "turn/completed"
    assert client.connection.owes() is None


def test_threads_may_interleave_in_another_order_than_recorded() -> None:
    """
    Between lanes nothing blocks.
    """
    script = Script().hello().thread(1, model="a").thread(2, model="b")
    script.turn(1, "for a", "A").turn(2, "for b", "B")
    engine = engine_of(script.transcript())
    client = Client(engine).hello()

    b = client.thread(model="b")
    assert methods(client.turn(b, "for b"))[-1] == "turn/completed"
    a = client.thread(model="a")
    assert methods(client.turn(a, "for a"))[-1] == "turn/completed"

    assert not engine.problems
    assert not engine.leftovers()


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_equal_threads_are_told_apart_by_their_first_telling_request(
    order: tuple[int, int, int],
) -> None:
    """
    Which recorded thread a live one is shows late; every client gets its own thread's story.
    """
    script = Script().hello().thread(1).thread(2).thread(3)
    for number in (1, 2, 3):
        script.turn(number, f"task {number}", f"answer {number}")
    engine = engine_of(script.transcript())
    client = Client(engine).hello()
    threads = [client.thread() for _ in order]

    for thread, number in zip(threads, order, strict=True):
        replies = client.turn(thread, f"task {number}")
        told = [m["params"]["item"]["text"] for m in replies if m.get("method") == "item/completed"]
        assert told == [f"answer {number}"]
        assert {m["params"]["threadId"] for m in replies if "params" in m} == {thread}

    assert not engine.problems
    assert not engine.leftovers()


def test_a_thread_is_told_apart_before_its_twins_have_begun() -> None:
    """
    A lane that nobody opened yet can be the twin, too.
    """
    script = Script().hello().thread(1).thread(2).turn(1, "a", "A").turn(2, "b", "B")
    engine = engine_of(script.transcript())
    client = Client(engine).hello()

    first = client.thread()
    assert client.turn(first, "b")[2]["params"]["item"]["text"] == "B"
    second = client.thread()
    assert second != first
    assert client.turn(second, "a")[2]["params"]["item"]["text"] == "A"

    assert not engine.problems
    assert not engine.leftovers()


def test_reads_are_answered_at_once_and_the_last_answer_is_reused() -> None:
    """
    The k-th use gets the k-th recording; polling once more does not hang or fail.
    """
    script = session("hi").ask("thread/read", {"threadId": thread_id(1)}, result={"n": 1})
    script.ask("thread/read", {"threadId": thread_id(1)}, result={"n": 2})
    engine = engine_of(script.transcript())
    client = Client(engine).hello()
    thread = client.thread()

    answers = [client.ask("thread/read", {"threadId": thread})[0]["result"] for _ in range(3)]
    client.turn(thread, "hi")

    assert answers == [{"n": 1}, {"n": 2}, {"n": 2}]
    assert not engine.problems
    assert not engine.leftovers()


def test_a_different_request_is_an_error_that_says_what_differs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    The client gets a JSON-RPC error and the problem has the design's layout.
    """
    monkeypatch.setattr(mismatch, "_installed", lambda: "")
    engine = engine_of(session("Edit the file.").transcript(), rerecord="pytest --again x")
    client = Client(engine).hello()

    replies = client.turn(client.thread(), "edit the file")

    assert methods(replies) == ["error"]
    assert replies[0]["error"]["code"] == -32600
    line = next(e.line for e in engine.transcript.events if e.body.get("method") == "turn/start")
    assert engine.problems[0].text().splitlines() == [
        "turn/start #1 matches no interaction: params.input[0].text differs",
        '  received  "edit the file"',
        f'  recorded  "Edit the file."            line {line} of cassettes/test.codex.jsonl',
        "  cassette  3 requests, 2 played       mode none, matched on method, params",
        "How to fix:",
        "    * changed on purpose   pytest --again x",
        '    * changes every run    @pytest.mark.codex(ignore=["params.input[0].text"])',
    ]


@pytest.mark.parametrize("method", ["turn/start", "turn/steer", "turn/interrupt"])
def test_a_turn_that_is_over_sooner_than_recorded_is_named_as_the_likely_cause(
    method: str,
) -> None:
    """
    What clients do only while the agent is busy, or not, meets an agent that never is.
    """
    engine = engine_of(session("one").transcript())
    client = Client(engine).hello()
    thread = client.thread()
    told = "in a replay the model's `hold` holds nothing"

    client.ask(method, {"threadId": thread_id(7)})
    client.turn(thread, "one")
    client.ask("thread/archive", {"threadId": thread})
    client.ask(method, {"threadId": thread, "input": []})

    before, other, after = (problem.text() for problem in engine.problems)
    assert "no such request is left to play" in after
    assert told in after
    assert told not in before
    assert told not in other


def test_a_turn_under_way_is_not_called_over() -> None:
    """
    While a turn waits for the client its end explains nothing.
    """
    engine = engine_of(approval().transcript())
    client = Client(engine).hello()
    thread = client.thread()
    client.turn(thread, "go")

    client.turn(thread, "again")

    assert "no such request is left to play" in engine.problems[0].text()
    assert "hold" not in engine.problems[0].text()


@pytest.mark.parametrize(
    ("received", "recorded", "proposed"),
    [
        (f"Mend it, it failed after 2 s: {'x' * 40}", f"Mend it, it failed: {'x' * 40}", True),
        (f"Mend it, it failed: {'x' * 40}", f"Another text altogether: {'x' * 40}", False),
        ("Mend it, it failed: a", "Mend it, it failed: b", False),
    ],
)
def test_long_texts_that_begin_alike_need_not_be_ignored(
    received: str, recorded: str, proposed: bool
) -> None:
    """
    Where only a part may have changed, taking out that part is proposed, too.
    """
    engine = engine_of(session(recorded).transcript())
    client = Client(engine).hello()

    client.turn(client.thread(), received)

    scrub = '    * part of it changes   @pytest.mark.codex(scrub=[(r"...", "...")])'
    assert (scrub in engine.problems[0].text().splitlines()) is proposed


def test_ignored_paths_and_relaxed_matching_are_played() -> None:
    """
    ``ignore`` leaves a field out, ``match_on=["method"]`` all of them.
    """
    for options in ({"ignore": ["params.input[*].text"]}, {"match_on": ["method"]}):
        engine = engine_of(session("recorded").transcript(), **options)
        client = Client(engine).hello()
        assert methods(client.turn(client.thread(), "live"))[-1] == "turn/completed"
        assert not engine.problems


def test_a_matcher_of_the_users_own_decides() -> None:
    """
    A named matcher is asked with both messages.
    """
    engine = engine_of(
        session("recorded").transcript(),
        match_on=["method", "shout"],
        matchers={"shout": lambda one, _: one["params"].get("input") is None},
    )
    client = Client(engine).hello()

    replies = client.turn(client.thread(), "recorded")

    assert methods(replies) == ["error"]
    assert "(matcher shout) differs" in engine.problems[0].text()


@pytest.mark.parametrize("method", ["no/such/method", "model/list", "thread/archive"])
def test_what_was_never_recorded_is_refused_not_ignored(method: str) -> None:
    """
    Silence would hang the client: nothing that wants an answer goes without one.
    """
    engine = engine_of(session("hi").transcript())
    client = Client(engine).hello()

    replies = client.ask(method, {"threadId": client.thread()})

    assert methods(replies) == ["error"]
    assert engine.problems[0].kind == "mismatch"


def test_the_recorded_answer_lets_the_turn_go_on() -> None:
    """
    Everything after an approval waits for its answer.
    """
    engine = engine_of(approval().transcript())
    client = Client(engine).hello()

    asked = client.turn(client.thread(), "go")
    assert methods(asked)[-1] == APPROVAL
    assert "has not answered" in (client.connection.owes() or "")
    after = client.send({"id": 0, "result": {"decision": "accept"}})

    assert methods(after) == ["serverRequest/resolved", "item/completed", "turn/completed"]
    assert not engine.problems
    assert not engine.leftovers()


def test_a_decline_that_became_an_accept_fails_and_ends_the_connection() -> None:
    """
    The recorded outcome belongs to the recorded answer.
    """
    engine = engine_of(approval("decline").transcript())
    client = Client(engine).hello()
    client.turn(client.thread(), "go")

    client.send({"id": 0, "result": {"decision": "accept"}})

    assert client.actions[-1][0] == "close"
    told = engine.problems[0].text()
    assert "result.decision differs" in told
    assert '"decline"' in told
    assert '"accept"' in told
    assert not client.ask("thread/start", {}), "a closed connection says nothing more"


def test_any_answer_will_do_when_the_test_says_so() -> None:
    """
    ``approvals="any"`` opts out of matching answers.
    """
    engine = engine_of(approval("decline").transcript(), approvals="any")
    client = Client(engine).hello()
    client.turn(client.thread(), "go")

    client.send({"id": 0, "result": {"decision": "accept"}})

    assert not engine.problems
    assert not engine.leftovers()


def test_a_forbidden_approval_fails_even_when_it_is_answered() -> None:
    """
    ``approvals="forbid"`` makes the asking itself the problem.
    """
    engine = engine_of(approval().transcript(), approvals="forbid")
    client = Client(engine).hello()
    client.turn(client.thread(), "go")

    assert [problem.reason for problem in engine.problems] == ["forbidden"]


def test_an_answer_nobody_asked_for_is_the_clients_fault() -> None:
    """
    The real server ignores it in silence; a test wants to know.
    """
    engine = engine_of(session("hi").transcript())
    client = Client(engine).hello()

    client.send({"id": 7, "result": {}})

    assert engine.problems[0].kind == "client"
    assert "asked no such thing" in engine.problems[0].text()


def test_a_recorded_answer_to_nothing_is_known_under_its_own_id() -> None:
    """
    The id of an answer nobody asked for has another name in the recording.
    """
    said = {"id": "00000000-0001-7000-8000-000000000001", "result": {"decision": "accept"}}
    script = Script().hello().thread(1).client(said)
    client = Client(engine_of(script.transcript())).hello()
    client.thread()

    client.send({**said, "id": "01a1fcaa-0000-7000-8000-000000000000"})
    assert not client.engine.problems

    client.send({**said, "result": {"decision": "decline"}})
    assert [p.reason for p in client.engine.problems] == ["not_asked"]


def test_a_line_too_deep_to_be_read_is_the_clients_fault() -> None:
    """
    What cannot be read is told as what is no JSON, and the connection goes on.
    """
    client = Client(engine_of(session("hi").transcript())).hello()

    client.connection.receive('{"a":' * 100_000 + "1" + "}" * 100_000)

    assert [problem.reason for problem in client.engine.problems] == ["not_json"]
    assert client.thread()


def test_a_line_that_is_not_json_is_the_clients_fault() -> None:
    """
    The real server drops it in silence; a test wants to know.
    """
    engine = engine_of(session("hi").transcript())

    Client(engine).hello().send("not json")

    assert engine.problems[0].reason == "not_json"


def test_leftovers_are_what_nobody_sent_in_file_order() -> None:
    """
    Requests, reads and answers count; notifications do not.
    """
    script = session("one", "two").ask("model/list", {}, result={"data": []})
    engine = engine_of(script.transcript())
    client = Client(engine).hello()
    client.turn(client.thread(), "one")

    told = [leftover.text() for leftover in engine.leftovers()]

    assert len(told) == 2
    assert told[0].startswith("turn/start")
    assert '"two"' in told[0]
    assert told[1].startswith("model/list")
    assert "of cassettes/test.codex.jsonl" in told[1]


def test_optional_requests_are_no_leftovers() -> None:
    """
    ``optional`` names methods that need not be sent.
    """
    script = session("one").ask("model/list", {}, result={"data": []})
    engine = engine_of(script.transcript(), optional=["model/list"])
    client = Client(engine).hello()
    client.turn(client.thread(), "one")

    assert not engine.leftovers()


def test_pipelined_requests_get_their_replies_in_the_recorded_order() -> None:
    """
    Two requests of a lane answered the other way round are so in replay.
    """
    script = Script().hello().thread(1)
    for number, text in ((3, "a"), (4, "b")):
        params = {"threadId": thread_id(1), "name": text}
        script.client({"id": number, "method": "thread/name/set", "params": params})
    script.server({"id": 4, "result": {"b": 1}}).server({"id": 3, "result": {"a": 1}})
    client = Client(engine_of(script.transcript())).hello()
    thread = client.thread()

    assert client.ask("thread/name/set", {"threadId": thread, "name": "a"}) == []
    assert "is not answered yet" in (client.connection.owes() or "")
    replies = client.ask("thread/name/set", {"threadId": thread, "name": "b"})

    assert [reply["result"] for reply in replies] == [{"b": 1}, {"a": 1}]


def test_equal_connections_are_told_apart_by_their_first_telling_request() -> None:
    """
    Two clients that start at once may come in any order.
    """
    first = Script(1).hello().ask("config/value/write", {"value": 1}, result={"one": 1})
    second = Script(2).hello().ask("config/value/write", {"value": 2}, result={"two": 2})
    engine = engine_of(first.transcript(second))
    one, two = Client(engine).hello(), Client(engine).hello()

    assert one.ask("config/value/write", {"value": 2})[0]["result"] == {"two": 2}
    assert two.ask("config/value/write", {"value": 1})[0]["result"] == {"one": 1}
    assert not engine.problems
    assert not engine.leftovers()


def test_a_connection_too_many_is_a_problem() -> None:
    """
    A session that starts more servers than recorded is told so.
    """
    engine = engine_of(session("hi").transcript())
    Client(engine).hello()

    extra = Client(engine)

    assert "all of them taken" in engine.problems[0].text()
    assert methods(extra.ask("initialize", {})) == ["error"]


def test_other_configuration_on_the_command_line_is_a_mismatch() -> None:
    """
    The spawned command is part of the session; how the server is addressed is not.
    """
    script = Script()
    script.events.insert(
        0, type(Script().hello().events[0])(1, "spawn", {"args": ["--config", "a=1"]})
    )
    transcript = script.hello().transcript()

    same = engine_of(transcript)
    Client(same, args=["-c", "a=1", "app-server"])
    other = engine_of(transcript)
    Client(other, args=["--config", "a=2", "app-server"])

    assert not same.problems
    assert "args[1] differs" in other.problems[0].text()


def test_a_sub_agents_thread_is_played_after_the_item_that_made_it() -> None:
    """
    No client message opens its lane, and its parent may be waiting for what it does.
    """
    script = Script().hello().thread(1).begin(1, "delegate")
    script.tell("item/completed", threadId=thread_id(1), turnId=turn_id(1), item={"id": "call_1"})
    script.tell("turn/started", threadId=thread_id(2), turn={"id": turn_id(2)})
    script.tell("turn/completed", threadId=thread_id(2), turn={"id": turn_id(2)})
    script.end(1, "done")
    client = Client(engine_of(script.transcript())).hello()
    thread = client.thread()

    told = client.turn(thread, "delegate")

    assert [m["params"]["threadId"] for m in told if m.get("method") == "turn/completed"] == [
        thread_id(2),
        thread_id(1),
    ]


def test_effects_come_immediately_before_their_message() -> None:
    """
    A change on disk is made before the client hears of it, below the live directory.
    """
    script = Script().hello().thread(1).begin(1, "write")
    script.effect(write={"a.txt": {"text": "in {workspace}\n"}}).end(1, "done")
    client = Client(engine_of(script.transcript())).hello()
    client.turn(client.thread(), "write")

    kinds = [kind if kind != "send" else json.loads(w).get("method") for kind, w in client.actions]
    at = kinds.index("apply")
    assert kinds[at + 1] == "item/completed"
    directory, effect = client.actions[at][1]
    assert directory == "/live/workspace"
    assert effect == {"write": {"a.txt": {"text": "in /live/workspace\n"}}}


def test_a_directory_the_client_chose_stands_for_the_recorded_one() -> None:
    """
    Working directories are learnt in order and filled in wherever they appear.
    """
    script = Script().hello().thread(1, cwd="{cwd1}")
    script.turn(1, "where?", "in {cwd1}/a")
    engine = engine_of(script.transcript())
    client = Client(engine).hello()

    thread = client.thread(cwd="/elsewhere/sub")
    replies = client.turn(thread, "where?")

    assert not engine.problems
    assert replies[2]["params"]["item"]["text"] == "in /elsewhere/sub/a"


def test_ids_the_client_chose_are_echoed() -> None:
    """
    A process id of the client's own is the live one in every notification.
    """
    recorded = "00000000-0001-7000-8000-000000000001"
    script = Script().hello()
    script.client({"id": 2, "method": "command/exec", "params": {"processId": recorded}})
    script.tell("command/exec/outputDelta", processId=recorded, deltaBase64="aGk=")
    script.server({"id": 2, "result": {"exitCode": 0}})
    engine = engine_of(script.transcript())
    client = Client(engine).hello()
    chosen = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"

    replies = client.ask("command/exec", {"processId": chosen})

    assert replies[0]["params"]["processId"] == chosen
    assert not engine.problems


def test_before_initialize_the_recorded_refusal_is_played() -> None:
    """
    Requests before the handshake are part of it, in their order.
    """
    script = Script()
    script.client({"id": 1, "method": "model/list"})
    script.server({"id": 1, "error": {"code": -32600, "message": "Not initialized"}})
    script._ids = 1
    client = Client(engine_of(script.hello().transcript()))

    assert client.ask("model/list")[0]["error"]["message"] == "Not initialized"
    assert methods(client.ask("initialize", {"clientInfo": {"name": "t"}})) == ["result"]


MOVES = st.lists(
    st.sampled_from(["hello", "thread", "a", "b", "accept", "decline", "read", "stray", "bad"]),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(MOVES)
def test_no_client_brings_the_engine_down_or_waits_unnoticed(moves: list[str]) -> None:
    """
    Any client gets an answer, a problem, or a reason why it waits; never an exception.
    """
    script = Script().hello().thread(1).thread(2).turn(1, "a", "A").begin(2, "b")
    script.server({"id": 0, "method": APPROVAL, "params": {"threadId": thread_id(2)}})
    script.client({"id": 0, "result": {"decision": "accept"}})
    script.end(2, "B").ask("model/list", {}, result={"data": []})
    engine = engine_of(script.transcript())
    client = Client(engine)
    threads: list[str] = []
    for move in moves:
        before = len(engine.problems)
        replies = []
        if move == "hello":
            replies = client.ask("initialize", {"clientInfo": {"name": "t"}})
        elif move == "thread":
            replies = client.ask("thread/start", {})
            threads += [m["result"]["thread"]["id"] for m in replies if "result" in m]
        elif move in ("a", "b"):
            replies = client.turn(threads[-1] if threads else thread_id(1), move)
        elif move in ("accept", "decline"):
            client.send({"id": 0, "result": {"decision": move}})
            continue
        elif move == "read":
            replies = client.ask("model/list", {})
        else:
            client.send({"id": 9, "result": {}} if move == "stray" else "{")
            continue
        closed = any(kind == "close" for kind, _ in client.actions)
        assert replies or closed or client.connection.owes()
        assert ("error" in methods(replies)) <= (len(engine.problems) > before)


def test_what_only_this_machine_takes_for_secret_still_matches() -> None:
    """
    A host name that is a word of the prompt is masked here and was not where it was recorded.
    """
    engine = engine_of(session("Ask the wonderbox.").transcript())
    engine.redactor = Redactor(hostname="wonderbox")
    client = Client(engine).hello()

    assert methods(client.turn(client.thread(), "Ask the wonderbox."))[-1] == "turn/completed"
    assert methods(client.turn(thread_id(1), "Ask the sandbox.")) == ["error"]


def test_a_stale_cassette_says_so_when_something_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Another Codex version than the recording's is named in the report, and only there.
    """
    monkeypatch.setattr(mismatch, "_installed", lambda: "0.170.0")
    transcript = session("recorded").transcript()
    transcript.header["codex"] = "0.163.0"
    engine = engine_of(transcript)
    client = Client(engine).hello()
    client.turn(client.thread(), "live")

    told = engine.problems[0].text()

    assert "  codex     recorded with 0.163.0, installed is 0.170.0\n" in told
