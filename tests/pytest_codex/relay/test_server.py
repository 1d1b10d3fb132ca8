"""
The relay over HTTP: what the agent gets, what the upstream gets, what is kept.
"""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from fake_server.errors import CassetteNotFoundError, HarnessError, SecretError, StalledError
from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.relay.server import Relay, open_relay
from tests.pytest_codex.relay.upstreams import (
    Conversing,
    Upstream,
    answers,
    completed,
    event,
    message,
    request,
    says,
)
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-proj-" + "Zq81LmP0vXw93KdR" * 2
SECRETS = {
    "authorization": f"Bearer {KEY}",
    "chatgpt-account-id": "0a3f61de-2d7c-4f0e-9c55-7f1d1c2b3a4d",
    "cookie": "session=Zq81LmP0vXw93KdR",
}


def opened(path: Path | None, mode: str, upstream: Upstream | str | None, **how: Any) -> Relay:
    """
    A relay in a directory of its own.
    """
    places = Places()
    if path is not None:
        places.bind("workspace", path.parent / "ws")
    url = upstream.url if isinstance(upstream, Upstream) else upstream
    return open_relay(path, mode, url, places=places, redactor=Redactor(), **how)


def link(url: str) -> closing[http.client.HTTPConnection]:
    """
    A connection to a relay.
    """
    parts = urlsplit(url)
    return closing(http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20))


def post(
    relay: Relay, body: Any, headers: dict[str, str] | None = None, path: str = "/responses"
) -> tuple[int, str]:
    """
    One call: status and text.
    """
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with link(relay.url) as to:
        to.request("POST", f"{relay.path}{path}", raw, headers or {})
        answer = to.getresponse()
        return answer.status, answer.read().decode()


def test_headers_and_bodies_pass(tmp_path: Path) -> None:
    """
    The upstream gets the agent's own headers and bytes, but for what belongs to a connection.
    """
    body = gzip.compress(json.dumps(request("hi")).encode())
    sent = {**SECRETS, "content-encoding": "gzip", "te": "trailers", "accept-encoding": "br"}

    with Upstream(says(completed())) as upstream, opened(None, "none", upstream) as relay:
        status, _ = post(relay, body, sent)

    headers, raw, path = upstream.seen[0]
    got = {name.lower(): value for name, value in headers.items()}
    assert (200, body, "/v1/responses") == (status, raw, path)
    assert SECRETS == {name: got[name] for name in SECRETS}
    assert urlsplit(upstream.url).netloc == got["host"]
    assert "identity" == got["accept-encoding"]
    assert "te" not in got
    assert [["hi"]] == [call.user_texts for call in relay.calls]
    assert "***" == relay.calls[0].headers["authorization"]
    assert (100, 40, 7, 3) == relay.usage
    assert [] == relay.problems


def test_events_arrive_one_by_one(tmp_path: Path) -> None:
    """
    The agent has each event while the upstream still waits to send the next one.
    """
    seen = threading.Semaphore(0)
    waited: list[bool] = []

    def behave(to: Conversing) -> None:
        to.begin()
        for number in range(20):
            to.send(event("response.output_text.delta", delta=str(number)))
            waited.append(seen.acquire(timeout=5))
            if not waited[-1]:
                to.drop()
                return
        to.send(completed())
        to.end()

    with (
        Upstream(behave) as upstream,
        opened(None, "none", upstream) as relay,
        link(relay.url) as to,
    ):
        to.request("POST", "/v1/responses", json.dumps(request("hi")))
        answer = to.getresponse()
        for number in range(20):
            assert f'"delta": "{number}"' in answer.read1().decode()
            seen.release()
        assert "response.completed" in answer.read().decode()

    assert [True] * 20 == waited


def test_a_recording_is_played_again(tmp_path: Path) -> None:
    """
    With the upstream gone, a conversation gets the answers it got, and costs the same tokens.
    """
    path = tmp_path / "a.model.yaml"
    behaviours = says(message("one"), completed()), says(message("two"), completed())
    with Upstream(*behaviours) as upstream, opened(path, "once", upstream) as relay:
        first = post(relay, request("hi"))[1]
        post(relay, request("hi", "one", "more"))
        assert relay.conclude()

    with opened(path, "once", upstream) as relay:
        assert '"text":"two"' in post(relay, request("hi", "one", "more"))[1]
        played = post(relay, request("hi"))
        assert not relay.conclude()

    assert 200 == played[0]
    assert '"text":"one"' in played[1]
    assert len(json_events(first)) == len(json_events(played[1]))
    assert (200, 80, 14, 6) == relay.usage
    assert ([], []) == (relay.problems, relay.leftovers)


def json_events(text: str) -> list[Any]:
    """
    The JSON of the events of a stream.
    """
    return [json.loads(line[5:]) for line in text.splitlines() if line.startswith("data:")]


@pytest.mark.parametrize("name", ["a.model.yaml", "a.model.json"])
def test_recording_twice_gives_the_same_file(tmp_path: Path, name: str) -> None:
    """
    Ids, dates, padding and headers of one run are not in the file.
    """
    texts = []
    for run in ("a1", "b2"):
        path = tmp_path / run / name
        begin = {"id": f"resp_{run}", "created_at": int(time.time()), "instructions": run * 99}
        answer = [
            event("response.created", response=begin),
            event("response.output_text.delta", delta="Hi", item_id=f"msg_{run}", obfuscation=run),
            message("Hi", f"msg_{run}"),
            event(
                "response.output_item.done",
                item={"type": "reasoning", "id": f"rs_{run}", "encrypted_content": run * 40},
            ),
            completed(f"resp_{run}"),
        ]

        def behave(to: Conversing, run: str = run, answer: list[bytes] = answer) -> None:
            to.begin({"x-request-id": run, "date": run, "x-codex-turn-state": run})
            to.send(*answer)
            to.end()

        with Upstream(behave) as upstream, opened(path, "rewrite", upstream) as relay:
            meta = {"client_metadata": {"thread_id": run}, "prompt_cache_key": run}
            post(relay, request(f"look at {tmp_path / run / 'ws'}/x", **meta))
            assert relay.conclude()
            assert not relay.conclude(), "the second time nothing changed"
        texts.append(path.read_text(encoding="utf-8"))

    assert texts[0] == texts[1]
    assert "{workspace}/x" in texts[0]
    assert {"resp_a1": "resp_1", "msg_a1": "msg_1"}.keys() & relay.ids.keys() == set()
    assert {"resp_b2": "resp_1", "msg_b2": "msg_1", "rs_b2": "rs_1"}.items() <= relay.ids.items()


def test_equal_calls_get_their_answers_in_order(tmp_path: Path) -> None:
    """
    The second of two equal calls gets the second recording, and a third one none.
    """
    path = tmp_path / "a.model.yaml"
    busy = answers(429, {"retry-after": "7", "content-type": "application/json"}, b'{"error":{}}')
    behaviours = busy, says(message("now"), completed())
    with Upstream(*behaviours) as upstream, opened(path, "rewrite", upstream) as relay:
        assert (429, "7") == waiting(relay)
        assert 200 == post(relay, request("hi"))[0]
        relay.conclude()
        assert [] == relay.problems

    with opened(path, "none", None) as relay:
        assert (429, "7") == waiting(relay)
        assert 200 == post(relay, request("hi"))[0]
        status, text = post(relay, request("hi"))

    assert 400 == status
    assert "model call 3 matches no recording: the same call was answered already" in text
    assert [text] == relay.problems


def waiting(relay: Relay) -> tuple[int, str | None]:
    """
    Status and seconds to wait of a call.
    """
    with link(relay.url) as to:
        to.request("POST", "/v1/responses", json.dumps(request("hi")))
        answer = to.getresponse()
        return answer.status, answer.headers["retry-after"]


def test_a_miss_names_the_first_difference(tmp_path: Path) -> None:
    """
    The nearest recorded call, the item that differs, both texts, the file and the command.
    """
    path = tmp_path / "a.model.yaml"
    behaviour = says(message("x"), completed())
    with Upstream(behaviour) as upstream, opened(path, "rewrite", upstream) as relay:
        post(relay, request("first", "ok", "edit the file"))
        post(relay, request("other"))
        relay.conclude()

    with opened(path, "none", None, how_to_record="pytest --rerecord", name="a.yaml") as relay:
        status, text = post(relay, request("first", "ok", "Edit the file."))

    assert 400 == status
    assert text == (
        "model call 1 matches no recording: conversation[2] (user) differs\n"
        '  received  user "Edit the file."\n'
        '  recorded  user "edit the file"     call 1\n'
        "  cassette  2 calls recorded, 0 played     a.yaml\n"
        "How to fix:\n"
        "  * changed on purpose   pytest --rerecord"
    )
    assert [
        'call 1 of a.yaml (turn), after user "edit the file"',
        'call 2 of a.yaml (turn), after user "other"',
    ] == relay.leftovers


def test_threads_may_answer_in_any_order(tmp_path: Path) -> None:
    """
    The order in which two threads call decides neither the file nor the answers.
    """
    texts = []
    for order in (["ant", "bee"], ["bee", "ant"]):
        path = tmp_path / order[0] / "a.model.yaml"

        def behave(to: Conversing) -> None:
            said = json.loads(to.raw)["input"][0]["content"][0]["text"]
            says(message(f"{said} done", f"msg_{to.raw!r}"), completed())(to)

        with Upstream(behave) as upstream, opened(path, "rewrite", upstream) as relay:
            for name in order:
                post(relay, request(name), {"thread-id": name})
            relay.conclude()
        texts.append(path.read_text())

    assert texts[0] == texts[1]
    with opened(path, "none", None) as relay:
        assert "ant done" in post(relay, request("ant"))[1]
        assert "bee done" in post(relay, request("bee"))[1]


def test_no_secret_is_in_the_file(tmp_path: Path) -> None:
    """
    A key in headers, bodies, whole answers and answers cut in tokens reaches no file.
    """
    path = tmp_path / "a.model.yaml"
    tokens = [KEY[at : at + 4] for at in range(0, len(KEY), 4)]
    deltas = [event("response.output_text.delta", delta=each, item_id="msg_1a") for each in tokens]

    def behave(to: Conversing) -> None:
        to.begin({"set-cookie": f"a={KEY}", "x-codex-key": KEY})
        to.send(*deltas, message(f"the key is {KEY}"), b": " + KEY.encode() + b"\n\n", completed())
        to.end()

    refused = answers(401, {"content-type": "application/json"}, b'{"error":"%s"}' % KEY.encode())
    said = request(f"use {KEY}", "ok", f"export OPENAI_API_KEY={KEY}")
    with Upstream(behave, refused) as upstream, opened(path, "rewrite", upstream) as relay:
        assert KEY in post(relay, said, SECRETS)[1]
        assert KEY in post(relay, said, SECRETS)[1]
        assert relay.conclude()
    with opened(path, "none", None) as again:
        status, text = post(again, said, SECRETS)

    assert 200 == status
    everything = "".join(each.read_text() for each in tmp_path.rglob("*") if each.is_file())
    for secret in (KEY, KEY[8:], *SECRETS.values()):
        assert secret not in everything
        assert secret not in text
    assert KEY not in repr([call.headers for call in relay.calls])
    deltas_kept = [each["delta"] for each in json_events(text) if "delta" in each]
    assert "sk-REDACTED" == "".join(deltas_kept)


def test_what_looks_like_a_secret_is_not_written(tmp_path: Path) -> None:
    """
    The last gate refuses what no mask knows, and an older file stays what it was.
    """
    path = tmp_path / "a.model.yaml"
    path.write_text("old")
    odd = "https://user:" + "p4ssw0rd-Zq81LmP0" + "@example.com/"

    class Blind(Redactor):
        def text(self, text: str) -> str:
            return text

        def message(self, message: Any) -> Any:
            return message

    with Upstream(says(message("x"), completed())) as upstream:
        relay = open_relay(path, "rewrite", upstream.url, places=Places(), redactor=Blind())
        with relay:
            post(relay, request(f"clone {odd}"))
            with pytest.raises(SecretError, match=r"a\.model\.yaml was not written"):
                relay.conclude()

    assert "old" == path.read_text()
    assert [path] == list(tmp_path.iterdir())


def test_an_interrupted_answer_is_played_until_it_is_interrupted(tmp_path: Path) -> None:
    """
    Where the agent hung up in the middle, the recorded answer does not end either.
    """
    path = tmp_path / "a.model.yaml"
    ended = threading.Event()

    def behave(to: Conversing) -> None:
        to.begin()
        to.send(message("half"))
        # Sends no more: only the relay can end this, by hanging up.
        to.connection.settimeout(10)
        assert b"" == to.connection.recv(1)
        ended.set()

    def half(relay: Relay) -> None:
        with link(relay.url) as to:
            to.request("POST", "/v1/responses", json.dumps(request("hi")))
            answer = to.getresponse()
            assert b"half" in answer.read1()
            assert to.sock
            to.sock.settimeout(0.2)
            with pytest.raises(TimeoutError):
                answer.read1()

    with Upstream(behave) as upstream, opened(path, "rewrite", upstream) as relay:
        half(relay)
        assert relay.conclude()
        assert ended.wait(5)
        assert [] == relay.problems

    with opened(path, "none", None) as relay:
        half(relay)
        assert not relay.conclude()
        assert ([], []) == (relay.problems, relay.leftovers)


def test_an_answer_under_way_is_waited_for(tmp_path: Path) -> None:
    """
    Concluding waits for an answer, and tells when it does not come to an end.
    """
    path = tmp_path / "a.model.yaml"
    go_on = threading.Event()

    def behave(to: Conversing) -> None:
        to.begin()
        go_on.wait(10)
        to.send(message("late"), completed())
        to.end()

    with Upstream(behave) as upstream, opened(path, "rewrite", upstream) as relay:
        thread = threading.Thread(target=post, args=(relay, request("hi")))
        thread.start()
        until(lambda: relay.calls)
        with pytest.raises(StalledError, match=r"still answering 0\.1 s"):
            relay.conclude(0.1)
        threading.Timer(0.1, go_on.set).start()
        assert relay.conclude()
        thread.join(5)

    assert "late" in path.read_text()


def test_other_requests(tmp_path: Path) -> None:
    """
    Websockets are refused for good, other paths have nothing, junk is told.
    """
    with Upstream(says(completed())) as upstream, opened(None, "none", upstream) as relay:
        with link(relay.url) as to:
            to.request("GET", "/v1/responses", headers={"upgrade": "websocket"})
            assert 426 == to.getresponse().status
        with link(relay.url) as to:
            to.request("POST", "/elsewhere", b"{}")
            assert 404 == to.getresponse().status
        status, text = post(relay, b"\x28\xb5", {"content-encoding": "br"})

    assert 400 == status
    assert "content-encoding 'br' is not understood" in text
    assert [] == upstream.seen
    assert [text] == relay.problems


def test_the_list_of_models_is_recorded_once(tmp_path: Path) -> None:
    """
    The list may be asked for as often as the agent likes; without one, the agent's own counts.
    """
    path = tmp_path / "a.model.yaml"
    listed = answers(200, {"content-type": "application/json"}, b'{"models":[{"slug":"m"}]}')

    def asked(relay: Relay) -> Any:
        with link(relay.url) as to:
            to.request("GET", f"/v1/models?client_version={time.time()}")
            return json.loads(to.getresponse().read())

    with Upstream(listed) as upstream, opened(path, "rewrite", upstream) as relay:
        assert asked(relay) == asked(relay) == {"models": [{"slug": "m"}]}
        relay.conclude()
    with opened(path, "none", None) as relay:
        assert asked(relay) == asked(relay) == {"models": [{"slug": "m"}]}
        assert [] == relay.leftovers

    assert 1 == path.read_text().count("method: GET")
    with Upstream(says(completed())) as upstream, opened(path, "rewrite", upstream) as relay:
        post(relay, request("hi"))
        relay.conclude()
    with opened(path, "none", None) as relay:
        assert {"models": []} == asked(relay)
        assert [] == relay.problems


def test_wrong_uses_are_told(tmp_path: Path) -> None:
    """
    A mode there is not, no upstream, no cassette, no URL: one sentence each.
    """
    path = tmp_path / "a.model.yaml"
    with pytest.raises(HarnessError, match="no record mode 'new_episodes' for a model; none, once"):
        opened(path, "new_episodes", "http://x")
    with pytest.raises(HarnessError, match="no base URL"):
        opened(path, "rewrite", None)
    with pytest.raises(CassetteNotFoundError, match=r"no recorded model at .*\nHow to fix:\n  \*"):
        opened(path, "none", None)
    with pytest.raises(HarnessError, match=r"must be like https://api\.example\.com/v1"):
        opened(path, "rewrite", "api.example.com")


def test_closing_cuts_everything_off() -> None:
    """
    An answer under way keeps no relay open, and closing is not a problem of the model.
    """

    def behave(to: Conversing) -> None:
        to.begin()
        to.connection.settimeout(10)
        to.connection.recv(1)

    with Upstream(behave) as upstream:
        relay = opened(None, "none", upstream)
        with link(relay.url) as to:
            to.request("POST", "/v1/responses", json.dumps(request("hi")))
            to.getresponse()
            begin = time.monotonic()
            relay.close()
            assert time.monotonic() - begin < 2
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((to.host, to.port), 1)

    assert [] == relay.problems
