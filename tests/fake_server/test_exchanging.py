"""
Clients that work side by side: told apart by what they ask, not by who comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fake_server.claims import Claims
from tests.fake_server.playbook import Client, Script, engine_of, methods, thread_id

if TYPE_CHECKING:
    from pathlib import Path

    from fake_server.engine import ReplayEngine
    from fake_server.transcript import Transcript


def job(number: int, text: str, reply: str | None = None) -> Script:
    """
    One connection with one turn.
    """
    return Script(number).hello().thread(number).turn(number, text, reply or text.upper())


def jobs(*texts: str) -> Transcript:
    """
    Connections that differ in what they ask only.
    """
    first, *others = (job(number, text) for number, text in enumerate(texts, 1))
    return first.transcript(*others)


def said(messages: list[Any]) -> str:
    """
    What the agent answered.
    """
    items = [m["params"]["item"] for m in messages if m.get("method") == "item/completed"]
    return str(items[-1]["text"])


def threads_of(messages: list[Any]) -> set[str]:
    """
    The threads that messages are about.
    """
    return {m["params"]["threadId"] for m in messages if "threadId" in m.get("params", {})}


def shared(transcript: Transcript, directory: Path) -> ReplayEngine:
    """
    The engine of one process of several.
    """
    engine = engine_of(transcript)
    engine.share(Claims(str(directory)))
    return engine


@pytest.mark.parametrize("order", ["abc", "cba", "bca", "cab"])
@pytest.mark.parametrize("at_once", [True, False])
def test_any_order_in_one_process(order: str, at_once: bool) -> None:
    """
    Equal clients are told apart by their prompts, and each goes on under the id it was told.
    """
    engine = engine_of(jobs("a", "b", "c"))
    clients: dict[str, Client] = {}
    threads: dict[str, str] = {}

    def begin(text: str) -> None:
        clients[text] = Client(engine).hello()
        threads[text] = clients[text].thread()

    for text in order if at_once else "":
        begin(text)
    for text in order:
        if text not in clients:
            begin(text)
        told = clients[text].turn(threads[text], text)
        assert said(told) == text.upper()
        assert threads_of(told) == {threads[text]}

    assert len(set(threads.values())) == 3
    assert not engine.problems
    assert not engine.leftovers()


@pytest.mark.parametrize("order", ["abc", "cba", "bca", "cab"])
def test_any_order_in_several_processes(order: str, tmp_path: Path) -> None:
    """
    The same where each client is in a process of its own.
    """
    recorded = jobs("a", "b", "c")
    engines = {text: shared(recorded, tmp_path) for text in order}
    clients = {text: Client(engine).hello() for text, engine in engines.items()}
    threads = {text: clients[text].thread() for text in order}

    for text in reversed(order):
        told = clients[text].turn(threads[text], text)
        assert said(told) == text.upper()
        assert threads_of(told) == {threads[text]}

    assert len(set(threads.values())) == 3
    assert not [problem.text() for engine in engines.values() for problem in engine.problems]
    left = [{leftover.line for leftover in engine.leftovers()} for engine in engines.values()]
    assert not set.intersection(*left)


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("order", ["abc", "cba", "bca", "cab"])
def test_ids_are_told_once(order: str, apart: bool, tmp_path: Path) -> None:
    """
    In processes, too: no thread has the id of another, whoever plays which connection.
    """
    scripts = [
        Script(number)
        .hello()
        .thread(2 * number)
        .turn(2 * number, text, text.upper())
        .thread(2 * number + 1)
        .turn(2 * number + 1, text * 2, text.upper() * 2)
        for number, text in enumerate("abc", 1)
    ]
    recorded = scripts[0].transcript(*scripts[1:])
    clients: dict[str, Client] = {}
    firsts: dict[str, str] = {}
    for text in order if apart else "":
        clients[text] = Client(shared(recorded, tmp_path)).hello()
        firsts[text] = clients[text].thread()
    seconds: dict[str, str] = {}
    for text in order:
        if not apart:
            clients[text] = Client(shared(recorded, tmp_path)).hello()
            firsts[text] = clients[text].thread()
        client = clients[text]
        assert threads_of(client.turn(firsts[text], text)) == {firsts[text]}
        seconds[text] = client.thread()
        told = client.turn(seconds[text], text * 2)
        assert said(told) == text.upper() * 2
        assert threads_of(told) == {seconds[text]}

    assert len({*firsts.values(), *seconds.values()}) == 6


@pytest.mark.parametrize("by", ["greeting", "thread"])
def test_ids_are_told_once_to_clients_that_differ(by: str, tmp_path: Path) -> None:
    """
    Where the greeting or the first request tells them apart, too.
    """

    def greeting(kind: int) -> dict[str, Any]:
        experimental = by == "greeting" and kind == 2
        info = {"name": "t", "version": "1"}
        return {"clientInfo": info, "capabilities": {"experimentalApi": experimental}}

    def start(kind: int) -> dict[str, Any]:
        return {"model": f"model {kind}"} if by == "thread" else {}

    def script(number: int, kind: int, text: str) -> Script:
        made = Script(number).ask("initialize", greeting(kind), result={})
        made = made.client({"method": "initialized"}).thread(number, **start(kind))
        return made.turn(number, text, text.upper())

    recorded = script(1, 1, "a").transcript(script(2, 2, "b"), script(3, 2, "c"))
    kinds = {"c": 2, "b": 2, "a": 1}
    clients = {text: Client(shared(recorded, tmp_path)) for text in kinds}
    for text, client in clients.items():
        client.ask("initialize", greeting(kinds[text]))
        client.send({"method": "initialized"})
    threads = {text: client.thread(**start(kinds[text])) for text, client in clients.items()}

    for text, client in clients.items():
        assert said(client.turn(threads[text], text)) == text.upper()
    assert len(set(threads.values())) == 3


def test_equal_prompts_get_every_recorded_answer(tmp_path: Path) -> None:
    """
    What only the answers tell apart is played once each, whoever asks.
    """
    recorded = job(1, "hi", "One.").transcript(job(2, "hi", "Two."))
    clients = [Client(shared(recorded, tmp_path)).hello() for _ in range(2)]
    threads = [client.thread() for client in clients]

    told = {said(client.turn(id_, "hi")) for client, id_ in zip(clients, threads, strict=True)}

    assert told == {"One.", "Two."}


def test_another_prompt_fits_none() -> None:
    """
    What nobody recorded is a mismatch with the connection that was assumed, as ever.
    """
    engine = engine_of(jobs("a", "b"))
    client = Client(engine).hello()

    assert methods(client.turn(client.thread(), "z")) == ["error"]
    assert 'recorded  "a"' in engine.problems[0].text()


def test_what_was_told_otherwise_cannot_change_places() -> None:
    """
    A client that has seen one connection's sandbox does not get the turn of another one.
    """

    def script(number: int, text: str, sandbox: str) -> Script:
        thread = {"thread": {"id": thread_id(number)}, "sandbox": {"type": sandbox}}
        made = Script(number).hello().ask("thread/start", {}, result=thread)
        return made.turn(number, text, text.upper())

    other = script(2, "b", "dangerFullAccess")
    engine = engine_of(script(1, "a", "readOnly").transcript(other))
    client = Client(engine).hello()

    assert methods(client.turn(client.thread(), "b")) == ["error"]


def test_who_went_on_keeps_its_place() -> None:
    """
    A connection whose client has asked more already is nobody else's.
    """
    engine = engine_of(jobs("a", "b"))
    first, second = Client(engine).hello(), Client(engine).hello()
    first_thread, second_thread = first.thread(), second.thread()
    first.turn(first_thread, "a")

    assert methods(second.turn(second_thread, "a")) == ["error"]


def test_what_was_read_comes_along() -> None:
    """
    Reads before the telling request are played in the connection that turns out to be meant.
    """

    def script(number: int, text: str) -> Script:
        made = Script(number).hello().ask("model/list", {}, result={"data": []})
        return made.thread(number).turn(number, text, text.upper())

    engine = engine_of(script(1, "a").transcript(script(2, "b")))
    for text in "ba":
        client = Client(engine).hello()
        client.ask("model/list", {})
        assert said(client.turn(client.thread(), text)) == text.upper()

    assert not engine.problems
    assert not engine.leftovers()


def test_other_clients_are_known_by_their_greeting() -> None:
    """
    Clients of several kinds may come in any order, too.
    """

    def script(number: int, **capabilities: Any) -> Script:
        params = {"clientInfo": {"name": "t", "version": "1"}, "capabilities": capabilities}
        made = Script(number).ask("initialize", params, result={"userAgent": f"{number}"})
        return made.client({"method": "initialized"}).thread(number)

    engine = engine_of(script(1, experimentalApi=True).transcript(script(2)))
    plain, experimental = Client(engine), Client(engine)
    info = {"clientInfo": {"name": "t", "version": "2"}}

    (one,) = plain.ask("initialize", {**info, "capabilities": {}})
    (other,) = experimental.ask("initialize", {**info, "capabilities": {"experimentalApi": True}})

    assert (one["result"]["userAgent"], other["result"]["userAgent"]) == ("2", "1")
    assert not engine.problems


def test_who_only_greets_is_the_one_that_only_greeted(tmp_path: Path) -> None:
    """
    A process that ends after the handshake leaves the turn to the one that asks for it.
    """
    recorded = job(1, "a").transcript(Script(2).hello())
    silent, busy = Client(shared(recorded, tmp_path)), Client(shared(recorded, tmp_path))
    silent.hello().connection.disconnect()

    busy.hello()
    assert said(busy.turn(busy.thread(), "a")) == "A"

    left = [{one.line for one in client.engine.leftovers()} for client in (silent, busy)]
    assert not set.intersection(*left)
    assert not silent.engine.problems


@pytest.mark.parametrize("recorded", [Script(1).hello(), job(1, "a")])
def test_one_process_too_many(recorded: Script, tmp_path: Path) -> None:
    """
    It is told so: at its start, by its first telling request, or at its end.
    """
    for number in range(2):
        client = Client(shared(recorded.transcript(), tmp_path)).hello()
        if len(recorded.events) > 3:
            client.ask("thread/start", {})
            client.turn(thread_id(1), "a")
        client.connection.disconnect()
        texts = [problem.text() for problem in client.engine.problems]
        assert bool(texts) == bool(number), texts


def test_two_processes_too_many_at_once(tmp_path: Path) -> None:
    """
    Two that are equal to the last share nothing.
    """
    recorded = Script(1).hello().transcript()
    clients = [Client(shared(recorded, tmp_path)).hello() for _ in range(2)]

    for client in clients:
        client.connection.disconnect()

    assert [bool(client.engine.problems) for client in clients] == [False, True]
    assert "all of them taken" in clients[1].engine.problems[0].text()


def test_what_was_decided_before_is_taken(tmp_path: Path) -> None:
    """
    A session whose clients were alone until now keeps what they play.
    """
    recorded = jobs("a", "b")
    alone = engine_of(recorded)
    client = Client(alone).hello()
    thread = client.thread()
    client.turn(thread, "a")

    alone.share(Claims(str(tmp_path)))

    other = Client(shared(recorded, tmp_path)).hello()
    assert said(other.turn(other.thread(), "b")) == "B"
    extra = Client(shared(recorded, tmp_path))
    assert "all of them taken" in extra.engine.problems[0].text()


def test_what_was_assumed_before_is_left_to_others(tmp_path: Path) -> None:
    """
    A client that turns out to be another one gives back what it was taken for.
    """
    recorded = jobs("a", "b")
    alone = engine_of(recorded)
    client = Client(alone).hello()
    thread = client.thread()
    alone.share(Claims(str(tmp_path)))

    assert said(client.turn(thread, "b")) == "B"

    other = Client(shared(recorded, tmp_path)).hello()
    assert said(other.turn(other.thread(), "a")) == "A"


def test_what_was_read_otherwise_cannot_change_places() -> None:
    """
    A client that was told one list of models does not get the turn of one that was told another.
    """

    def script(number: int, text: str) -> Script:
        made = Script(number).hello().ask("model/list", {}, result={"data": [text]})
        return made.thread(number).turn(number, text, text.upper())

    engine = engine_of(script(1, "a").transcript(script(2, "b")))
    client = Client(engine).hello()
    client.ask("model/list", {})

    assert methods(client.turn(client.thread(), "b")) == ["error"]


def test_who_has_begun_more_keeps_its_place() -> None:
    """
    A second thread tells a connection apart, too.
    """
    two = Script(2).hello().thread(2).thread(3).turn(2, "b", "B")
    engine = engine_of(job(1, "a").transcript(two))
    first, second = Client(engine).hello(), Client(engine).hello()
    thread = first.thread()
    second.thread()
    second.thread()

    assert methods(first.turn(thread, "b")) == ["error"]
