"""
What needs a service beside the model: voice, logins, environments, an account's tokens.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from pytest_codex.conformance.outcomes import require
from pytest_codex.conformance.server import INITIALIZE
from pytest_codex.conformance.services.authorization import AuthorizationService
from pytest_codex.conformance.services.environment import EnvironmentService
from pytest_codex.conformance.services.voice import ANSWER, VoiceService

from .kit import MODEL, ended, follow, has, same, texts, thread_of, word
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_VOICE = "protocol-facts: Conversations by voice"
_REQUESTS = "protocol-facts: Requests of the server"
_TOLD = "protocol-facts: What is told without being asked"
_UPDATED = {"type": "session.updated", "session": {"id": "sess", "instructions": "Be short."}}
_REFRESH = "account/chatgptAuthTokens/refresh"
_ATTESTATION = "attestation/generate"
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


@check(
    "notices/mcp-login",
    "A login for an MCP server gives an address, and its end is told.",
    _TOLD,
    methods=["mcpServer/oauth/login"],
    notifications=["mcpServer/oauthLogin/completed"],
)
def mcp_login(server: Server) -> None:
    with AuthorizationService() as service:
        far = {"url": service.mcp_url, "oauth": {"client_id": "conformance"}}
        server.configure({"mcp_servers": {"far": far}})
        client = server.connect()
        begun = client.request("mcpServer/oauth/login", {"name": "far"})
        asked = parse_qs(urlsplit(begun["authorizationUrl"]).query)
        back, state = asked["redirect_uri"][0], asked["state"][0]
        with suppress(OSError):  # where nobody listens, the end of the login does not come
            urlopen(f"{back}?code=c&state={state}", timeout=10).close()
        done = client.notice("mcpServer/oauthLogin/completed", name="far")["params"]
    same("success", done.get("success"), True)


@check(
    "notices/environments",
    "The loss of an environment that a thread uses is told, and its return.",
    _TOLD,
    methods=["environment/add", "thread/start"],
    notifications=["thread/environment/disconnected", "thread/environment/connected"],
)
def environments(server: Server) -> None:
    with EnvironmentService() as service:
        client = server.connect()
        far = {"environmentId": "far", "execServerUrl": service.websocket_url}
        client.request("environment/add", far)
        place = {"environmentId": "far", "cwd": str(server.workspace)}
        thread = client.thread(environments=[place])
        service.lose()
        since = len(client.messages)
        for method in ("disconnected", "connected"):
            client.notice(
                f"thread/environment/{method}", since, threadId=thread, environmentId="far"
            )
    words = [word(each) for each in client.messages if thread_of(each) == thread]
    follow(words, "thread/environment/disconnected", "thread/environment/connected")


def _token(number: int) -> str:
    """
    A token of an account, signed by nobody.
    """
    account = {"chatgpt_account_id": "account", "chatgpt_user_id": "user"}
    claims = {
        "email": "user@example.com",
        "exp": 4102444800,
        "jti": str(number),
        "https://api.openai.com/auth": account,
    }
    parts = (json.dumps(each).encode() for each in ({"alg": "none"}, claims))
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, "c2ln"])


@check(
    "server-requests/account-tokens",
    "A client that keeps the account's tokens is asked for new ones when they are refused.",
    _REQUESTS,
    methods=["account/login/start"],
    notifications=[_REFRESH],
    needs=MODEL,
)
def account_tokens(server: Server) -> None:
    client = _with_account(server, {})
    server.model.fail(401).say("Welcome back.")
    account = {"chatgptAccountId": "account", "chatgptPlanType": "plus"}
    client.answers[_REFRESH] = lambda _: {"accessToken": _token(2), **account}
    ended(client.turn(client.thread()))
    asked = client.notice(_REFRESH)["params"]
    has("the request", asked, reason="unauthorized", previousAccountId="account")
    same("the messages", texts(client), ["Welcome back."])


@check(
    "server-requests/attestation",
    "A client that offers attestations is asked for one before the model is called.",
    _REQUESTS,
    methods=["account/login/start"],
    notifications=[_ATTESTATION],
    needs=MODEL,
)
def attestation(server: Server) -> None:
    client = _with_account(server, {"requestAttestation": True})
    server.model.decide(lambda call: call.headers.get("x-oai-attestation", "nothing"))
    client.answers[_ATTESTATION] = lambda _: {"token": "v1.attested"}
    ended(client.turn(client.thread()))
    require(client.said(_ATTESTATION), f"there came no {_ATTESTATION}")
    require("v1.attested" in texts(client)[-1], f"the model got {texts(client)[-1]!r}")


def _with_account(server: Server, capabilities: dict[str, Any]) -> Client:
    """
    A client that has logged in with the tokens of an account.
    """
    provider = {"requires_openai_auth": True}
    server.configure(
        {"model_providers": {"scripted": provider}, "features": {"apps": False}},
    )
    client = server.spawn()
    given = {"experimentalApi": True, **capabilities}
    client.request("initialize", {"clientInfo": INITIALIZE, "capabilities": given})
    client.send({"method": "initialized"})
    login = {"type": "chatgptAuthTokens", "chatgptAccountId": "account", "chatgptPlanType": "plus"}
    client.request("account/login/start", {**login, "accessToken": _token(1)})
    # Offline its success is not certain; what comes after it does not need it, only its end.
    client.notice("account/login/completed")
    return client
