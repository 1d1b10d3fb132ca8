"""
Values of one run are counted in a recording, and those of another run filled in.
"""

from __future__ import annotations

import json

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.relay.wording import Wording

ONE = "01a1fe1b-c458-7b90-a499-034ff297f4a0"
TWO = "01a1fe1b-c70d-7e32-8c04-7af65336ad0a"


def wording(workspace: str) -> Wording:
    """
    The words of one run in a workspace.
    """
    places = Places()
    places.bind("workspace", workspace)
    return Wording(places, Redactor())


def test_an_answer_of_one_run_fits_another() -> None:
    """
    Session, sub-agent and directory of the recording become those of the replay.
    """
    then, now = wording("/tmp/then/ws"), wording("/tmp/now/ws")
    for run, session, agent in ((then, 4711, ONE), (now, 93, TWO)):
        run.output(f"running as session ID {session}")
        run.output(json.dumps({"agent_id": agent}))
    args = {"session_id": 4711, "to": ONE, "path": "/tmp/then/ws/a"}
    event = {"item": {"arguments": json.dumps(args), "input": "tools.f({session_id: 4711})"}}

    kept = json.dumps(then.answer(event))
    filled = json.loads(now.fill(kept))

    assert "4711" not in kept
    assert ONE not in kept
    assert "/tmp/then" not in kept
    assert {"session_id": 93, "to": TWO, "path": "/tmp/now/ws/a"} == json.loads(
        filled["item"]["arguments"]
    )
    assert "tools.f({session_id: 93})" == filled["item"]["input"]


def test_what_the_agent_does_not_know_stays() -> None:
    """
    An answer keeps ports, dates, ids of its own and braces that only look like ours.
    """
    run = wording("/tmp/x/ws")
    text = f"curl localhost:8000 # {ONE} session ID 5 {{workspace}} {{{{tmp}}}}"

    assert text == json.loads(run.fill(json.dumps(run.answer(text))))
    assert f"curl localhost:8000 # {ONE}" in run.answer_text(text)


def test_ids_are_counted_in_order() -> None:
    """
    Two runs with other ids in the same places say the same, and the same id is the same.
    """
    one = wording("/ws").text(f"{ONE} {TWO} {ONE}")
    other = wording("/ws").text(f"{TWO} {ONE} {TWO}")

    assert one == other
    assert one != wording("/ws").text(f"{ONE} {TWO} {TWO}")


def test_session_numbers_in_arguments() -> None:
    """
    A number the agent gave is counted in the JSON of a call, others stay.
    """
    run = wording("/ws")
    run.output("running as session ID 4711")

    assert {"session_id": 1, "n": 4711} == run.value({"session_id": 4711, "n": 4711})
    assert {"session_id": True} == run.value({"session_id": True})
