"""
Failures: of the model, which a turn survives, and of the client, which the server answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .rawclient import HELLO, RawClient, request
from .users import events_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_codex import Codex, Thread

    from pytest_codex.model import ScriptedModel
    from pytest_codex.session import CodexSession

INVALID_REQUEST = -32600

MODEL_FAILURES = [
    pytest.param(
        lambda model: model.fail(500), "experiencing high demand", "internalServerError", id="500"
    ),
    pytest.param(
        lambda model: model.fail(429, code="rate_limit_exceeded", retry_after=1),
        "last status: 429",
        "responseTooManyFailedAttempts",
        id="429",
    ),
    pytest.param(
        lambda model: model.cut("It began we"),
        "stream disconnected before completion",
        "other",
        id="cut",
    ),
    pytest.param(
        lambda model: model.malformed(),
        "stream closed before response.completed",
        "other",
        id="malformed",
    ),
    pytest.param(
        lambda model: model.incomplete("It began we"),
        "reason: max_output_tokens",
        "other",
        id="incomplete",
    ),
]


@pytest.mark.parametrize(("break_down", "message", "kind"), MODEL_FAILURES)
def test_model_failure_fails_the_turn_and_the_next_one_recovers(
    codex: Codex,
    codex_model: ScriptedModel,
    break_down: Callable[[ScriptedModel], object],
    message: str,
    kind: str,
) -> None:
    """
    A failing model fails its turn with its reason; the same thread then works again.
    """
    break_down(codex_model)
    codex_model.say("Here I am again.")
    thread = codex.thread_start()

    end, errors = failed_turn(thread, "Are you there?")
    recovered = thread.run("And now?")

    assert message in end.error.message
    assert kind_of(end.error) == kind
    assert [(each.error.message, each.will_retry) for each in errors] == [
        (end.error.message, False)
    ]
    assert recovered.final_response == "Here I am again."


def failed_turn(thread: Thread, text: str) -> tuple[Any, list[Any]]:
    """
    How a turn that fails ended, and the errors it told on the way.
    """
    events = events_of(thread.turn(text))
    end = events[-1].payload.turn
    assert end.status.value == "failed"
    return end, [each.payload for each in events if each.method == "error"]


def kind_of(error: Any) -> str:
    """
    The machine-readable reason of a turn's error.
    """
    info = error.codex_error_info.root
    return str(info.value) if hasattr(info, "value") else next(iter(info.model_dump(by_alias=True)))


def test_full_context_window_fails_the_turn_and_is_compacted(
    codex: Codex, codex_model: ScriptedModel
) -> None:
    """
    A turn too long for the model fails; the next one starts with a summary of the thread.
    """
    codex_model.failed("context_length_exceeded", "The input is too long.")
    codex_model.say("A summary of what was.").say("Here I am again.")
    thread = codex.thread_start()

    end, _ = failed_turn(thread, "A very long story.")
    events = events_of(thread.turn("And now?"))

    assert kind_of(end.error) == "contextWindowExceeded"
    completed = [each.payload.item.root for each in events if each.method == "item/completed"]
    assert [item.type for item in completed] == [
        "contextCompaction",
        "userMessage",
        "agentMessage",
    ]
    assert completed[-1].text == "Here I am again."


def test_failed_turn_raises_from_run(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    ``Thread.run`` raises the model's failure instead of returning half a result.
    """
    codex_model.fail(400, message="boom").say("Fine.")
    thread = codex.thread_start()

    with pytest.raises(RuntimeError, match="boom"):
        thread.run("Are you there?")

    assert thread.run("And now?").final_response == "Fine."


def test_refusal_completes_without_an_answer(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    A refusal is no failure: the turn completes, and there is no final response.
    """
    codex_model.refuse("I cannot help with that.")

    result = codex.thread_start().run("Do something bad.")

    assert result.status.value == "completed"
    assert result.final_response is None


def test_unknown_method_is_refused(codex_session: CodexSession) -> None:
    """
    The SDK turns the server's refusal of an unknown method into its own error.
    """
    from openai_codex import InvalidRequestError
    from openai_codex.client import CodexClient
    from pydantic import BaseModel

    with CodexClient(codex_session.config) as client:
        client.initialize()
        with pytest.raises(InvalidRequestError, match="no/such/method"):
            client.request("no/such/method", {}, response_model=BaseModel)


@pytest.mark.parametrize(
    ("method", "params", "complaint"),
    [
        pytest.param("thread/start", {"cwd": 5}, "invalid type: integer `5`", id="wrong-type"),
        pytest.param("turn/start", {"input": []}, "missing field `threadId`", id="missing-field"),
        pytest.param(
            "turn/start", {"threadId": "nope", "input": []}, "invalid thread id", id="wrong-id"
        ),
        pytest.param(
            "thread/read",
            {"threadId": "01a1fcaa-0000-7000-8000-000000000000"},
            "01a1fcaa-0000-7000-8000-000000000000",
            id="unknown-thread",
        ),
    ],
)
def test_invalid_params_are_refused(
    codex_session: CodexSession, method: str, params: dict[str, Any], complaint: str
) -> None:
    """
    Parameters that do not fit are refused with the field, and the connection lives on.
    """
    from openai_codex import InvalidRequestError
    from openai_codex.client import CodexClient
    from pydantic import BaseModel

    with CodexClient(codex_session.config) as client:
        client.initialize()
        with pytest.raises(InvalidRequestError) as refusal:
            client.request(method, params, response_model=BaseModel)
        still_there = client.model_list()

    assert complaint in refusal.value.message
    assert refusal.value.code == INVALID_REQUEST
    assert still_there.data


def test_request_before_initialize_is_refused(codex_session: CodexSession) -> None:
    """
    Nothing works before the handshake, and the handshake works once.
    """
    with RawClient(codex_session.command) as client:
        early = [client.request(1, "thread/start", {}), client.request(2, "model/list", {})]
        first = client.request(3, "initialize", HELLO)
        second = client.request(4, "initialize", HELLO)
        later = client.request(5, "model/list", {})

    assert [each["error"]["message"] for each in early] == ["Not initialized"] * 2
    assert "userAgent" in first["result"]
    assert second["error"] == {"code": INVALID_REQUEST, "message": "Already initialized"}
    assert later["result"]["data"]


def test_ids_come_back_as_they_were_sent(codex_session: CodexSession) -> None:
    """
    Request ids may be numbers or texts, may be used twice, and ``jsonrpc`` may be there.
    """
    with RawClient(codex_session.command) as client:
        client.initialize()
        text = client.request("a text", "account/read", {})
        number = client.request(55, "account/read", {})
        client.seen.clear()
        again = client.request(55, "account/read", {})
        client.send({"jsonrpc": "2.0", **request("with version", "account/read", {})})
        with_version = client.answer_to("with version")

    assert text["result"] == number["result"] == again["result"] == with_version["result"]
    assert all("jsonrpc" not in each for each in client.seen)


def test_pipelined_requests_are_all_answered(
    codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    A client that writes ahead gets every answer, each under its own id.
    """
    codex_model.say("I caught up.")
    with RawClient(codex_session.command) as client:
        client.send(
            request(1, "initialize", HELLO),
            {"method": "initialized"},
            request(2, "model/list", {}),
            request(3, "account/read", {}),
            request(4, "no/such/method", {}),
            request(5, "thread/start", {}),
            request(6, "thread/list", {}),
        )
        answers = {number: client.answer_to(number) for number in range(1, 7)}
        thread = answers[5]["result"]["thread"]["id"]
        client.request(
            7, "turn/start", {"threadId": thread, "input": [{"type": "text", "text": "Go."}]}
        )
        message = client.wait(
            lambda each: (
                each.get("method") == "item/completed"
                and each["params"]["item"]["type"] == "agentMessage"
            )
        )
        client.notification("turn/completed", threadId=thread)

    assert "userAgent" in answers[1]["result"]
    assert answers[2]["result"]["data"]
    assert answers[3]["result"]["account"] is None
    assert answers[4]["error"]["code"] == INVALID_REQUEST
    assert "data" in answers[6]["result"]
    assert message["params"]["item"]["text"] == "I caught up."


def test_junk_lines_are_ignored(codex_session: CodexSession) -> None:
    """
    Messages nobody waits for, and ones nobody understands, get no answer and do no harm.
    """
    with RawClient(codex_session.command) as client:
        client.initialize()
        client.send(
            {"id": 900, "result": {}},
            {"id": 901, "error": {"code": 1, "message": "What?"}},
            {"method": "unknown/notification", "params": {}},
        )
        answer = client.request(1, "account/read", {})

    assert answer["result"]["account"] is None
    assert {each["id"] for each in client.seen if "id" in each} == {"hello", 1}
