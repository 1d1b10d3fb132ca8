"""
What the model's service says beside its answer: other models, verifications, streamed edits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require
from pytest_codex.model.pieces import Part

from .kit import MODEL, ended, follow, has, item, only, same, texts, word
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: What the model's service says beside its answer"
_PATCH_UPDATED = "item/fileChange/patchUpdated"


def _events(*events: dict[str, Any]) -> Part:
    """
    A part of an answer that is these events, as they are.
    """
    return Part("events", lambda _: list(events))


def _metadata(**metadata: Any) -> Part:
    return _events({"type": "response.metadata", "response_id": "r", "metadata": metadata})


def _told(client: Client, method: str, **expected: Any) -> None:
    """
    Require one notification of a whole turn, with this in it.
    """
    thread = client.thread()
    turn = client.turn(thread)
    ended(turn)
    params = only(method, client.said(method))["params"]
    has(method, params, threadId=thread, turnId=turn["id"], **expected)
    follow([word(each) for each in client.messages], method, "turn/completed completed")


@check(
    "notices/model-rerouted",
    "When another model answers than was asked, the client is told both.",
    _FACTS,
    notifications=["model/rerouted"],
    needs=MODEL,
)
def rerouted(server: Server) -> None:
    server.model.say("Hello.", headers={"OpenAI-Model": "gpt-5.2"})
    _told(server.connect(), "model/rerouted", fromModel="gpt-5.5", toModel="gpt-5.2")


@check(
    "notices/model-verification",
    "A verification that the model's service recommends is told to the client.",
    _FACTS,
    notifications=["model/verification"],
    needs=MODEL,
)
def verification(server: Server) -> None:
    advice = _metadata(openai_verification_recommendation=["trusted_access_for_cyber"])
    server.model.respond(advice, "Hello.")
    _told(server.connect(), "model/verification", verifications=["trustedAccessForCyber"])


@check(
    "notices/moderation-metadata",
    "What the model's service says of moderation is passed on as it is.",
    _FACTS,
    notifications=["turn/moderationMetadata"],
    needs=MODEL,
)
def moderation(server: Server) -> None:
    server.model.respond(_metadata(openai_chatgpt_moderation_metadata={"flag": 1}), "Hello.")
    _told(server.connect(), "turn/moderationMetadata", metadata={"flag": 1})


@check(
    "notices/safety-buffering",
    "When the model's service holds an answer back to look at it, the client is told why.",
    _FACTS,
    notifications=["model/safetyBuffering/updated"],
    needs=MODEL,
)
def safety_buffering(server: Server) -> None:
    held = {"use_cases": ["cyber"], "reasons": ["user_risk"], "retry_model": "gpt-5.2"}
    created = {"type": "response.created", "response": {"id": "r"}, "safety_buffering": held}
    server.model.respond(_events(created), "Hello.")
    _told(
        server.connect(),
        "model/safetyBuffering/updated",
        useCases=["cyber"],
        reasons=["user_risk"],
    )


@check(
    "items/raw-reasoning",
    "Where raw reasoning is shown, it is streamed as deltas of its item.",
    _FACTS,
    notifications=["item/reasoning/textDelta"],
    needs=MODEL,
)
def raw_reasoning(server: Server) -> None:
    server.configure({"show_raw_agent_reasoning": True})
    reasoning = {"type": "reasoning", "id": "rs_1", "summary": []}
    content = [{"type": "reasoning_text", "text": "Hm."}]
    server.model.respond(
        _events(
            {"type": "response.output_item.added", "item": reasoning},
            {"type": "response.reasoning_text.delta", "delta": "Hm.", "content_index": 0},
            {"type": "response.output_item.done", "item": {**reasoning, "content": content}},
        ),
        "Hello.",
    )
    client = server.connect()
    ended(client.turn(client.thread()))
    told = only("item/reasoning/textDelta", client.said("item/reasoning/textDelta"))["params"]
    has("the delta", told, itemId="rs_1", delta="Hm.")
    same("the content of the item", item(client, "reasoning").get("content"), ["Hm."])


@check(
    "items/edit-as-it-is-written",
    "Where edits are streamed, the changes are told while the model writes them.",
    _FACTS,
    notifications=[_PATCH_UPDATED],
    needs=MODEL,
)
def streamed_edit(server: Server) -> None:
    server.configure({"features": {"apply_patch_streaming_events": True}})
    text = "*** Begin Patch\n*** Add File: a.txt\n+one\n+two\n*** End Patch\n"
    call = {"type": "custom_tool_call", "id": "ctc", "call_id": "call", "name": "apply_patch"}
    pieces = [text[:50], text[50:]]
    server.model.respond(
        _events(
            {"type": "response.output_item.added", "item": {**call, "input": ""}},
            *(
                {
                    "type": "response.custom_tool_call_input.delta",
                    "item_id": "ctc",
                    "call_id": "call",
                    "delta": piece,
                }
                for piece in pieces
            ),
            {"type": "response.output_item.done", "item": {**call, "input": text}},
        )
    ).say("Done.")
    client = server.connect()
    ended(client.turn(client.thread()))
    told = client.said(_PATCH_UPDATED)
    require(told, f"there came no {_PATCH_UPDATED}")
    last = told[-1]["params"]
    same("its item", last.get("itemId"), item(client, "fileChange")["id"])
    change = only("the changes", last["changes"])
    same("the file", change["path"].rpartition("/")[2], "a.txt")
    same("its text", change.get("diff"), "one\ntwo\n")
    same("the messages", texts(client), ["Done."])
