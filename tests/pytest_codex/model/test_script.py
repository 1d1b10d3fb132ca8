"""
Which answer goes to which call, and what a test is told when they do not meet.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from fake_server.errors import HarnessError
from pytest_codex.model import (
    ModelCall,
    ScriptedModel,
    UnconsumedModelSteps,
    UnexpectedModelCall,
    parts,
)


def asked(*texts: str, model: str = "gpt-5.5", **headers: str) -> ModelCall:
    """
    A call in a conversation in which the user wrote these texts.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    items = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        for text in texts
    ]
    return ModelCall({"model": model, "input": items}, named, "/v1/responses")


def said(model: ScriptedModel, call: ModelCall) -> str:
    """
    The whole reply as text.
    """
    return b"".join(
        piece for piece in model.reply_to(call).body if isinstance(piece, bytes)
    ).decode()


def test_answers_come_in_the_order_of_the_verbs() -> None:
    """
    The first verb answers the first call.
    """
    model = ScriptedModel().say("one").say("two")

    assert '"one"' in said(model, asked("go"))
    assert '"two"' in said(model, asked("go"))
    model.assert_complete()


def test_a_script_answers_its_own_conversation() -> None:
    """
    A conversation goes to the script whose text it contains, also in its later calls.
    """
    model = ScriptedModel().say("main")
    model.script("task A").say("A1").say("A2")

    assert '"A1"' in said(model, asked("do task A"))
    assert '"main"' in said(model, asked("something else"))
    assert '"A2"' in said(model, asked("do task A", "and then?"))
    model.assert_complete()


def test_the_newest_text_decides() -> None:
    """
    When texts of one conversation match two scripts, the newest text wins.
    """
    model = ScriptedModel()
    model.script("first").say("one")
    model.script("second").say("two")

    assert '"two"' in said(model, asked("first", "second"))
    assert '"one"' in said(model, asked("second", "first"))


def test_what_codex_adds_is_not_what_the_user_wrote() -> None:
    """
    The context Codex puts into user messages takes no part in routing.
    """
    model = ScriptedModel().say("main")
    model.script("bash").say("wrong")

    assert '"main"' in said(model, asked("<environment_context>bash</environment_context>", "go"))


def test_the_same_match_gives_the_same_script() -> None:
    """
    Asking twice for a script does not make two.
    """
    model = ScriptedModel()

    assert model.script("A") is model.script("A")


def test_a_script_of_a_thread_answers_it_whatever_is_said() -> None:
    """
    The thread that asks decides before any text does.
    """
    model = ScriptedModel().say("main")
    model.script("task A").say("by text")
    model.script(thread="t-1").say("by thread")

    assert '"by thread"' in said(model, asked("task A", thread_id="t-1"))
    assert '"by text"' in said(model, asked("task A", thread_id="t-2"))
    assert '"main"' in said(model, asked("task B", thread_id="t-2"))


def test_a_thread_may_be_given_as_it_is() -> None:
    """
    A client's thread object stands for its id.
    """
    model = ScriptedModel()

    assert model.script(thread=SimpleNamespace(id="t-1")) is model.script(thread="t-1")


def test_a_script_of_a_thread_has_the_verdicts_on_it() -> None:
    """
    A reviewer is another thread, and works for the one it reviews.
    """
    model = ScriptedModel().guardian(True)
    model.script(thread="t-1").guardian(False)
    review = {"model": "codex-auto-review", "thread_id": "t-9"}

    assert "deny" in said(model, asked("go", x_codex_parent_thread_id="t-1", **review))
    assert "allow" in said(model, asked("go", x_codex_parent_thread_id="t-2", **review))


@pytest.mark.parametrize("how", [{}, {"match": ""}, {"match": "x", "thread": "t"}])
def test_a_script_needs_a_text_or_a_thread(how: dict[str, str]) -> None:
    """
    Neither would take every conversation, both would contradict each other.
    """
    with pytest.raises(ValueError, match="either a piece of the user's text, or thread="):
        ScriptedModel().script(**how)


def test_ids_are_counted_over_all_scripts() -> None:
    """
    Ids follow the order of the verbs, whichever script they belong to.
    """
    model = ScriptedModel()
    other = model.script("other")
    model.say("a").run("ls")
    other.say("b").run("ls")

    assert '"msg_1"' in said(model, asked("go"))
    assert '"call_1"' in said(model, asked("go"))
    assert '"msg_2"' in said(model, asked("other"))
    assert '"call_2"' in said(model, asked("other"))


def test_the_same_verbs_make_the_same_bytes() -> None:
    """
    Nothing in an answer changes from run to run.
    """

    def session() -> list[str]:
        model = ScriptedModel().reason("hm", "ok").run("ls").patch("*** Add File: a\n+a")
        model.search("q", "a").plan(["x"]).fail(429).cut("x").malformed().incomplete("y")
        model.guardian(False).hold("z").release()
        return [said(model, asked("go")) for _ in range(10)]

    assert session() == session()


def test_verdicts_go_to_the_reviewer_only() -> None:
    """
    A verdict answers a call of the reviewer's model, never one of the agent's.
    """
    model = ScriptedModel().guardian(False).say("hello")

    assert '"hello"' in said(model, asked("go"))
    assert "deny" in said(model, asked("assess this", model="codex-auto-review"))
    model.assert_complete()


def test_a_script_has_its_own_verdicts() -> None:
    """
    Verdicts of a script go to reviews of its conversation; others take the model's.
    """
    model = ScriptedModel().guardian(True)
    model.script("task A").guardian(False)

    assert "deny" in said(model, asked("user: task A", model="codex-auto-review"))
    assert "allow" in said(model, asked("user: task A", model="codex-auto-review"))


def test_an_unscripted_call_is_kept_and_refused() -> None:
    """
    A call without an answer gets one sentence, and so does the test.
    """
    model = ScriptedModel()
    model.script("task A").say("one")
    model.say("for others")
    said(model, asked("task A"))

    reply = model.reply_to(asked("task A", "more"))

    assert 400 == reply.status
    (told,) = model.unexpected
    assert b"".join(piece for piece in reply.body if isinstance(piece, bytes)).decode() == told
    assert "unscripted model call 2" in told
    assert "script('task A') has no answer left" in told
    assert "'more'" in told
    assert "Still scripted: say('for others')" in told
    with pytest.raises(UnexpectedModelCall, match="unscripted model call 2"):
        model.assert_complete()


def test_a_conversation_that_matches_no_script_is_told_so() -> None:
    """
    When scripts were made but none fits, the sentence names what they look for.
    """
    model = ScriptedModel()
    model.script("task A").say("one")

    model.reply_to(asked("task B"))

    assert "'task B', which belongs to none of script('task A')" in model.unexpected[0]


def test_an_unscripted_review_says_how_to_script_it() -> None:
    """
    A missing verdict names the verb that gives it.
    """
    model = ScriptedModel().say("for the agent")

    model.reply_to(asked("assess", model="codex-auto-review"))

    assert "guardian(allow=...)" in model.unexpected[0]


def test_unconsumed_steps_are_listed() -> None:
    """
    What the agent never asked for is named by the verbs that scripted it.
    """
    model = ScriptedModel().say("hello").run("ls -l")
    model.script("A").patch("*** Add File: x\n+x")
    model.guardian()
    said(model, asked("go"))

    assert [
        "run('ls -l')",
        "guardian(allow=True)",
        "script('A').patch('*** Add File: x\\n+x')",
    ] == model.remaining_steps
    with pytest.raises(UnconsumedModelSteps, match="3 of the scripted answers"):
        model.assert_complete()


def test_calls_are_kept_for_all_and_for_each_script() -> None:
    """
    The model has every call, a script has its own.
    """
    model = ScriptedModel().say("x")
    script = model.script("A").say("y")
    said(model, asked("A"))
    said(model, asked("B"))

    assert [["A"], ["B"]] == [call.user_texts for call in model.calls]
    assert [["A"]] == [call.user_texts for call in script.calls]


def test_an_idle_model_understands_everything_and_does_nothing() -> None:
    """
    In the replay tier the verbs work, gates are open, and nothing remains.
    """
    model = ScriptedModel.idle()

    gate = model.say("a").run("ls", session="s").guardian().script("x").hold("text")
    gate.wait(0)
    gate.release()
    model.gate().wait(0)
    model.write_stdin("x").spawn_agent("do it").wait_agent("nobody").answer({"a": 1})
    model.fail(429).cut("x", after=1).slow("x").decide(lambda _: "x")
    model.script(thread="t").respond("a", parts.run("ls"), usage={"input": 1})

    assert [] == model.remaining_steps
    model.assert_complete()


@pytest.mark.parametrize("tier", ["replay", "live"])
def test_an_idle_model_says_why_it_knows_no_calls(tier: str) -> None:
    """
    Asking an idle model for calls names the tier that has them.
    """
    model = ScriptedModel.idle(tier)

    with pytest.raises(HarnessError, match=f"{tier} tier.*--codex-tier=scripted"):
        _ = model.calls
    with pytest.raises(HarnessError, match="calls"):
        _ = model.script("x").calls


def test_an_idle_model_still_refuses_nonsense() -> None:
    """
    A misspelt usage is an error in every tier.
    """
    with pytest.raises(ValueError, match="usage has no inputs; it knows input, cached"):
        ScriptedModel.idle().say("x", usage={"inputs": 1})
