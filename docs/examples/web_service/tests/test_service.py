"""
Requests side by side, streams, clients that go away, and what else happens to a web service.
"""

from __future__ import annotations

import pytest

# Nobody on the web may change anything, or reach further from here.
pytestmark = [pytest.mark.anyio, pytest.mark.codex(sandbox="read-only", allow=[])]


async def test_answer(client, codex_model, codex_session, codex_workspace):
    """A question is answered by an agent that can read the project."""
    codex_workspace.write({"README": "It sorts.\n"})
    codex_model.run("cat README").say("It sorts.")

    response = await client.post("/ask", {"question": "What does this project do?"})

    assert (response.status, response.json) == (200, {"answer": "It sorts."})
    assert codex_session.ran("cat README", ok=True)


async def test_requests_side_by_side(client, codex_model, codex_session):
    """Two questions at once get each their own answer, from one Codex process."""
    gates = [
        codex_model.script("red").hold("Red", rest=" is a colour."),
        codex_model.script("tall").hold("Tall", rest=" is not."),
    ]
    red = client.begin("/stream", {"question": "red?"})
    tall = client.begin("/stream", {"question": "tall?"})
    await red.has("Red")
    await tall.has("Tall")
    for gate in gates:
        gate.release()
    await red.complete()
    await tall.complete()

    said = ["".join(data for name, data in r.events if name == "text") for r in (red, tall)]
    assert said == ["Red is a colour.", "Tall is not."]
    assert len(codex_session.transcript.threads) == 2


async def test_stream(client, codex_model):
    """Words arrive one by one, then the end."""
    codex_model.stream("One two three")

    response = await client.post("/stream", {"question": "Count."})

    *words, end = response.events
    assert len(words) > 1
    assert "".join(data for _, data in words) == "One two three"
    assert end == ("end", "completed")


async def test_client_goes_away(client, codex_model, codex_session):
    """Nobody listens any more: the agent is stopped, and the next question is answered."""
    codex_model.script("your time").hold("This will take a while")
    codex_model.script("Still there?").say("Yes.")

    response = client.begin("/stream", {"question": "Take your time."})
    await response.has("This will")
    response.gone.set()
    await response.complete()
    after = await client.post("/ask", {"question": "Still there?"})

    assert response.events[-1] == ("end", "interrupted")
    assert after.json == {"answer": "Yes."}
    assert [turn.status for turn in codex_session.transcript.turns] == ["interrupted", "completed"]


async def test_too_many_requests(client, codex_model, codex_session):
    """Who comes when all agents are busy is told so; a client that goes away makes room."""
    for word in ("one", "two"):
        codex_model.script(word).hold(f"Here is {word}")
    codex_model.script("four").say("Here is four.")

    busy = [client.begin("/stream", {"question": word}) for word in ("one", "two")]
    for response in busy:
        await response.has("Here is")
    refused = await client.post("/ask", {"question": "three"})
    for response in busy:
        response.gone.set()
        await response.complete()
    taken = await client.post("/ask", {"question": "four"})

    assert (refused.status, refused.json) == (503, {"error": "all agents are busy"})
    assert (taken.status, taken.json) == (200, {"answer": "Here is four."})
    assert len(codex_session.transcript.threads) == 3


async def test_failure_of_the_model(client, codex_model):
    """The caller hears what went wrong, as JSON and as an event."""
    codex_model.fail(429).fail(429)

    asked = await client.post("/ask", {"question": "Anybody there?"})
    streamed = await client.post("/stream", {"question": "Anybody there?"})

    assert asked.status == 502
    assert "429" in asked.json["error"]
    assert [name for name, _ in streamed.events] == ["error"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"what?", id="no-json"),
        pytest.param({"answer": 42}, id="no-question"),
        pytest.param([1], id="no-object"),
    ],
)
async def test_bad_request(client, codex_session, content):
    """What is no question never reaches an agent."""
    response = await client.post("/ask", content)

    assert response.status == 400
    assert codex_session.transcript.threads == []
