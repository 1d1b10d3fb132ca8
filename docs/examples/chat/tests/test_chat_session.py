"""
What the chat window draws while the agent answers, is steered, and is stopped.
"""

from __future__ import annotations

import pytest

from chat_session import ChatSession, Event

# The widest sandbox that may be in force; a server that opens more fails every test.
pytestmark = pytest.mark.codex(sandbox="read-only")

DEADLINE = 30


@pytest.fixture
def chat(codex):
    """An open conversation."""
    chat = ChatSession(codex)
    yield chat
    chat.close()


def drawn_until(chat, kind):
    """The events up to the first one of a kind."""
    events = []
    while not events or events[-1].kind != kind:
        events.append(chat.events.get(timeout=DEADLINE))
    return events


def text_of(events):
    """All that the agent said."""
    return "".join(event.text for event in events if event.kind == "text")


def test_answer_streams(chat, codex_model, codex_session):
    """Words appear one by one, and the end is told."""
    codex_model.stream("Hello, how are you?")

    chat.send("Hi!")
    events = drawn_until(chat, "done")

    assert events[0] == Event("user", "Hi!")
    assert text_of(events) == "Hello, how are you?"
    assert len([event for event in events if event.kind == "text"]) > 1
    assert not chat.busy
    assert codex_session.final_response == "Hello, how are you?"


def test_commands_are_shown(chat, codex_model, codex_session):
    """The window shows what the agent is busy with."""
    codex_model.run("ls").say("It is empty here.")

    chat.send("What is here?")
    events = drawn_until(chat, "done")

    assert [event.kind for event in events] == ["user", "busy", "text", "done"]
    assert "ls" in events[1].text
    assert codex_session.ran("ls", ok=True)


def test_second_message_steers(chat, codex_model, codex_session):
    """What the user adds while the agent speaks changes the same turn."""
    gate = codex_model.hold("Roses are red")
    codex_model.say("Les roses sont rouges")

    chat.send("Write a poem.")
    drawn_until(chat, "text")
    chat.send("In French, please.")
    gate.release()
    events = drawn_until(chat, "done")

    assert text_of(events) == "Les roses sont rouges"
    [turn] = codex_session.transcript.turns
    said = [message.text for message in turn.messages if message.role == "user"]
    assert said == ["Write a poem.", "In French, please."]


def test_stop(chat, codex_model, codex_session):
    """A stopped answer ends at once, and the next message is answered."""
    codex_model.hold("This will take a while")
    codex_model.say("Back again.")

    chat.send("Take your time.")
    drawn_until(chat, "text")
    chat.stop()
    drawn_until(chat, "stopped")
    chat.send("Still there?")
    events = drawn_until(chat, "done")

    assert text_of(events) == "Back again."
    assert [turn.status for turn in codex_session.transcript.turns] == ["interrupted", "completed"]


def test_message_after_the_end_is_a_new_turn(chat, codex_model, codex_session):
    """Two messages one after the other are two turns of one conversation."""
    codex_model.say("One.").say("Two.")

    chat.send("First")
    drawn_until(chat, "done")
    chat.send("Second")
    drawn_until(chat, "done")

    [thread] = codex_session.transcript.threads
    assert [turn.final_response for turn in thread.turns] == ["One.", "Two."]


def test_failure_is_shown(chat, codex_model):
    """An error of the model is an event like any other, and the chat goes on."""
    codex_model.fail(429).say("Better now.")

    chat.send("Hi!")
    failed = drawn_until(chat, "error")
    chat.send("And now?")
    events = drawn_until(chat, "done")

    assert "429" in failed[-1].text
    assert text_of(events) == "Better now."


def test_stop_without_a_turn(chat, codex_session):
    """Stopping an idle chat asks nothing of the server."""
    chat.stop()

    assert codex_session.transcript.turns == []
