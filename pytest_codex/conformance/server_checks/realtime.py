"""
Conversations by voice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.services.voice import ANSWER, VoiceService

from .kit import follow, has, same, word
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_VOICE = "protocol-facts: Conversations by voice"
_UPDATED = {"type": "session.updated", "session": {"id": "sess", "instructions": "Be short."}}
_SAID: list[dict[str, Any]] = [
    {
        "type": "response.output_audio.delta",
        "delta": "AQID",
        "sample_rate": 24000,
        "channels": 1,
        "samples_per_channel": 512,
    },
    {
        "type": "conversation.item.added",
        "item": {
            "id": "i1",
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": "hi"}],
        },
    },
    {"type": "response.output_text.delta", "item_id": "i1", "delta": "hi"},
    {"type": "response.output_text.done", "item_id": "i1", "text": "hi"},
    {"type": "error", "message": "The line is broken."},
]
_OPENING = {"session.update": [_UPDATED]}
_CONVERSATION = {**_OPENING, "conversation.item.create": _SAID}
_KEY = {"type": "apiKey", "apiKey": "sk-conformance-0123456789"}


def _voice_thread(server: Server, voice: VoiceService) -> tuple[Client, str]:
    server.configure(voice.config)
    client = server.connect()
    client.request("account/login/start", _KEY)
    return client, client.thread()


@check(
    "realtime/conversation",
    "What is said in a conversation by voice is told as audio and as text, and so is its end.",
    _VOICE,
    methods=["thread/realtime/start", "thread/realtime/appendText"],
    notifications=[
        *(f"thread/realtime/{each}" for each in ("started", "itemAdded", "outputAudio/delta")),
        *(f"thread/realtime/{each}" for each in ("transcript/delta", "transcript/done")),
        *(f"thread/realtime/{each}" for each in ("error", "closed")),
    ],
)
def conversation(server: Server) -> None:
    with VoiceService(_CONVERSATION) as voice:
        client, thread = _voice_thread(server, voice)
        client.request("thread/realtime/start", {"threadId": thread, "outputModality": "audio"})
        client.notice("thread/realtime/started", threadId=thread)
        client.request("thread/realtime/appendText", {"threadId": thread, "text": "Hello."})
        closed = client.notice("thread/realtime/closed", threadId=thread)["params"]
    same("the reason of the end", closed.get("reason"), "error")
    audio = client.notice("thread/realtime/outputAudio/delta")["params"]["audio"]
    has("the audio", audio, data="AQID", sampleRate=24000, numChannels=1)
    added = client.notice("thread/realtime/itemAdded")["params"]["item"]
    same("the item", added.get("id"), "i1")
    for method, key in (("delta", "delta"), ("done", "text")):
        told = client.notice(f"thread/realtime/transcript/{method}")["params"]
        has(f"the transcript's {method}", told, role="assistant", **{key: "hi"})
    error = client.notice("thread/realtime/error")["params"]
    same("the error", error.get("message"), "The line is broken.")
    follow(
        [word(each) for each in client.messages],
        *("thread/realtime/started", "thread/realtime/transcript/delta"),
        *("thread/realtime/transcript/done", "thread/realtime/error", "thread/realtime/closed"),
    )


@check(
    "realtime/items",
    "A conversation by voice is items, too: its beginning, what was said, its end.",
    _VOICE,
    methods=["thread/realtime/start", "thread/realtime/appendText"],
    notifications=[
        *("thread/realtime/item/started", "thread/realtime/item/completed"),
        "thread/realtime/item/transcript/delta",
    ],
)
def conversation_items(server: Server) -> None:
    with VoiceService(_CONVERSATION) as voice:
        client, thread = _voice_thread(server, voice)
        client.request("thread/realtime/start", {"threadId": thread, "outputModality": "audio"})
        client.notice("thread/realtime/started", threadId=thread)
        client.request("thread/realtime/appendText", {"threadId": thread, "text": "Hello."})
        client.notice("thread/realtime/closed", threadId=thread)
    kinds = ["realtimeSessionStarted", "transcriptSegment", "realtimeSessionClosed"]
    for method in ("started", "completed"):
        told = client.said(f"thread/realtime/item/{method}")
        same(f"the items {method}", [each["params"]["item"]["type"] for each in told], kinds)
    delta = client.notice("thread/realtime/item/transcript/delta")["params"]
    segment = client.said("thread/realtime/item/started")[1]["params"]["item"]
    has("the delta", delta, itemId=segment["id"], delta="hi")


@check(
    "realtime/connection-of-ones-own",
    "A client that brings its own connection is told the answer to its offer, and may stop.",
    _VOICE,
    methods=["thread/realtime/start", "thread/realtime/stop"],
    notifications=["thread/realtime/sdp", "thread/realtime/closed"],
)
def own_connection(server: Server) -> None:
    with VoiceService(_OPENING) as voice:
        client, thread = _voice_thread(server, voice)
        offer = {"type": "webrtc", "sdp": "v=offer\r\n"}
        start = {"threadId": thread, "outputModality": "audio", "transport": offer}
        client.request("thread/realtime/start", start)
        answer = client.notice("thread/realtime/sdp", threadId=thread)["params"]
        same("the answer", answer.get("sdp"), ANSWER)
        client.request("thread/realtime/stop", {"threadId": thread})
        closed = client.notice("thread/realtime/closed", threadId=thread)["params"]
    same("the reason of the end", closed.get("reason"), "requested")
